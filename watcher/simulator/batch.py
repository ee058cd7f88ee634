"""Keep the bodies of run summary answers ready, but for what differs from answer to answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watcher.simulator.job import Job, Wobble
from watcher.simulator.operations import RunSummaryCall, pick_jobs

_JSON_BODY = b'{"RunSummarys":{"RunSummary":[%b]},"RequestId":"%%b"}'
_XML_BODY = (
    b"<BatchGetInstanceRunSummaryResponse><RunSummarys>%b</RunSummarys>"
    b"<RequestId>%%b</RequestId></BatchGetInstanceRunSummaryResponse>"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The body for some jobs as they stand; it lacks the wobbling delays and the RequestId."""

    template: bytes
    wobbling: tuple[tuple[Wobble, int], ...]
    size: int

    def body(self, answer_number: int, request_id: str) -> bytes:
        """Return the good answer's body."""
        delays = [wobble.at(number, answer_number) for wobble, number in self.wobbling]
        return self.template % (*delays, request_id.encode())


def prepare_batch(picked: Iterable[Job], *, as_json: bool) -> Batch:
    """Return the batch that tells these jobs, in the vendor's shape."""
    jobs = tuple(picked)
    rows = (job.json_template if as_json else job.xml_template for job in jobs)
    template = _JSON_BODY % b",".join(rows) if as_json else _XML_BODY % b"".join(rows)
    delays = ((job.input_delay, job.number) for job in jobs)
    wobbling = tuple((delay, number) for delay, number in delays if isinstance(delay, Wobble))
    return Batch(template, wobbling, len(jobs))


class BatchCache:
    """The batches asked for last: a poller asks for the same ones again and again."""

    def __init__(self, limit: int = 1024) -> None:
        self._limit = limit
        self._batches: OrderedDict[tuple[RunSummaryCall, bool], tuple[int, Batch]] = OrderedDict()

    def batch(
        self, call: RunSummaryCall, jobs: Mapping[str, Job], revision: int, *, as_json: bool
    ) -> Batch:
        """Return the batch of the call, prepared anew if a job changed since: `revision` tells."""
        key = (call, as_json)
        known = self._batches.get(key)
        if known is not None and known[0] == revision:
            return known[1]
        batch = prepare_batch(pick_jobs(call, jobs), as_json=as_json)
        self._batches[key] = (revision, batch)
        if len(self._batches) > self._limit:
            self._batches.popitem(last=False)
        return batch
