"""Inside the container, on a service's PYTHONPATH: SIGUSR1 blocks its event loop for good."""

from __future__ import annotations

import signal
import time

signal.signal(signal.SIGUSR1, lambda *_: time.sleep(3600))
