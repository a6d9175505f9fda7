"""The statement to take away."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from ai import bundle
from ai.consent import Consent, unquoted
from ai.sources import said_by
from collab import statement
from store import critiques, dissents, participants, suggestions
from store.critiques import Visibility
from store.models import DeliberationSession, DissentNote
from web import markdown
from web.auth import AMember
from web.markdown import Source, SourcedText
from web.report import text
from web.services import services_of
from web.settings import Settings


class Kind(StrEnum):
    """What a report can be."""

    MARKDOWN = "md"
    PDF = "pdf"
    WORD = "docx"
    BUNDLE = "json"


_TYPES = {
    Kind.MARKDOWN: "text/markdown; charset=utf-8",
    Kind.PDF: "application/pdf",
    Kind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.BUNDLE: "application/json",
}

keys = APIRouter(prefix="/api", tags=["export"])
router = APIRouter(prefix="/api/sessions/{session_id}", tags=["export"])


@router.get("/export.md")
async def export_markdown(request: Request, member: AMember) -> Response:
    """The statement with its sources, open critiques and dissent notes, as Markdown."""
    services = services_of(request)
    room = await services.registry.of_session(member.session.id)
    shown = markdown.statement(statement.blocks(room.document))
    whole = await services.database.read(_compose, member.session, shown)
    name = re.sub(r"[^A-Za-z0-9]+", "-", member.session.title).strip("-").lower() or "statement"
    return Response(
        whole,
        media_type="text/markdown; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}.md"',
            "cache-control": "no-store",
        },
    )


@router.get("/report.{kind}")
async def report(request: Request, kind: Kind, member: AMember) -> Response:
    """The whole report, as Markdown, PDF or Word, or the signed audit bundle (JSON) it is made of."""
    services = services_of(request)
    room = await services.registry.of_session(member.session.id)
    found = await services.database.read(
        bundle.make,
        member.session.id,
        statement.blocks(room.document),
        version=request.app.version,
        at=datetime.now(UTC),
    )
    content = await asyncio.to_thread(_render, services.settings, kind, found)
    return _file(member.session, content, kind)


@keys.get("/audit-key")
async def audit_key(request: Request) -> dict[str, str]:
    """The public key that signs this server's audit bundles."""
    settings = services_of(request).settings
    return await asyncio.to_thread(_public_key, settings)


# What sets pages and signs is loaded when it is first asked for, in the thread: 20 MB that a server at rest is without.


def _public_key(settings: Settings) -> dict[str, str]:
    from web import signing

    signer = signing.open_signer(settings.audit_key_path)
    return {"algorithm": signing.ALGORITHM, "public_key": signer.public_key}


def _render(settings: Settings, kind: Kind, found: dict[str, Any]) -> bytes:
    match kind:
        case Kind.MARKDOWN:
            return text.render(found).encode()
        case Kind.PDF:
            from web.report import pdf

            return pdf.render(found)
        case Kind.WORD:
            from web.report import word

            return word.render(found)
        case Kind.BUNDLE:
            from web import signing

            signed = signing.open_signer(settings.audit_key_path).sign(found)
            return json.dumps(signed, ensure_ascii=True, indent=1).encode()


def _file(row: DeliberationSession, content: bytes, kind: Kind) -> Response:
    name = re.sub(r"[^A-Za-z0-9]+", "-", row.title).strip("-").lower() or "statement"
    return Response(
        content,
        media_type=_TYPES[kind],
        headers={
            "content-disposition": f'attachment; filename="{name}.{kind.value}"',
            "cache-control": "no-store",
        },
    )


def _compose(session: Session, row: DeliberationSession, text: str) -> str:
    people = participants.of_session(session, row.id)
    names = participants.names(session, row.id)
    consent = Consent.load(session, row.id)
    sourced = [
        SourcedText(
            text=decision.text or suggestion.text,
            edited=decision.text is not None,
            sources=[
                Source(one["quote"], said_by(one), one["document"] is not None) for one in sources
            ],
            unquoted=unquoted(sources),
        )
        for suggestion, decision in suggestions.of_session(session, row.id)
        for sources in [list(map(consent.of, suggestion.sources))]
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
    notes = dissents.of_session(session, row.id)
    if notes:
        parts += ["## Dissent notes", "\n".join(_note(one, names) for one in notes)]
    return "\n\n".join(parts) + "\n"


def _note(row: DissentNote, names: dict[str, str]) -> str:
    """A note's line; its author's name only where they put it under it."""
    name = names.get(row.participant_id) if row.named else None
    return f"- {markdown.escape(row.text)}" + (f" ({markdown.escape(name)})" if name else "")


def _about(row: DeliberationSession, people: int) -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    agreed = (
        "agreed by the participants' votes"
        if row.phase == "agreed"
        else "not agreed: nobody has voted on this text"
    )
    return f"Phase: {row.phase} ({agreed}). {people} people in the session. Exported from Accord, {at}."
