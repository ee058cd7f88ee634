"""What a first file is tried against: the jobs of its project, before it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.app.build import build_source
from watcher.clock import SystemClock
from watcher.config.draft import ChannelDraft, Draft, write_draft
from watcher.config.load import load_text
from watcher.config.resolve import Resolved, resolve
from watcher.core.reading import Cause, Listing, Outage
from watcher.core.run_summary import BATCH, STREAM
from watcher.messages.wording import Language, Wording
from watcher.transport import Http

TYPES: Final = (STREAM, BATCH)
NOBODY: Final = ChannelDraft("nobody", "webhook", "https://nobody.invalid/")
"""A file needs a channel; this one is never sent anything."""

ADVICE: Final = MappingProxyType(
    {
        Cause.SIGNATURE: "the AccessKey secret does not belong to this id; copy it again",
        Cause.CREDENTIALS: (
            "the API does not take this AccessKey; copy its id again, see that it is enabled, "
            "and with a security token that it has not expired"
        ),
        Cause.PERMISSION: (
            "the AccessKey is right, but may not list the jobs of this project; "
            "let its RAM user read the project"
        ),
        Cause.REFUSED: "see what the API says; most often the project is another, or elsewhere",
        Cause.ADDRESS: "this is not the API, or not its project; check project, region, endpoint",
        Cause.DNS: ("there is no such host; check the region, or give the address with --endpoint"),
    }
)
"""What to correct, where this says it better than the words of a running service."""


def resolve_draft(draft: Draft, env: Mapping[str, str], file: Path) -> Resolved:
    """What a draft resolves to, also while nobody is told yet; `ConfigError` with its faults."""
    whole = draft if draft.channels else msgspec.structs.replace(draft, channels=(NOBODY,))
    drafted = write_draft(whole)
    return resolve(load_text(drafted.toml, {**env, **drafted.variables}, str(file)))


async def list_jobs(
    resolved: Resolved, source: str, *, within: timedelta
) -> Sequence[Listing] | Outage:
    """The jobs of each type, as signed requests get them, or why not; each within that time."""
    listings = []
    async with Http(ca_file=resolved.ca_file, allowed=resolved.allowed) as wire:
        asked = build_source(source, resolved, wire, SystemClock())
        for job_type in TYPES:
            found = await asked.discover(job_type, ("*",), within=within)
            if isinstance(found, Outage):
                return found
            listings.append(found)
    return listings


def advise(outage: Outage) -> str:
    """What was said when the jobs should be listed, and what to do; two lines."""
    words = Wording(Language.ENGLISH, UTC)
    known = words.say(words.first_known(f"blind.cause.{outage.cause}", f"cause.{outage.cause}"))
    said = outage.detail.removeprefix("listing the jobs failed: ")
    return f"  said:  {said}\n  to do: {ADVICE.get(outage.cause, known)}"
