"""Ending connections whose right to be there has ended."""

from __future__ import annotations

from rooms.errors import EXPIRED, REMOVED
from web.services import Services


def person(services: Services, participant: str) -> None:
    """Close everything a participant has open."""
    for room in services.registry.rooms:
        for connection in room.connections:
            if connection.key == participant:
                connection.close(*REMOVED)


def credential(services: Services, token: str) -> None:
    """Close everything that was opened with a room token, given by its id."""
    for room in services.registry.rooms:
        for connection in room.connections:
            if connection.credential == token:
                connection.close(*EXPIRED)
