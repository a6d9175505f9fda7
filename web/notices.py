"""Telling pages what has changed: over the event streams, and in the document's `session` map."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from collab import session as shared
from collab.document import Document
from collab.origins import SERVER
from store import documents, erasures, inputs, models, participants, runs, sessions
from store.documents import Visibility
from store.participants import Role
from web.api import shapes
from web.services import Services


async def session_changed(services: Services, session_id: str) -> None:
    """Title, question, phase or run are new."""
    facts = await services.database.read(
        lambda s: shapes.session_json(s, sessions.get(s, session_id))
    )
    services.events.publish(session_id, "session", facts)
    room = await services.registry.of_session(session_id)

    def show(document: Document) -> None:
        shared.show(document, {name: facts[name] for name in ("title", "question", "phase")})

    await room.edit(show, SERVER)


async def deliberation_changed(services: Services, session_id: str) -> None:
    """The phase, the rule or a poll got further."""
    services.events.publish(session_id, "deliberation", {"session": session_id})
    await session_changed(services, session_id)


async def participants_changed(services: Services, session_id: str) -> None:
    """Somebody joined, was renamed or removed."""
    people = await services.database.read(shapes.participants_json, session_id)
    services.events.publish(session_id, "participants", {"participants": people})


async def inputs_changed(services: Services, session_id: str) -> None:
    """Somebody gave or withdrew an input; only how many there are is told."""

    def query(session: Session) -> dict[str, Any]:
        count, people = inputs.count(session, session_id)
        return {"count": count, "people": people}

    services.events.publish(session_id, "inputs", await services.database.read(query))


def interview_changed(services: Services, session_id: str, person: str) -> None:
    """A conversation got further: told to whom it is of, on their other devices; nothing of what was said."""
    services.events.publish(session_id, "interview", {}, only={person})


async def run_changed(services: Services, run_id: str) -> None:
    """A run got further or ended."""
    run = await services.database.read(runs.get, run_id)
    services.events.publish(run.session_id, "run", shapes.run_json(run))


def suggestion_changed(services: Services, session_id: str, ident: str, status: str) -> None:
    """A suggestion was made or decided about."""
    services.events.publish(session_id, "suggestion", {"id": ident, "status": status})


async def quotes_changed(services: Services, session_id: str, source: str) -> None:
    """An input or a document may be quoted otherwise: what cites it is shown so, and what ends with it is told."""
    for ident in await services.decisions.show_as_allowed(session_id, source):
        suggestion_changed(services, session_id, ident, "withdrawn")


async def document_changed(services: Services, ident: str) -> None:
    """A document got further: told to those who may read it."""
    row = await services.database.read(documents.find, ident)
    if row is not None:
        facts = {
            name: value for name, value in shapes.document_json(row, "").items() if name != "mine"
        }
        readers = await services.database.read(_readers, row)
        services.events.publish(row.session_id, "document", facts, only=readers)


async def document_hidden(services: Services, row: models.Document) -> None:
    """A document that everybody could read is not shown to all any more: for the others it is gone."""

    def others(session: Session) -> set[str]:
        everybody = {one.id for one in participants.of_session(session, row.session_id)}
        return everybody - (_readers(session, row) or everybody)

    facts = {"id": row.id, "status": "removed"}
    known_to = await services.database.read(others)
    services.events.publish(row.session_id, "document", facts, only=known_to)


async def document_removed(services: Services, row: models.Document) -> None:
    """A document is gone."""
    readers = await services.database.read(_readers, row)
    facts = {"id": row.id, "status": "removed"}
    services.events.publish(row.session_id, "document", facts, only=readers)


async def erasure_changed(services: Services, ident: str) -> None:
    """An input is gone from what everybody sees, so everybody loads it again; that all is done only its author."""
    row = await services.database.read(erasures.get, ident)
    only = {row.participant_id} if row.done_at is not None else None
    services.events.publish(row.session_id, "reload", {}, only=only)


def _readers(session: Session, row: models.Document) -> set[str] | None:
    """Return who may read a document; None for everybody in its session."""
    if row.visibility == Visibility.SESSION.value:
        return None
    readers = {row.participant_id}
    if sessions.get(session, row.session_id).facilitator_reads_inputs:
        readers |= {
            one.id
            for one in participants.of_session(session, row.session_id)
            if one.role == Role.FACILITATOR.value
        }
    return readers
