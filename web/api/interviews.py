"""An interview: a conversation of a participant with the bot, in private, that ends in inputs they confirmed."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints, model_validator

from ai.interview import MAX_ANSWER_CHARACTERS, Verdict
from ai.interviews import Whose
from store.inputs import Quote
from store.models import Interview
from web import notices
from web.api import shapes
from web.auth import AContributor, Member
from web.services import Services, services_of

router = APIRouter(prefix="/api/sessions/{session_id}/interview", tags=["inputs"])

Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ANSWER_CHARACTERS),
]


class Answer(BaseModel):
    """
    What somebody says to a question; null passes it over.

    `turn`: the question's number, from 0. `enough`: no more questions after it.
    """

    turn: int = Field(ge=0, le=1000)
    answer: Said | None = Field(examples=["Only if the buses still run at night."])
    enough: bool = False


class Judgement(BaseModel):
    """What somebody says to a point; `corrected` with their own wording."""

    verdict: Verdict
    wording: Said | None = None

    @model_validator(mode="after")
    def _wording_where_it_belongs(self) -> Self:
        if (self.verdict is Verdict.CORRECTED) != (self.wording is not None):
            raise ValueError("a wording goes with `corrected`, and `corrected` needs one")
        return self


class Ending(BaseModel):
    """How the inputs that come of it may be quoted."""

    quote: Quote = Quote.ANONYMOUS


@router.get("")
async def show(request: Request, member: AContributor) -> dict[str, Any]:
    """Your interview: the one under way, else the last one, else null."""
    services = services_of(request)
    row = await services.interviews.current(_whose(member))
    return {"interview": _json(services, row) if row is not None else None}


@router.post("", status_code=201)
async def start(request: Request, response: Response, member: AContributor) -> dict[str, Any]:
    """Begin an interview, or go on with the one under way (200)."""
    services = services_of(request)
    row, new = await services.interviews.start(_whose(member))
    response.status_code = 201 if new else 200
    if new:
        await notices.session_changed(services, member.session.id)  # its settings are locked now
    return _json(services, row)


@router.post("/answers", status_code=201)
async def answer(request: Request, body: Answer, member: AContributor) -> dict[str, Any]:
    """Answer the open question. The answer is kept before a model is asked for the next one."""
    services = services_of(request)
    row = await services.interviews.answer(
        _whose(member), body.turn, body.answer, enough=body.enough
    )
    return _json(services, row)


@router.put("/points/{point}")
async def judge(
    request: Request, point: str, body: Judgement, member: AContributor
) -> dict[str, Any]:
    """Confirm, correct or drop a point; `open` takes that back."""
    services = services_of(request)
    row = await services.interviews.judge(_whose(member), point, body.verdict, body.wording)
    return _json(services, row)


@router.post("/finish")
async def finish(
    request: Request, member: AContributor, body: Ending | None = None
) -> dict[str, Any]:
    """Make inputs of the points you confirmed or corrected; the others count for nothing."""
    services = services_of(request)
    quote = (body or Ending()).quote
    row, made = await services.interviews.finish(_whose(member), quote)
    await notices.inputs_changed(services, member.session.id)
    return {
        "interview": _json(services, row),
        "inputs": [shapes.input_json(one, []) for one in made],
    }


@router.delete("", status_code=204)
async def delete(request: Request, member: AContributor) -> None:
    """Delete your interview and what the model answered in it; inputs that came of it stay."""
    await services_of(request).interviews.delete(_whose(member))


def _whose(member: Member) -> Whose:
    return Whose(member.session.id, member.participant.id)


def _json(services: Services, row: Interview) -> dict[str, Any]:
    return shapes.interview_json(row, most=services.interviews.most)
