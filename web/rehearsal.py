"""
What the first visitor asks of the server, asked once before anybody comes.

SQLAlchemy compiles each query when it first sees it, and readers connect when they are first needed: 35 ms that the
first person to come would wait.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from collab.document import SEED
from collab.origins import SERVER
from rooms.compaction import Stored, load, read_stored
from rooms.options import RoomOptions
from store import rooms, roomtokens, updatelog
from store.database import Database
from store.errors import NotFound
from store.updatelog import Logged

#: An address no room has.
_NOWHERE = "A" * 22 + ".1"


async def rehearse(database: Database, options: RoomOptions) -> None:
    """Look for a token and a room that do not exist, and load a room that was never written to."""
    await database.read(_ask)
    seed = Logged(1, datetime.now(UTC), SERVER.person, SERVER.via.value, SEED)
    load(Stored(None, [seed], {}), options.document)


def _ask(session: Session) -> None:
    with suppress(NotFound):
        roomtokens.by_secret(session, "nobody's", at=datetime.now(UTC))
    with suppress(NotFound):
        rooms.by_address(session, _NOWHERE)
    read_stored(session, 0)
    updatelog.last_seq(session, 0)
