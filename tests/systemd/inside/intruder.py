"""Inside the container, in a service's own sandbox: tries to write where it has no business."""

from __future__ import annotations

import os
import sys
from pathlib import Path

written = []
for folder in sys.argv[1:]:
    try:
        (Path(folder) / "intruder").write_text("was here")
    except OSError:
        continue
    written.append(folder)
Path(os.environ["STATE_DIRECTORY"], "intruder").write_text("\n".join(written))
