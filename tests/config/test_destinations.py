"""URLs that lead where nobody should be asked are faults of the file."""

from __future__ import annotations

import pytest

from tests.config.sample import CHANNELS, ENV, SOURCE, compose
from watcher.config.complaints import Written
from watcher.config.destinations import forbidden_destinations
from watcher.config.faults import ConfigError
from watcher.config.load import load_text
from watcher.config.positions import locate
from watcher.config.resolve import resolve

METADATA = "http://169.254.169.254"


def text_with(url: str, top: str = "") -> str:
    hook = f'[channels.hook]\nkind = "webhook"\nurl = "{url}"\n'
    return compose(top=top, channels=CHANNELS + hook)


@pytest.mark.parametrize(
    "url",
    [
        f"{METADATA}/latest",
        "http://2852039166/",
        "http://0xa9fea9fe:8080/x?y=z",
        "https://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
    ],
)
def test_a_channel_that_leads_there_is_refused(url: str) -> None:
    """Whatever the spelling; of the URL itself only its host is shown."""
    with pytest.raises(ConfigError) as error:
        load_text(text_with(url), ENV)
    (fault,) = error.value.faults
    assert "channels.hook.url" == fault.key
    assert "allow_addresses" in (fault.hint or "")
    assert "latest" not in str(error.value)


def test_an_url_that_comes_from_outside_is_judged_too() -> None:
    """A variable's value leads somewhere like a written one."""
    with pytest.raises(ConfigError, match=r"channels\.hook\.url"):
        load_text(text_with("${HOOK}"), {**ENV, "HOOK": f"{METADATA}/x"})


@pytest.mark.parametrize("allowed", ["169.254.169.254", "169.254.0.0/16"])
def test_what_is_allowed_is_no_fault(allowed: str) -> None:
    """The operator's word counts, and reaches the client."""
    text = text_with(f"{METADATA}/x", f'allow_addresses = ["{allowed}"]\n')
    assert [allowed] == [
        str(network).removesuffix("/32") for network in resolve(load_text(text, ENV)).allowed
    ]


def test_a_slip_in_the_list_hides_no_other_entry() -> None:
    """What can be read of the list holds, so that one slip is one fault."""
    with pytest.raises(ConfigError) as error:
        load_text(text_with(METADATA, 'allow_addresses = ["x", "169.254.0.0/16"]\n'), ENV)
    assert ["allow_addresses[0]"] == [fault.key for fault in error.value.faults]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://10.1.2.3/", "https://metadata.example.com/"]
)
def test_other_addresses_and_names_are_taken(url: str) -> None:
    """Loopback and private networks are ordinary; names are judged when they are dialled."""
    assert () == resolve(load_text(text_with(url), ENV)).allowed


def test_a_source_is_judged_like_a_channel() -> None:
    """Its requests carry a signature that somebody else could use."""
    with pytest.raises(ConfigError, match=r"sources\.prod\.endpoint"):
        load_text(compose(source=SOURCE + f'endpoint = "{METADATA}"\n'), ENV)


def test_a_url_of_any_table_is_judged() -> None:
    """A table that joins the file, or a list of them, is no way round."""
    document: dict[str, object] = {"heartbeat": {"url": METADATA}, "x": [{"url": METADATA}]}
    found = forbidden_destinations(document, Written(document, locate("")))
    assert [("heartbeat", "url"), ("x", 0, "url")] == [path for path, _ in found]
