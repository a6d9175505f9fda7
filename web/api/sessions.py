"""Sessions: making them, seeing them, moving them on."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from rooms.registry import seed
from store import audit, invitations, participants, rooms, sessions
from store.models import DeliberationSession
from store.participants import Role
from store.sessions import Phase, Type
from web import credentials, mail, notices
from web.api import shapes
from web.auth import AFacilitator, AMember, Anybody, Member, TheFacilitator
from web.errors import not_signed_in
from web.services import Services, services_of

router = APIRouter(prefix="/api/sessions", tags=["sessions"])

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


def _one_address(value: str) -> str:
    """
    Return a mail address in ASCII. It is one and nothing else: of two, both would get one person's link.

    Raises:
        ValueError: If it is not.
    """
    name, _, host = value.rpartition("@")
    try:
        address = f"{name}@{host.encode('idna').decode()}"
        if Address(addr_spec=address).addr_spec == address and address.isprintable():
            return address
    except Exception:  # the library's parser leaks IndexError and others
        pass
    raise ValueError("must be one address like ana@example.org")


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_one_address),
]


class NewSession(BaseModel):
    """What a session is about and who is invited."""

    title: Title = Field(examples=["Harbour development"])
    question: Question = Field(examples=["How should the harbour grow?"])
    type: Type
    stakeholders: list[Email] = Field(
        default_factory=list, max_length=500, examples=[["ana@example.org"]]
    )
    facilitator_reads_inputs: bool = False
    external_ai: bool = True
    facilitator_name: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None
    ) = None


class Changes(BaseModel):
    """
    What may be corrected later.

    Who reads what people give is fixed once somebody has given something; external AI can still be forbidden.
    """

    title: Title | None = None
    question: Question | None = None
    facilitator_reads_inputs: bool | None = None
    external_ai: bool | None = None


class Move(BaseModel):
    """
    The phase to go to.

    `seen`: the one it is in for whoever moves; if somebody else moved it meanwhile, this changes nothing. Leaving
    `deciding` voids the open poll, so there it must be given.
    """

    phase: Phase
    seen: Phase | None = None


@router.post("", status_code=201)
async def create(request: Request, body: NewSession, asker: AFacilitator) -> dict[str, Any]:
    """Make a session, its room and one invitation per stakeholder."""
    services = services_of(request)
    facilitator = asker.facilitator
    assert facilitator is not None

    def change(session: Session) -> tuple[dict[str, Any], list[invitations.NewInvitation]]:
        row = sessions.add(
            session,
            facilitator_id=facilitator.id,
            title=body.title,
            question=body.question,
            type_=body.type,
            facilitator_reads_inputs=body.facilitator_reads_inputs,
            external_ai=body.external_ai,
        )
        seed(session, rooms.add(session, row.id).id)
        me = participants.add(
            session,
            session_id=row.id,
            name=body.facilitator_name or facilitator.name,
            role=Role.FACILITATOR,
            facilitator_id=facilitator.id,
        )
        made = [
            invitations.add(
                session,
                session_id=row.id,
                email=email,
                role=Role.PARTICIPANT,
                lifetime=services.settings.invitation_lifetime,
            )
            for email in dict.fromkeys(body.stakeholders)
        ]
        audit.record(session, "session.created", actor=me.id, of=row.id, invitations=len(made))
        answer = shapes.session_json(session, row)
        answer["me"] = shapes.member_json(session, me)
        answer["participants"] = shapes.participants_json(session, row.id)
        return answer, made

    answer, made = await services.database.write(change)
    answer["invitations"] = await hand_out(request, answer, made, answer["me"]["name"])
    await notices.session_changed(services, answer["id"])
    return answer


@router.get("")
async def index(request: Request, asker: Anybody) -> dict[str, Any]:
    """The sessions the asker facilitates or has joined."""
    if asker.nobody:
        raise not_signed_in()

    def query(session: Session) -> list[dict[str, Any]]:
        found: dict[str, DeliberationSession] = {}
        if asker.facilitator is not None:
            for row in sessions.of_facilitator(session, asker.facilitator.id):
                found[row.id] = row
        for row in sessions.of_people(session, [person.id for person, _ in asker.people]):
            found.setdefault(row.id, row)
        rows = sorted(found.values(), key=lambda row: row.created_at, reverse=True)
        return [shapes.session_json(session, row) for row in rows]

    return {"sessions": await services_of(request).database.read(query)}


@router.get("/{session_id}")
async def show(request: Request, member: AMember) -> dict[str, Any]:
    """One session, as the asker may see it."""

    def query(session: Session) -> dict[str, Any]:
        answer = shapes.session_json(session, member.session)
        answer["me"] = shapes.member_json(session, member.participant)
        answer["participants"] = shapes.participants_json(session, member.session.id)
        return answer

    return await services_of(request).database.read(query)


@router.patch("/{session_id}")
async def correct(request: Request, body: Changes, member: TheFacilitator) -> dict[str, Any]:
    """Correct title or question, and before anybody has given something, who reads it."""

    def change(session: Session) -> None:
        row = sessions.get(session, member.session.id)
        new = sessions.set_privacy(
            session,
            row.id,
            facilitator_reads_inputs=body.facilitator_reads_inputs,
            external_ai=body.external_ai,
        )
        if new:
            audit.record(
                session, "session.privacy_set", actor=member.participant.id, of=row.id, new=new
            )
        if body.title or body.question:
            row.title = body.title or row.title
            row.question = body.question or row.question
            audit.record(session, "session.corrected", actor=member.participant.id, of=row.id)

    return await _changed(request, member, change)


@router.post("/{session_id}/phase")
async def move(request: Request, body: Move, member: TheFacilitator) -> dict[str, Any]:
    """Move a session to another phase; `deciding` opens a poll. Agreement is reached by votes, not by hand."""
    services = services_of(request)
    await services.polls.move(member.session.id, member.decider, body.phase, seen=body.seen)
    fresh = await services.database.read(sessions.get, member.session.id)
    return await show(request, Member(fresh, member.participant, member.login))


async def _changed(request: Request, member: TheFacilitator, change: Any) -> dict[str, Any]:
    services = services_of(request)
    await services.database.write(change)
    await notices.session_changed(services, member.session.id)
    fresh = await services.database.read(sessions.get, member.session.id)
    return await show(request, Member(fresh, member.participant, member.login))


async def hand_out(
    request: Request,
    session: dict[str, Any],
    made: list[invitations.NewInvitation],
    inviter: str,
) -> list[dict[str, Any]]:
    """Return new invitations with their links, and mail those that have an address."""
    services: Services = services_of(request)
    base = credentials.base_url(services.settings, request)
    links = {new.invitation.id: f"{base}/join#{new.secret}" for new in made}
    letters = [
        mail.Letter(
            to=new.invitation.email,
            title=session["title"],
            question=session["question"],
            link=links[new.invitation.id],
            inviter=inviter,
        )
        for new in made
        if new.invitation.email is not None
    ]
    mailed = await mail.send(services.settings, letters)
    at = datetime.now(UTC)
    return [
        {
            **shapes.invitation_json(new.invitation, None, at=at, link=links[new.invitation.id]),
            "mailed": new.invitation.email in mailed,
        }
        for new in made
    ]
