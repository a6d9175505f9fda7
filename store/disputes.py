"""Citations whose authors say: that is not what I meant."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import Conflict
from store.ids import now
from store.models import Dispute, Suggestion


def add(
    session: Session, *, suggestion_id: str, citation: str, participant_id: str, critique_id: str
) -> Dispute:
    """
    Keep that a citation is disputed, and the critique that says so to the bot.

    Raises:
        Conflict: If it is already (`already-disputed`).
    """
    if session.get(Dispute, (suggestion_id, citation)) is not None:
        raise Conflict("already-disputed", "you have said so already; the bot will see it")
    made = Dispute(
        suggestion_id=suggestion_id,
        citation=citation,
        participant_id=participant_id,
        critique_id=critique_id,
        created_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def of_session(session: Session, session_id: str) -> set[str]:
    """Return the disputed citations of a session."""
    query = (
        select(Dispute.citation)
        .join(Suggestion, Suggestion.id == Dispute.suggestion_id)
        .where(Suggestion.session_id == session_id)
    )
    return set(session.scalars(query))
