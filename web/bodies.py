"""The body of a request, for who has a place for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from ingest.bodies import Body, Pieces
from web.httpprotocol import EXTENSION


@contextmanager
def body_of(request: Request) -> Iterator[Body]:
    """Have a request's body for oneself: from the socket itself where it offers that, else as ASGI gives it."""
    # Taken out of the request, which would hold itself by it.
    take = request.scope.get("extensions", {}).pop(EXTENSION, None)
    taken = take() if take is not None else None
    if taken is None:
        yield Pieces(request.stream())
        return
    try:
        yield taken
    finally:
        taken.give_back()
