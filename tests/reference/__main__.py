"""Write the reference documents anew."""

from __future__ import annotations

from tests.reference import PAGES
from tests.tree import ROOT

for name, page in PAGES.items():
    (ROOT / name).write_text(page(), encoding="utf-8")
