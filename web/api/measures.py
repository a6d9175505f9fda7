"""Where the statement comes from, who is in it, and what became of one's own points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints
from sqlalchemy.orm import Session

from ai import anonymity, provenance
from ai.consent import Consent, unquoted
from ai.measures import Traced
from ai.provenance import Provenance
from ai.sources import shown as shown_source
from collab import statement
from collab.statement import Block
from store import audit, critiques, disputes, inputs, suggestions
from store.critiques import Visibility
from store.errors import NotFound
from store.participants import Role
from web.auth import AContributor, AMember, Member
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["measures"])


class NotMeant(BaseModel):
    """What one meant instead, if one wants to say."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


@router.get("/measures")
async def show(request: Request, member: AMember) -> dict[str, Any]:
    """Every sentence of the statement with its sources, and what can be counted."""
    blocks = await _blocks(request, member)

    def query(session: Session) -> dict[str, Any]:
        found = provenance.load(session, member.session.id, blocks)
        consent = Consent.load(session, member.session.id)
        return {
            **_counts(found, member),
            "sentences": [_sentence(session, member, one, consent) for one in found.traced],
            "anonymity": _anonymity(session, member),
        }

    return await services_of(request).database.read(query)


@router.get("/heard")
async def heard(request: Request, member: AMember) -> dict[str, Any]:
    """What became of each of your own points."""
    blocks = await _blocks(request, member)
    points = await services_of(request).database.read(
        provenance.heard, member.session.id, member.participant.id, blocks
    )
    return {
        "points": [
            {
                "input": one.input,
                "start": one.start,
                "end": one.end,
                "text": one.text,
                "fate": one.fate.value,
                "reason": one.reason,
                "uses": [
                    {"suggestion": use.suggestion, "citation": use.citation, "text": use.text}
                    for use in one.uses
                ],
            }
            for one in points
        ]
    }


@router.post("/heard/{citation}/dispute", status_code=201)
async def dispute(
    request: Request, citation: str, body: NotMeant, member: AContributor
) -> dict[str, Any]:
    """Say that this is not what you meant: the citation counts no more, and the bot is told."""
    services = services_of(request)

    def change(session: Session) -> None:
        suggestion_id, text = _own_citation(session, member, citation)
        critique = critiques.add(
            session,
            session_id=member.session.id,
            participant_id=member.participant.id,
            text=f"This cites me, and it is not what I meant. {body.text}".strip(),
            visibility=Visibility.PRIVATE,
            start=None,
            end=None,
            quote=text[:2000],
        )
        disputes.add(
            session,
            suggestion_id=suggestion_id,
            citation=citation,
            participant_id=member.participant.id,
            critique_id=critique.id,
        )
        audit.record(
            session,
            "citation.disputed",
            actor=member.participant.id,
            of=member.session.id,
            subject=suggestion_id,
        )

    await services.database.write(change)
    services.bot.critique_given(member.session.id)
    return await heard(request, member)


def _own_citation(session: Session, member: Member, citation: str) -> tuple[str, str]:
    mine = {
        row.id for row in inputs.of_participant(session, member.session.id, member.participant.id)
    }
    for row, _ in suggestions.of_session(session, member.session.id):
        for source in row.sources:
            if source["citation"] == citation and source["input"] in mine:
                return row.id, row.text
    raise NotFound("citation")


async def _blocks(request: Request, member: Member) -> Sequence[Block]:
    room = await services_of(request).registry.of_session(member.session.id)
    return statement.blocks(room.document)


def _counts(found: Provenance, member: Member) -> dict[str, Any]:
    """Numbers for everybody; who and what is behind them only for those who may read inputs."""
    measures = found.measures
    reads = member.session.facilitator_reads_inputs and member.role is Role.FACILITATOR
    return {
        "groundedness": measures.groundedness,
        "coverage": measures.coverage,
        "weakest": measures.weakest,
        "mine": measures.by_person.get(member.participant.id),
        "inputs": len(found.given),
        "uncited": len(measures.uncited),
        "uncited_inputs": list(measures.uncited) if reads else None,
    }


def _sentence(session: Session, member: Member, one: Traced, consent: Consent) -> dict[str, Any]:
    shown = {}
    if one.suggestion is not None:
        row = suggestions.get(session, one.suggestion, session_id=member.session.id)
        shown = {source["citation"]: consent.of(source) for source in row.sources}
    sources = [shown[cited.id] for cited in one.citations]
    return {
        "text": one.text,
        "standing": one.standing.value,
        "suggestion": one.suggestion,
        "numbers": list(one.numbers),
        "sources": [shown_source(source) for source in sources],
        "unquoted": unquoted(sources),
    }


def _anonymity(session: Session, member: Member) -> dict[str, Any]:
    found = anonymity.load(session, member.session.id)
    return {"among": found.among, "people": found.people, "warning": found.warning}
