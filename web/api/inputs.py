"""Inputs: what participants give in private."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from store import audit, inputs, suggestions
from store.erasures import Kind
from store.ids import now
from store.inputs import Quote
from store.models import Input
from web import notices
from web.api import erasures, shapes
from web.auth import AContributor, AMember, Member
from web.errors import Problem
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/inputs", tags=["inputs"])

InputText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)
]


class NewInput(BaseModel):
    """What somebody thinks, and how it may be quoted."""

    text: InputText = Field(examples=["Buses must run on Sundays."])
    quote: Quote = Quote.ANONYMOUS


class Changes(BaseModel):
    """A better wording, or another permission to quote."""

    text: InputText | None = None
    quote: Quote | None = None


@router.post("", status_code=201)
async def give(request: Request, body: NewInput, member: AContributor) -> dict[str, Any]:
    """Give an input. Only its author and the bot read it, and the facilitator where the session says so."""
    services = services_of(request)

    def change(session: Session) -> Input:
        row = inputs.add(
            session,
            session_id=member.session.id,
            participant_id=member.participant.id,
            text=body.text,
            quote=body.quote,
        )
        _record(session, member, "input.given", row.id)
        return row

    row = await services.database.write(change)
    await notices.inputs_changed(services, member.session.id)
    return shapes.input_json(row, [])


@router.get("")
async def index(request: Request, member: AMember, all: bool = False) -> dict[str, Any]:
    """Your own inputs; with `all=1` everybody's, for a facilitator of a session that says so."""
    if all and not (member.session.facilitator_reads_inputs and member.role == "facilitator"):
        raise Problem(403, "inputs-are-private", "In this session only the bot reads inputs.")

    def query(session: Session) -> list[dict[str, Any]]:
        if all:
            rows = inputs.of_session(session, member.session.id)
        else:
            rows = inputs.of_participant(session, member.session.id, member.participant.id)
        used = suggestions.uses_of_inputs(session, member.session.id)
        return [shapes.input_json(row, used.get(row.id, [])) for row in rows]

    return {"inputs": await services_of(request).database.read(query)}


@router.patch("/{input_id}")
async def change_input(
    request: Request, input_id: str, body: Changes, member: AContributor
) -> dict[str, Any]:
    """Change one of your inputs. Quotes of it are shown from now on as you allow them now."""
    services = services_of(request)

    def change(session: Session) -> dict[str, Any]:
        row = _own(session, input_id, member)
        row.text = body.text or row.text
        row.quote = body.quote.value if body.quote is not None else row.quote
        row.updated_at = now()
        _record(session, member, "input.changed", row.id)
        used = suggestions.uses_of_inputs(session, member.session.id)
        return shapes.input_json(row, used.get(row.id, []))

    answer = await services.database.write(change)
    if body.quote is not None:
        await notices.quotes_changed(services, member.session.id, input_id)
    return answer


@router.delete("/{input_id}", status_code=204)
async def withdraw(request: Request, input_id: str, member: AContributor) -> None:
    """Withdraw one of your inputs: nobody reads it or is shown its words any more. `erase` removes it."""
    services = services_of(request)

    def change(session: Session) -> None:
        row = _own(session, input_id, member)
        row.withdrawn_at = now()
        _record(session, member, "input.withdrawn", row.id)

    await services.database.write(change)
    await notices.quotes_changed(services, member.session.id, input_id)
    await notices.inputs_changed(services, member.session.id)


@router.post("/{input_id}/erase", status_code=202)
async def erase(request: Request, input_id: str, member: AContributor) -> dict[str, Any]:
    """Erase one of your inputs, also a withdrawn one: everything the server holds of it. It cannot be taken back."""
    services = services_of(request)
    row = await services.eraser.ask(
        Kind.INPUT,
        input_id,
        session_id=member.session.id,
        participant_id=member.participant.id,
    )
    await notices.inputs_changed(services, member.session.id)
    return shapes.erasure_json(row, erasures.may_remain(services, row))


def _own(session: Session, input_id: str, member: Member) -> Input:
    return inputs.own(
        session, input_id, session_id=member.session.id, participant_id=member.participant.id
    )


def _record(session: Session, member: Member, action: str, subject: str) -> None:
    audit.record(
        session, action, actor=member.participant.id, of=member.session.id, subject=subject
    )
