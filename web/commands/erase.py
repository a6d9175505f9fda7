"""
`accord erase`: erase what somebody gave, when they ask whoever runs the server instead of doing it themselves.

Works beside a running server, which looks for such requests every minute, and without one: then it is done at the
next start.
"""

from __future__ import annotations

import sys

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import erasures
from store.database import session_beside
from store.models import Document, Erasure, Input, Participant
from web.settings import Settings


def run(settings: Settings, ident: str) -> int:
    """Ask for the erasure of an input, of a document, or of all that a participant gave."""
    if not settings.database_path.exists():
        print(f"accord: there is no database in {settings.data}", file=sys.stderr)
        return 2
    with session_beside(settings.database_path) as session:
        asked = _ask(session, ident)
        known = asked or _is_known(session, ident)
    if not known:
        print(f"accord: nobody and nothing has the id {ident}", file=sys.stderr)
        return 1
    print(f"{asked} to be erased: within a minute, or when the server starts")
    print("Backups and what people have downloaded are yours and theirs to delete (docs/data.md).")
    return 0


def _ask(session: Session, ident: str) -> int:
    """Ask for what is not erased yet; return how much that is."""
    inputs = select(Input).where((Input.id == ident) | (Input.participant_id == ident))
    files = select(Document).where((Document.id == ident) | (Document.participant_id == ident))
    asked = 0
    for ask, rows in (
        (erasures.ask_input, session.scalars(inputs.where(Input.text != "")).all()),
        (erasures.ask_document, session.scalars(files).all()),
    ):
        for row in rows:
            ask(
                session,
                row.id,
                session_id=row.session_id,
                participant_id=row.participant_id,
                actor="server",
            )
            asked += 1
    return asked


def _is_known(session: Session, ident: str) -> bool:
    return any(session.get(kind, ident) is not None for kind in (Erasure, Participant))
