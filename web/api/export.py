"""The statement to take away."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from collab import statement
from store import critiques, participants, suggestions
from store.critiques import Visibility
from store.models import DeliberationSession
from web import markdown
from web.auth import AMember
from web.markdown import Source, SourcedText
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["export"])


@router.get("/export.md")
async def export_markdown(request: Request, member: AMember) -> Response:
    """The statement with its sources and open critiques, as Markdown."""
    services = services_of(request)
    room = await services.registry.of_session(member.session.id)
    text = markdown.statement(statement.blocks(room.document))
    whole = await services.database.read(_compose, member.session, text)
    name = re.sub(r"[^A-Za-z0-9]+", "-", member.session.title).strip("-").lower() or "statement"
    return Response(
        whole,
        media_type="text/markdown; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}.md"',
            "cache-control": "no-store",
        },
    )


def _compose(session: Session, row: DeliberationSession, text: str) -> str:
    people = participants.of_session(session, row.id)
    names = participants.names(session, row.id)
    sourced = [
        SourcedText(
            text=decision.text or suggestion.text,
            edited=decision.text is not None,
            sources=[Source(one["quote"], one["author"]) for one in suggestion.sources],
        )
        for suggestion, decision in suggestions.of_session(session, row.id)
        if decision is not None and decision.verdict == "accepted"
    ]
    objections = critiques.unresolved(session, row.id, Visibility.OPEN)
    parts = [
        f"# {markdown.escape(row.title)}",
        f"**{markdown.escape(row.question)}**",
        text or "*The statement is still empty.*",
        "---",
        _about(row, len(people)),
    ]
    if sourced:
        parts += ["## Where proposed sentences come from", markdown.sources(sourced)]
    if objections:
        lines = [
            f"- {markdown.escape(one.text)} ({markdown.escape(names.get(one.participant_id, ''))})"
            for one in objections
        ]
        parts += ["## Open critiques", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _about(row: DeliberationSession, people: int) -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    agreed = (
        "agreed by the participants' votes"
        if row.phase == "agreed"
        else "not agreed: nobody has voted on this text"
    )
    return f"Phase: {row.phase} ({agreed}). {people} people in the session. Exported from Accord, {at}."
