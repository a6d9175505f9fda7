"""
What the rooms of a process have done, counted where it happens and read when somebody asks.

Plain numbers: counting costs less than a microsecond. `web.metrics` gives them their Prometheus names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

#: Upper bounds of latency buckets, in seconds.
LATENCY_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Histogram:
    """
    How often a value fell into which bucket.

    Attributes:
        bounds: Upper bounds, inclusive; one bucket more takes the rest.
        counts: Per bucket, not added up.
        sum: Of all values.
    """

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float] = LATENCY_BOUNDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times


class Metrics:
    """
    Attributes:
        edits: Updates that were kept and shown.
        deliveries: Update frames handed to connections.
        commits: Seconds from the start of a commit of the log to its end, failed ones included.
        failed_commits: Commits that kept nothing.
        relays: Seconds from an edit's arrival to its being shown.
        refusals: What was refused -> how often: close codes, and the error's name where the connection stays.
    """

    def __init__(self) -> None:
        self.edits = 0
        self.deliveries = 0
        self.commits = Histogram()
        self.failed_commits = 0
        self.relays = Histogram()
        self.refusals: Counter[str] = Counter()

    def committed(self, seconds: float, failed: bool) -> None:
        """A commit of the log has ended."""
        self.commits.observe(seconds)
        self.failed_commits += failed
