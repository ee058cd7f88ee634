"""What holds for every test: no cloud metadata is asked for, and how deep properties are searched.

`WATCHER_HYPOTHESIS_PROFILE=deep` makes hypothesis try many more examples than the default `fast`.
"""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

# A deadline for each example would fail on a busy machine, not on a fault.
settings.register_profile(
    "fast",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile(
    "deep",
    parent=settings.get_profile("fast"),
    max_examples=5_000,
    stateful_step_count=200,
    deadline=timedelta(minutes=1),
)
settings.load_profile(os.environ.get("WATCHER_HYPOTHESIS_PROFILE", "fast"))
