"""
`GET /metrics`: what the server does, in the text form Prometheus reads.

Read from this machine without a word; from elsewhere with the token of `ACCORD_METRICS_TOKEN`. Nothing in it names a
room or a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.responses import Response

from rooms.metrics import Histogram
from rooms.registry import Registry
from web.errors import Problem
from web.services import Services, services_of
from web.settings import LOOPBACK, Settings

router = APIRouter(include_in_schema=False)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Upper bounds of document sizes, in bytes.
SIZE_BOUNDS = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Everything, at this moment."""
    services = services_of(request)
    if not _may_read(services.settings, request):
        raise Problem(404, "not-found", "There is nothing here.")
    collected = CollectorRegistry()
    collected.register(RoomsCollector(services))
    ProcessCollector(registry=collected)
    return Response(generate_latest(collected), media_type=CONTENT_TYPE)


def _may_read(settings: Settings, request: Request) -> bool:
    if settings.metrics_token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if secrets.compare_digest(
            given.encode(), settings.metrics_token.get_secret_value().encode()
        ):
            return True
    return request.client is not None and request.client.host in LOOPBACK


class RoomsCollector(Collector):
    """What the rooms have counted, and how they are now."""

    def __init__(self, services: Services) -> None:
        self._registry = services.registry

    def collect(self) -> Iterator[Metric]:
        """Return every metric."""
        yield from _states(self._registry)
        counted = self._registry.metrics
        yield CounterMetricFamily(
            "accord_edits", "Updates that were kept on disk and shown.", counted.edits
        )
        yield CounterMetricFamily(
            "accord_deliveries", "Update frames handed to connections.", counted.deliveries
        )
        yield CounterMetricFamily(
            "accord_failed_commits",
            "Commits of the log that kept nothing.",
            counted.failed_commits,
        )
        yield _histogram(
            "accord_commit_seconds", "From the start of a commit to its end.", counted.commits
        )
        yield _histogram(
            "accord_relay_seconds", "From an edit's arrival to its being shown.", counted.relays
        )
        refusals = CounterMetricFamily(
            "accord_refusals",
            "Refused or closed, by close code, or by reason where the connection stayed.",
            labels=["reason"],
        )
        for reason, count in sorted(counted.refusals.items()):
            refusals.add_metric([reason], count)
        yield refusals


def _states(registry: Registry) -> Iterator[Metric]:
    rooms = registry.rooms
    outboxes = [connection.buffered for room in rooms for connection in room.connections]
    sizes = Histogram(SIZE_BOUNDS)
    for room in rooms:
        sizes.observe(room.size)
    yield GaugeMetricFamily("accord_rooms", "Rooms in memory.", len(rooms))
    yield GaugeMetricFamily("accord_connections", "Connections to rooms.", len(outboxes))
    yield GaugeMetricFamily(
        "accord_outbox_bytes", "Bytes that wait for clients to read them.", sum(outboxes)
    )
    yield GaugeMetricFamily(
        "accord_outbox_max_bytes", "The most that waits for one client.", max(outboxes, default=0)
    )
    yield _histogram("accord_document_bytes", "Documents in memory, by size.", sizes)


def _histogram(name: str, words: str, values: Histogram) -> HistogramMetricFamily:
    buckets, total = [], 0
    for bound, count in zip((*values.bounds, float("inf")), values.counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), total))
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=values.sum)
