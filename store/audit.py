"""The audit: who did what, when. Appended in the transaction of the deed, never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.ids import now
from store.models import AuditEntry


def record(
    session: Session,
    /,
    action: str,
    *,
    actor: str,
    of: str | None,
    subject: str | None = None,
    **details: Any,
) -> None:
    """
    Write one entry.

    Args:
        action: Noun and verb, ``suggestion.accepted``.
        actor: A participant's or facilitator's id, ``bot`` or ``server``.
        of: The session.
        subject: The id of what it was done to.
        details: Facts, never the text of a statement, input or prompt.
    """
    session.add(
        AuditEntry(
            session_id=of, at=now(), actor=actor, action=action, subject=subject, details=details
        )
    )


def entries(
    session: Session, of: str, actions: Collection[str] | None = None, *, after: int = 0
) -> Sequence[AuditEntry]:
    """
    Return a session's audit in order, all of it or what is about certain actions.

    Args:
        after: The number of the entry to begin behind.
    """
    query = select(AuditEntry).where(AuditEntry.session_id == of, AuditEntry.id > after)
    query = query.order_by(AuditEntry.id)
    if actions is not None:
        query = query.where(AuditEntry.action.in_(actions))
    return session.scalars(query).all()


def latest(session: Session, of: str) -> int:
    """Return the number of a session's last entry, 0 if there is none."""
    query = select(func.max(AuditEntry.id)).where(AuditEntry.session_id == of)
    return session.scalar(query) or 0
