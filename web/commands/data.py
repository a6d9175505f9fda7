"""`accord migrate` and `accord check`: care of a data folder."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from collab.accepted import Accepted, DocumentLimits
from collab.errors import CollabError
from rooms.compaction import Stored, load, read_stored
from store import migrations, quarantine, updatelog
from store.errors import DataDamaged, SchemaOutdated
from store.models import Room
from store.updatelog import Logged
from web import datafolder
from web.settings import Settings


def migrate(settings: Settings) -> int:
    """Bring the database to the newest schema."""
    try:
        with datafolder.locked(settings.data):
            changed = datafolder.migrate(settings.data)
    except (datafolder.FolderInUse, SchemaOutdated) as exc:
        print(f"accord: {exc}", file=sys.stderr)
        return 1
    revision = migrations.newest_revision()
    print(f"{settings.database_path}: {'now' if changed else 'already'} at revision {revision}")
    return 0


def check(folder: Path) -> int:
    """Verify every stored document: it loads, and snapshot + tail is what the whole log says."""
    path = folder / "accord.db"
    if not path.exists():
        print(f"accord: there is no database in {folder}", file=sys.stderr)
        return 2
    address = f"file:{quote(str(path))}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    bad = 0
    with closing(engine.connect()) as connection, Session(connection) as session:
        rooms = session.scalars(select(Room).order_by(Room.id)).all()
        for room in rooms:
            try:
                words = check_room(session, room.id)
            except DataDamaged as exc:
                bad += 1
                words = f"DAMAGED: {exc}"
            print(f"{room.name}.{room.epoch}  {words}")
    engine.dispose()
    print(f"{len(rooms)} documents, {bad} damaged")
    return 1 if bad else 0


def check_room(session: Session, room: int) -> str:
    """
    Verify one document; return a line about it.

    Raises:
        DataDamaged: If it does not load, or its snapshot is not what its log says.
    """
    stored = read_stored(session, room)
    loaded = load(stored, DocumentLimits())
    log = updatelog.read(session, room)
    facts = f"{stored.seq} updates, {len(loaded.document.encode())} bytes"
    if not log or log[0].seq != 1:
        return f"{facts}, snapshot + tail loads (its oldest updates are past the history window)"
    aside = quarantine.seqs(session, room)
    if {row.seq for row in log} | aside != set(range(1, max(stored.seq, *aside, 0) + 1)):
        raise DataDamaged("the log has a hole")
    if aside:
        facts += f", {len(aside)} in quarantine"
    _read_row_by_row(log)
    replayed = load(Stored(None, log, stored.clients), DocumentLimits()).document
    if not loaded.document.same_as(replayed):
        raise DataDamaged("snapshot + tail is not what the log says")
    return f"{facts}, snapshot + tail = log"


def _read_row_by_row(log: Sequence[Logged]) -> None:
    """
    Read every update strictly, each on top of those before: the engine itself takes one whose predecessor is gone.

    Raises:
        DataDamaged: If one cannot be read, or builds on what is not there.
    """
    accepted = Accepted()
    for row in log:
        try:
            accepted.absorb(row.data)
        except CollabError as exc:
            raise DataDamaged(f"update {row.seq}: {exc}") from exc
