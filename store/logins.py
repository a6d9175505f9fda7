"""Cookie sessions of browsers: which facilitator and which participants a browser acts for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import fingerprint, new_id, new_secret, now
from store.models import DeliberationSession, Facilitator, Login, LoginPerson, Participant


@dataclass(frozen=True, slots=True)
class OpenedLogin:
    """A login and its secret, which exists only now and in the browser's cookie."""

    login: Login
    secret: str


def open_login(session: Session, *, lifetime: timedelta) -> OpenedLogin:
    """Make an empty login."""
    secret = new_secret()
    made = Login(
        id=new_id(),
        token_hash=fingerprint(secret),
        facilitator_id=None,
        created_at=now(),
        expires_at=now() + lifetime,
    )
    session.add(made)
    session.flush()
    return OpenedLogin(made, secret)


def by_secret(session: Session, secret: str, *, at: datetime) -> Login:
    """
    Return the login a cookie stands for.

    Raises:
        NotFound: If there is none, or it has expired at `at`.
    """
    query = select(Login).where(Login.token_hash == fingerprint(secret), Login.expires_at > at)
    found = session.scalar(query)
    if found is None:
        raise NotFound("login")
    return found


def facilitator_of(session: Session, login: Login) -> Facilitator | None:
    """Return the facilitator a login is signed in as, if they still are one."""
    if login.facilitator_id is None:
        return None
    found = session.get(Facilitator, login.facilitator_id)
    return found if found is not None and found.revoked_at is None else None


def bind_facilitator(session: Session, login_id: str, facilitator_id: str) -> None:
    """Sign a login in as a facilitator."""
    login = session.get_one(Login, login_id)
    login.facilitator_id = facilitator_id


def bind_person(session: Session, login_id: str, participant_id: str) -> None:
    """Let a login act for a participant; the one bound last answers where a request names nobody."""
    bound = session.get(LoginPerson, (login_id, participant_id))
    if bound is None:
        bound = LoginPerson(login_id=login_id, participant_id=participant_id, joined_at=now())
        session.add(bound)
    bound.joined_at = now()


def people_of(session: Session, login: Login) -> Sequence[tuple[Participant, DeliberationSession]]:
    """Return who a login acts for and where, the latest first."""
    query = (
        select(Participant, DeliberationSession)
        .join(LoginPerson, LoginPerson.participant_id == Participant.id)
        .join(DeliberationSession, DeliberationSession.id == Participant.session_id)
        .where(LoginPerson.login_id == login.id, Participant.removed_at.is_(None))
        .order_by(LoginPerson.joined_at.desc())
    )
    return [(person, session_) for person, session_ in session.execute(query)]


def close_login(session: Session, secret: str) -> None:
    """Forget a login."""
    query = select(Login).where(Login.token_hash == fingerprint(secret))
    found = session.scalar(query)
    if found is not None:
        session.execute(delete(LoginPerson).where(LoginPerson.login_id == found.id))
        session.delete(found)
