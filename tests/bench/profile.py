"""Shows where the time goes."""

from __future__ import annotations

import io
from cProfile import Profile
from pstats import Stats

MOST = 25


def top_functions(source: Profile | str) -> str:
    """The functions that take the most time themselves, what they call not counted.

    `source` is a profile, or a file in which one was left.
    """
    text = io.StringIO()
    Stats(source, stream=text).strip_dirs().sort_stats("tottime").print_stats(MOST)
    return text.getvalue()
