"""Deciding: the rule, polls about the frozen statement, ballots."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from ai import history
from ai.deliberation import Deliberation, Poll
from ai.rules import Choice, Kind, Per, Rule
from collab import frozen
from store import audit, participants, polls
from web import markdown, notices
from web.api import shapes
from web.auth import AContributor, AMember, Member, TheFacilitator
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}", tags=["ballots"])

_YEAR = 366 * 24 * 60


class NewRule(BaseModel):
    """
    When a text is agreed, and whether ballots are secret.

    `minutes`: how long a poll lasts; `facilitators`: whether they are asked too.
    """

    kind: Kind
    per: Per = Per.PERSON
    approvals: int | None = Field(None, ge=1, le=10_000)
    quorum: int = Field(1, ge=1, le=10_000)
    minutes: int | None = Field(None, ge=1, le=_YEAR)
    facilitators: bool = False
    secret: bool = False


class NewBallot(BaseModel):
    """What somebody says to the text of this hash."""

    choice: Choice
    text_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Delegation(BaseModel):
    """Whom somebody speaks for; None for themselves."""

    delegation: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None
    )


@router.get("/deliberation")
async def show(request: Request, member: AMember) -> dict[str, Any]:
    """The rule, and every poll as the asker may see it."""
    return await services_of(request).database.read(_deliberation, member)


@router.put("/rule")
async def choose(request: Request, body: NewRule, member: TheFacilitator) -> dict[str, Any]:
    """Choose the decision rule. It is fixed while a poll is open, and for good with the first ballot."""
    services = services_of(request)
    fields = body.model_dump(exclude={"secret"})
    await services.polls.choose(
        member.session.id, member.decider, Rule(**fields), secret=body.secret
    )
    return await services.database.read(_deliberation, member)


@router.get("/polls/{poll}")
async def text(request: Request, poll: str, member: AMember) -> dict[str, Any]:
    """The frozen text of a poll, as blocks and as Markdown."""
    row = await services_of(request).database.read(polls.get, poll, session_id=member.session.id)
    return {
        "id": row.id,
        "text_hash": row.text_hash,
        "blocks": row.blocks,
        "markdown": markdown.statement(frozen.from_json(row.blocks)),
    }


@router.post("/polls/{poll}/ballots", status_code=201)
async def cast(
    request: Request, poll: str, body: NewBallot, member: AContributor
) -> dict[str, Any]:
    """Vote, or vote again while the poll lasts: the last ballot counts."""
    services = services_of(request)
    await services.database.read(polls.get, poll, session_id=member.session.id)
    await services.polls.cast(
        member.session.id,
        member.decider,
        poll_id=poll,
        text_hash=body.text_hash,
        choice=body.choice,
    )
    return await services.database.read(_deliberation, member)


@router.put("/participants/{participant}/delegation")
async def delegate(
    request: Request, participant: str, body: Delegation, member: TheFacilitator
) -> dict[str, Any]:
    """Say whom a participant speaks for. Polls that are open keep what was true when they opened."""
    services = services_of(request)

    def change(session: Session) -> None:
        person = participants.get(session, participant, session_id=member.session.id)
        person.delegation = body.delegation
        audit.record(
            session,
            "participant.delegated",
            actor=member.participant.id,
            of=member.session.id,
            subject=participant,
        )

    await services.database.write(change)
    await notices.participants_changed(services, member.session.id)
    return {
        "participants": await services.database.read(shapes.participants_json, member.session.id)
    }


def _deliberation(session: Session, member: Member) -> dict[str, Any]:
    state = history.load(session, member.session.id)
    names = participants.names(session, member.session.id)
    opened = {
        row.id: shapes.moment(row.opened_at) for row in polls.of_session(session, member.session.id)
    }
    return {
        "phase": state.phase.value,
        "rule": state.rule.to_json(),
        "secret": state.secret,
        "locked": state.locked,
        "voters": _asked_next(session, member, state),
        "polls": [
            {**_poll_json(one, member.participant.id, names), "opened_at": opened[one.id]}
            for one in state.polls
        ],
    }


def _asked_next(session: Session, member: Member, state: Deliberation) -> int:
    """How many would be asked if a poll opened now."""
    return len(
        participants.voters(session, member.session.id, facilitators=state.rule.facilitators)
    )


def _poll_json(poll: Poll, me: str, names: dict[str, str]) -> dict[str, Any]:
    """A poll: of a secret one, who voted and, once it has ended, how many said what."""
    voices = poll.voices
    told = not poll.secret or poll.outcome is not None
    mine = poll.ballots.get(me)
    return {
        "id": poll.id,
        "number": poll.number,
        "text_hash": poll.text_hash,
        "closes_at": shapes.moment(poll.closes_at),
        "rule": poll.rule.to_json(),
        "secret": poll.secret,
        "outcome": poll.outcome and poll.outcome.value,
        "voices": {
            "of": voices.of,
            "cast": voices.cast,
            "approve": voices.approve if told else None,
            "object": voices.object if told else None,
            "abstain": voices.abstain if told else None,
        },
        "may_vote": me in poll.voters and poll.outcome is None,
        "mine": mine and mine.choice.value,
        "voters": [
            {
                "id": voter,
                "name": names.get(voter, ""),
                "delegation": delegation,
                "voted": voter in poll.ballots,
                "choice": None
                if poll.secret or voter not in poll.ballots
                else poll.ballots[voter].choice.value,
            }
            for voter, delegation in poll.voters.items()
        ],
    }
