"""Which rights to be somewhere have ended since they were looked at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.models import Facilitator, Login, Participant, RoomToken


def good_credentials(session: Session, idents: Collection[str], *, at: datetime) -> set[str]:
    """Return which of these logins and room tokens, given by their ids, are good at a moment."""
    logins = select(Login.id).where(Login.id.in_(idents), Login.expires_at > at)
    tokens = (
        select(RoomToken.id)
        .join(Participant, Participant.id == RoomToken.made_by)
        .outerjoin(Facilitator, Facilitator.id == Participant.facilitator_id)
        .where(
            RoomToken.id.in_(idents),
            RoomToken.revoked_at.is_(None),
            RoomToken.expires_at > at,
            Participant.removed_at.is_(None),
            Facilitator.revoked_at.is_(None),
        )
    )
    return {*session.scalars(logins), *session.scalars(tokens)}


def people_out(session: Session, idents: Collection[str]) -> set[str]:
    """Return which of these participants are no longer in their session, or facilitators no longer."""
    query = (
        select(Participant.id)
        .outerjoin(Facilitator, Facilitator.id == Participant.facilitator_id)
        .where(
            Participant.id.in_(idents),
            Participant.removed_at.is_not(None) | Facilitator.revoked_at.is_not(None),
        )
    )
    return set(session.scalars(query))
