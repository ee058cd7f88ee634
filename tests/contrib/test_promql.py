"""The small reader of PromQL that the tests of contrib/ rest on."""

from __future__ import annotations

import pytest

from tests.contrib.promql import labels_in, metrics_in


@pytest.mark.parametrize(
    "query, metrics, labels",
    [
        ("watcher_ready == 0", {"watcher_ready"}, set()),
        ('up{job="a"} == 0 or absent(up{job="a"})', {"up"}, set()),
        ("time() - a_seconds > 600", {"a_seconds"}, set()),
        (
            'histogram_quantile(0.5, sum by (source, le) (rate(a_bucket{x=~"y{}"}[5m])))',
            {"a_bucket"},
            {"source", "x"},
        ),
        (
            'sum by (cause) (a{b!="c", d!~"e"}) unless on (instance, f) g offset 5m',
            {"a", "g"},
            {"b", "cause", "d", "f"},
        ),
    ],
)
def test_it_finds_what_a_query_names(query: str, metrics: set[str], labels: set[str]) -> None:
    """Metrics and labels, and neither functions nor words nor what stands in quotes."""
    assert (metrics, labels) == (metrics_in(query), labels_in(query))
