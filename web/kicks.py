"""
Ending connections and event streams whose right to be there has ended.

Whoever is on the way in at that moment was let in before and is not there to be found yet. So every kick counts:
who sees the count change on the way in is sent back to ask again.
"""

from __future__ import annotations

from collections.abc import Collection

from rooms.connection import Connection
from rooms.errors import EXPIRED, REMOVED
from web.services import Services


def person(services: Services, participant: str, tokens: Collection[str] = ()) -> None:
    """
    Close everything a participant has open.

    Args:
        tokens: Ids of the room tokens they made: these end with them, whoever uses them.
    """
    services.kicks += 1
    for connection in _connections(services):
        if connection.key == participant or connection.credential in tokens:
            connection.close(*REMOVED)
    services.events.dismiss(lambda listener: listener.participant == participant)


def credential(services: Services, ident: str) -> None:
    """Close everything that was opened with a room token or a login, given by its id."""
    services.kicks += 1
    for connection in _connections(services):
        if connection.credential == ident:
            connection.close(*EXPIRED)
    services.events.dismiss(lambda listener: listener.credential == ident)


def _connections(services: Services) -> list[Connection]:
    return [connection for room in services.registry.rooms for connection in room.connections]
