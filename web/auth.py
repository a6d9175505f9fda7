"""
Who is asking, and who they are in a session.

A browser's cookie may stand for a facilitator and for several participants; each tab says which one it is
(`Accord-As`, or `?as=` where headers cannot be set). A session that is not the asker's does not exist for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from ai.decisions import Decider
from rooms.access import Person
from store import facilitators, logins, participants, sessions
from store.errors import NotFound
from store.models import DeliberationSession, Facilitator, Login, Participant
from store.participants import Role
from web import credentials
from web.errors import Problem, not_signed_in
from web.services import services_of


@dataclass(frozen=True, slots=True)
class Asker:
    """
    Who sends a request.

    Attributes:
        login: The browser's cookie session.
        facilitator: Whom the cookie or the bearer token signs in.
        people: The participants the browser acts for, the latest first.
    """

    login: Login | None
    facilitator: Facilitator | None
    people: tuple[tuple[Participant, DeliberationSession], ...]

    @property
    def nobody(self) -> bool:
        """Whether the request stands for no one."""
        return self.facilitator is None and not self.people


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the session that is asked about. `login`: the browser's, None for a script."""

    session: DeliberationSession
    participant: Participant
    login: Login | None

    @property
    def role(self) -> Role:
        """What they may do."""
        return Role(self.participant.role)

    @property
    def decider(self) -> Decider:
        """How their decisions are signed."""
        return Decider(self.participant.id, self.participant.name)

    @property
    def person(self) -> Person:
        """Who they are in the room."""
        return Person(
            self.participant.id, self.participant.name, self.participant.role, self.role.may_write
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request shows of who sends it: a bearer token, or else the secret of a cookie."""

    token: str | None
    secret: str | None
    at: datetime

    @property
    def nothing(self) -> bool:
        """Whether there is neither, so that nobody need be asked."""
        return self.token is None and self.secret is None


async def asker_of(connection: HTTPConnection) -> Asker:
    """
    Find out who is asking.

    Raises:
        Problem: If a bearer token is no good, or another site's page changes something with our cookie.
    """
    shown = _shown(connection)
    if shown.nothing:
        return Asker(None, None, ())
    return await services_of(connection).database.read(_asker, shown)


def _shown(connection: HTTPConnection) -> _Shown:
    services = services_of(connection)
    connection.state.kicks = (
        services.kicks
    )  # before looking: who is sent away meanwhile shows in it
    token = credentials.bearer(connection)
    if token is not None:
        return _Shown(token, None, datetime.now(UTC))
    if credentials.is_changing(connection) and not credentials.from_our_page(
        services.settings, connection
    ):
        raise Problem(
            403,
            "foreign-origin",
            "This page may not act for you here. If it is Accord's own, ACCORD_PUBLIC_URL must say where it is.",
        )
    return _Shown(None, credentials.read_cookie(services.settings, connection), datetime.now(UTC))


def _asker(session: Session, shown: _Shown) -> Asker:
    if shown.token is not None:
        try:
            return Asker(None, facilitators.by_token(session, shown.token), ())
        except NotFound:
            raise not_signed_in() from None
    try:
        login = logins.by_secret(session, shown.secret or "", at=shown.at)
    except NotFound:
        return Asker(None, None, ())
    people = tuple(logins.people_of(session, login))
    return Asker(login, logins.facilitator_of(session, login), people)


async def member_of(connection: HTTPConnection, session_id: str) -> Member:
    """
    Find out who is asking in a session.

    Raises:
        Problem: If nobody is.
        NotFound: If there is no such session, or the asker is not in it.
    """
    shown, wanted = _shown(connection), _wanted(connection)
    if shown.nothing:
        raise not_signed_in()
    return await services_of(connection).database.read(_member_of, shown, session_id, wanted)


def _member_of(session: Session, shown: _Shown, session_id: str, wanted: str | None) -> Member:
    asker = _asker(session, shown)
    if asker.nobody:
        raise not_signed_in()
    return _member(session, asker, session_id, wanted)


async def member_as(connection: HTTPConnection, asker: Asker, session_id: str) -> Member:
    """
    Find out who an asker is in a session.

    Raises:
        NotFound: If there is no such session, or they are not in it.
    """
    services = services_of(connection)
    return await services.database.read(_member, asker, session_id, _wanted(connection))


def _wanted(connection: HTTPConnection) -> str | None:
    return connection.headers.get("accord-as") or connection.query_params.get("as")


def _member(session: Session, asker: Asker, session_id: str, wanted: str | None) -> Member:
    mine = [person for person, _ in asker.people if person.session_id == session_id]
    found = sessions.get(session, session_id)
    if asker.facilitator is not None and found.facilitator_id == asker.facilitator.id:
        own = participants.of_facilitator(session, session_id, asker.facilitator.id)
        if own is not None:
            mine.insert(0, own)
    for person in mine:
        if wanted in (None, person.id):
            return Member(found, person, asker.login)
    raise NotFound("session")


async def anybody(request: Request) -> Asker:
    """Dependency: whoever it is."""
    return await asker_of(request)


async def a_facilitator(request: Request) -> Asker:
    """Dependency: somebody who may create sessions."""
    asker = await asker_of(request)
    if asker.nobody:
        raise not_signed_in()
    if asker.facilitator is None:
        raise Problem(403, "facilitator-only", "Only a facilitator may do this; you are not one.")
    return asker


async def a_member(request: Request, session_id: str) -> Member:
    """Dependency: somebody in the session."""
    return await member_of(request, session_id)


async def a_contributor(request: Request, session_id: str) -> Member:
    """Dependency: somebody in the session who is not only watching."""
    member = await member_of(request, session_id)
    if not member.role.may_write:
        raise Problem(403, "read-only", "Observers watch; they cannot change anything.")
    return member


async def the_facilitator(request: Request, session_id: str) -> Member:
    """Dependency: a facilitator of the session."""
    member = await member_of(request, session_id)
    if member.role is not Role.FACILITATOR:
        raise Problem(403, "facilitator-only", "Only a facilitator of this session may do this.")
    return member


Anybody = Annotated[Asker, Depends(anybody)]
AFacilitator = Annotated[Asker, Depends(a_facilitator)]
AMember = Annotated[Member, Depends(a_member)]
AContributor = Annotated[Member, Depends(a_contributor)]
TheFacilitator = Annotated[Member, Depends(the_facilitator)]
