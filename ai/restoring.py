"""
Versions of the statement, and making it again what it was: an edit like any other, on top of everything.

Nothing is taken out of the history. What somebody types at the same moment stays, and who restores too much restores
again what was there before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ai.decisions import Decider
from collab.authorship import Piece
from collab.errors import Frozen
from collab.origins import Origin, Via
from collab.rewrite import Rewriting, as_it_is
from rooms.errors import NothingChanged
from rooms.registry import Registry
from rooms.versions import Version, Writer, unpack
from store import audit
from store import versions as rows
from store.database import Database
from store.errors import NotFound

#: How often the way is looked for again because people type. After that it is done while they wait.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Text:
    """
    What the statement was.

    Attributes:
        version: None for a moment in the middle of one.
        writers: Whom the authors in `pieces` stand for.
        now: What it is.
    """

    seq: int
    version: Version | None
    pieces: list[Piece]
    writers: Sequence[Writer]
    now: list[Piece]


async def find(database: Database, registry: Registry, number: int, seq: int) -> Text:
    """
    Return the text of a version.

    Args:
        number: The room's.
        seq: Its last update.

    Raises:
        NotFound: If there is no such version (any more).
        DataDamaged: If the log cannot be gone through.
    """
    retraced = await registry.retrace(number, (seq,))
    version = next((one for one in retraced.versions if one.seq == seq), None)
    if seq in retraced.texts:
        return Text(seq, version, retraced.texts[seq], retraced.writers, retraced.now)
    if version is None:
        raise NotFound("version")
    kept = await database.read(rows.get, number, seq)
    pieces, writers = unpack(kept.text)
    return Text(seq, version, pieces, writers, retraced.now)


async def restore(
    database: Database, registry: Registry, session_id: str, by: Decider, seq: int
) -> bool:
    """
    Make the statement what it was in a version.

    Returns:
        Whether it was anything else.

    Raises:
        NotFound, DataDamaged: As `find`.
        Frozen: If people are deciding about the text, or have agreed to it.
        NotSaved: If it could not be kept; nothing happened.
    """
    room = await registry.of_session(session_id)
    if room.frozen:
        raise Frozen
    found = await find(database, registry, room.number, seq)
    for _ in range(_TRIES):
        room = await registry.of_session(session_id)
        rewriting = await asyncio.to_thread(Rewriting, found.pieces, as_it_is(room.document))
        # A room nobody is in may have been let go while this was worked out.
        room = await registry.of_session(session_id)
        if rewriting.fits(room.document):
            break

    def write(session: Session) -> None:
        audit.record(session, "statement.restored", actor=by.key, of=session_id, version=seq)

    try:
        await room.edit(rewriting.apply, Origin(by.key, Via.RESTORE), write)
    except NothingChanged:
        return False
    return True
