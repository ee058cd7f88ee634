"""What holds for every test: no cloud metadata is asked for, and how deep properties are searched.

The default profile `fast` tries the same examples at each run, so that a red run is the fault of a
change and never of luck; `WATCHER_HYPOTHESIS_PROFILE=deep` tries many more, other ones each time.
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
    derandomize=True,
)
settings.register_profile(
    "deep",
    parent=settings.get_profile("fast"),
    derandomize=False,
    max_examples=5_000,
    stateful_step_count=200,
    deadline=timedelta(minutes=1),
)
settings.load_profile(os.environ.get("WATCHER_HYPOTHESIS_PROFILE", "fast"))
