"""Telling pages what has changed: over the event streams, and in the document's `session` map."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from collab import session as shared
from collab.document import Document
from collab.origins import SERVER
from store import inputs, runs, sessions
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


async def run_changed(services: Services, run_id: str) -> None:
    """A run got further or ended."""
    run = await services.database.read(runs.get, run_id)
    services.events.publish(run.session_id, "run", shapes.run_json(run))


def suggestion_changed(services: Services, session_id: str, ident: str, status: str) -> None:
    """A suggestion was made or decided about."""
    services.events.publish(session_id, "suggestion", {"id": ident, "status": status})
