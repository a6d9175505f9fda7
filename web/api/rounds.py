"""Rounds: candidates for the statement, ranked by people, counted by everybody who likes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from ai.candidates import lot, rendered
from ai.drafting import Draft, rests_on
from ai.material import Material, changed
from ai.rounds import drafts_of
from ai.schulze import commitment
from ai.sources import shown_document
from store import audit, ballots, participants, rounds
from store.ids import now
from store.models import Ballot, Candidate, Round
from web.api import shapes
from web.auth import AContributor, AMember, Member, TheFacilitator
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["rounds"])


class NewRound(BaseModel):
    """How many candidates to ask a model for, and for how many minutes people may rank them."""

    candidates: int = Field(4, ge=1, le=16)
    minutes: int | None = Field(None, ge=1, le=366 * 24 * 60)


class NewRanking(BaseModel):
    """Candidates, the best first; tied ones together; what is left out is tied behind the rest."""

    ranking: list[str | list[str]] = Field(max_length=40)


class Consent(BaseModel):
    """Whether a model may guess how one would rank candidates."""

    predictable: bool


@router.post("/rounds", status_code=202)
async def start(
    request: Request, member: TheFacilitator, body: NewRound | None = None
) -> dict[str, Any]:
    """Let the bot make candidates of everybody's inputs and critiques."""
    wanted = body or NewRound(candidates=4, minutes=None)
    run = await services_of(request).rounds.start(
        member.session.id, member.decider, number=wanted.candidates, minutes=wanted.minutes
    )
    return shapes.run_json(run)


@router.get("/rounds")
async def index(request: Request, member: AMember) -> dict[str, Any]:
    """Every round, as the asker may see it."""
    return {"rounds": await services_of(request).database.read(_all, member)}


@router.post("/rounds/{round_id}/rankings", status_code=201)
async def rank(
    request: Request, round_id: str, body: NewRanking, member: AContributor
) -> dict[str, Any]:
    """Rank the candidates, or rank them again while the round is open: the last ranking counts."""
    services = services_of(request)
    await services.database.read(rounds.get, round_id, session_id=member.session.id)
    await services.rounds.rank(member.session.id, member.decider, round_id, body.ranking)
    return {"rounds": await services.database.read(_all, member)}


@router.post("/rounds/{round_id}/close")
async def close(request: Request, round_id: str, member: TheFacilitator) -> dict[str, Any]:
    """Count the rankings. The first choice becomes suggestions; nothing enters the statement by itself."""
    services = services_of(request)
    await services.database.read(rounds.get, round_id, session_id=member.session.id)
    await services.rounds.close(member.session.id, member.participant.id, round_id)
    return {"rounds": await services.database.read(_all, member)}


@router.put("/consent")
async def consent(request: Request, body: Consent, member: AContributor) -> dict[str, Any]:
    """Say whether a model may predict your rankings. What was predicted before stays in its round."""

    def change(session: Session) -> dict[str, Any]:
        person = participants.get(session, member.participant.id, session_id=member.session.id)
        person.predictable = body.predictable
        audit.record(
            session,
            "participant.consented" if body.predictable else "participant.declined",
            actor=person.id,
            of=member.session.id,
        )
        return {"predictable": person.predictable}

    return await services_of(request).database.write(change)


def _all(session: Session, member: Member) -> list[dict[str, Any]]:
    cast = ballots.of_session(session, member.session.id)
    return [
        _round_json(session, member, row, cast)
        for row in rounds.of_session(session, member.session.id)
    ]


def _round_json(
    session: Session, member: Member, row: Round, cast: dict[str, Ballot]
) -> dict[str, Any]:
    material = Material.from_json(row.material)
    back = changed(session, row.session_id, material)
    taken_back = [one for one in material.sources if one.id in back]
    rankings = [one for one in cast.values() if one.subject == row.id]
    mine = [one.ranking for one in rankings if one.participant_id == member.participant.id]
    guessed = [
        one
        for one in ballots.predicted(session, row.id)
        if one.participant_id == member.participant.id
    ]
    ended = row.ended_at is not None
    found = rounds.candidates(session, row.id)
    if (
        not ended
    ):  # everybody has an order of their own, so that nobody's place is the first for all
        found = sorted(found, key=lambda one: lot(row.id, member.participant.id, one.id))
    late = row.closes_at is not None and now() >= row.closes_at
    return {
        "id": row.id,
        "number": row.number,
        "open": not ended and not late,
        "closes_at": shapes.moment(row.closes_at),
        "ended_at": shapes.moment(row.ended_at),
        "commitment": commitment(row.secret),
        "secret": row.secret if ended else None,
        "result": row.result if ended else None,
        "candidates": [_candidate_json(one, material, taken_back) for one in found],
        "cast": len({one.participant_id for one in rankings}),
        "predicted": len(ballots.predicted(session, row.id)),
        "mine": mine[-1] if mine else None,
        "predicted_for_me": guessed[0].ranking if guessed else None,
        "predicted_because": guessed[0].reason if guessed else None,
    }


def _candidate_json(
    row: Candidate, material: Material, taken_back: Sequence[Any]
) -> dict[str, Any]:
    """A candidate without what rests on inputs that were taken back meanwhile."""
    drafts = drafts_of(row, material)
    kept = [one for one in drafts if not rests_on(one, taken_back)]
    return {
        "id": row.id,
        "author": row.author,
        "style": row.style,
        "text": row.text if len(kept) == len(drafts) else rendered(material, kept),
        "changes": [_change_json(one) for one in kept],
        "taken_back": len(drafts) - len(kept),
    }


def _change_json(draft: Draft) -> dict[str, Any]:
    replaces = draft.kind.value == "replace" and draft.target is not None
    return {
        "kind": draft.kind.value,
        "text": draft.text,
        "base": draft.target.text if replaces and draft.target is not None else None,
        "reason": draft.reason,
        "sources": [
            {
                "quote": one.quote,
                "author": one.author,
                "document": shown_document({"input": one.input, "document": one.document}),
            }
            for one in draft.citations
        ],
    }
