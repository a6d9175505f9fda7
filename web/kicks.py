"""
Ending connections and event streams whose right to be there has ended.

Whoever is on the way in at that moment was let in before and is not there to be found yet. So every kick counts:
who sees the count change on the way in is sent back to ask again.

What ends elsewhere, by `accord facilitator revoke` or on another server, is found by looking again now and then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from rooms.connection import Connection
from rooms.errors import EXPIRED, REMOVED
from store import rights
from web.services import Services

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0


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


async def keep_sweeping(services: Services) -> None:
    """Look again for ever."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await sweep(services)
        except Exception:
            logger.exception("looking after rights failed", extra={"action": "sweep_failed"})


async def sweep(services: Services) -> None:
    """Close whatever the database says has no right to be open any more."""
    listeners = services.events.listeners
    connections = _connections(services)
    people = {one.key for one in connections} | {one.participant for one in listeners}
    used = {one.credential for one in connections} | {one.credential for one in listeners}
    idents = {ident for ident in used if ident is not None}
    if not people:
        return

    def query(session: Session) -> tuple[set[str], set[str]]:
        good = rights.good_credentials(session, idents, at=datetime.now(UTC))
        return rights.people_out(session, people), idents - good

    out, ended = await services.database.read(query)
    for participant in out:
        person(services, participant)
    for ident in ended:
        credential(services, ident)


def _connections(services: Services) -> list[Connection]:
    return [connection for room in services.registry.rooms for connection in room.connections]
