"""`accord quarantine`: updates that broke a document and were set aside."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from collab.errors import CollabError
from collab.structs import read_update
from store import quarantine, rooms
from store.database import sqlite_url
from store.errors import NotFound
from store.models import QuarantinedUpdate, Room
from web.settings import Settings

#: Bytes of an update that `show` prints.
_SHOWN = 512


def run(settings: Settings, options: argparse.Namespace) -> int:
    """List, show or drop. Works beside a running server."""
    if not settings.database_path.exists():
        print(f"accord: there is no database in {settings.data}", file=sys.stderr)
        return 2
    if options.action != "list" and options.id is None:
        print(f"accord: which one? accord quarantine {options.action} ID", file=sys.stderr)
        return 2
    try:
        with _session(settings) as session:
            if options.action == "list":
                _list(session)
            elif options.action == "show":
                _show(session, quarantine.get(session, options.id))
            else:
                quarantine.drop(session, options.id)
                print(f"dropped {options.id} for good; its client ids may write again")
    except NotFound:
        print(f"accord: nothing in quarantine has the number {options.id}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    engine = create_engine(sqlite_url(settings.database_path), connect_args={"timeout": 10})
    try:
        with Session(engine) as session, session.begin():
            yield session
    finally:
        engine.dispose()


def _list(session: Session) -> None:
    rows = quarantine.everything(session)
    for row in rows:
        print(
            f"{row.id}  {row.found_at:%Y-%m-%d %H:%M}  room {rooms.address(session.get_one(Room, row.room_id))}  "
            f"update {row.seq}  by {row.person}  {len(row.data)} bytes  {row.why}"
        )
    print(f"{len(rows)} updates in quarantine")


def _show(session: Session, row: QuarantinedUpdate) -> None:
    print(f"number      {row.id}")
    print(f"room        {rooms.address(session.get_one(Room, row.room_id))}, update {row.seq}")
    print(f"by          {row.person} ({row.via}), {row.at:%Y-%m-%d %H:%M:%S} UTC")
    print(f"set aside   {row.found_at:%Y-%m-%d %H:%M:%S} UTC: {row.why}")
    print(f"clients     {', '.join(map(str, row.clients)) or 'none'} may not write in this room")
    print(f"holds       {_structs(row.data)}")
    more = f" ... ({len(row.data)} bytes)" if len(row.data) > _SHOWN else ""
    print(f"bytes       {row.data[:_SHOWN].hex()}{more}")


def _structs(data: bytes) -> str:
    try:
        update = read_update(data)
    except CollabError as exc:
        return f"what cannot be read: {exc}"
    parts = [
        f"{len(block.structs)} structs of client {block.client} from clock {block.clock}"
        for block in update.blocks
    ]
    return ", ".join([*parts, f"{len(update.deletes)} clients' deletions"])
