"""Kinds of parameters that several operations take, with their limits and meanings."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

MOST: Final = 1_000
LONGEST: Final = 250
"""Characters of a name; all that an operation takes fits in one request line then."""

Limit = Annotated[int, Meta(ge=1, le=MOST, description="How many to give at most.")]
SourceName = Annotated[
    str, Meta(min_length=1, max_length=LONGEST, description="Only this source's, by its name.")
]
JobName = Annotated[
    str, Meta(min_length=1, max_length=LONGEST, description="Only this job's, by its whole name.")
]
JobType = Annotated[
    str,
    Meta(min_length=1, max_length=LONGEST, description="Only jobs of this type: FLINK_STREAM …"),
]
ChannelName = Annotated[
    str, Meta(min_length=1, max_length=LONGEST, description="Only this channel's, by its name.")
]
RuleName = Annotated[
    str, Meta(min_length=1, max_length=LONGEST, description="Only this rule's, by its name.")
]
Place = Annotated[
    int,
    Meta(ge=0, le=2**63 - 1, description="Go on behind this: the last answer's `next`."),
]
