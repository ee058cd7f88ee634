"""`watcher` whose event loop can be blocked: SIGUSR1 makes its thread sleep for BLOCK_SECONDS."""

from __future__ import annotations

import os
import signal
import time

from watcher.cli import main

if __name__ == "__main__":
    seconds = float(os.environ["BLOCK_SECONDS"])
    # A handler of Python's own runs on the loop's thread, between two steps of whatever task.
    signal.signal(signal.SIGUSR1, lambda *_: time.sleep(seconds))
    main()
