"""An edit on its way: from its check to the disk, and until everybody who waits for it has been told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from collab.updates import AcceptedUpdate
from rooms.connection import Connection


@dataclass(slots=True)
class Edit:
    """
    An edit on its way to disk.

    Attributes:
        update: What of it was new.
        connections: Who waits for it to be saved: where it came from, and who brought it again meanwhile.
        done: Who waits for it in this process.
        at: When it came, on the room's clock.
    """

    update: AcceptedUpdate
    connections: list[Connection]
    done: asyncio.Future[None] | None
    at: float


def tell(edits: Iterable[Edit], error: Exception | None = None) -> None:
    """Tell those who wait for edits in this process that they are saved, or that they are not."""
    for edit in edits:
        if edit.done is None or edit.done.done():
            continue
        if error is None:
            edit.done.set_result(None)
        else:
            edit.done.set_exception(error)


def acknowledge(edits: Iterable[Edit]) -> None:
    """Tell everybody who waits for edits that they are on disk and shown."""
    tell(edits)
    for edit in edits:
        for connection in edit.connections:
            if connection.open:
                connection.acknowledge(1)
