"""What models answered, so that nobody asks the same twice, and what it cost. Failures are kept, and never served."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store.ids import now
from store.models import ModelAnswer


def add(
    session: Session,
    *,
    key: str,
    session_id: str,
    purpose: str,
    prompt: str,
    model: str,
    text: str | None,
    failure: str | None,
    input_tokens: int,
    output_tokens: int,
) -> None:
    """Keep one call of a model. `prompt`: its ident; `text`: None if the answer was of no use."""
    session.add(
        ModelAnswer(
            key=key,
            session_id=session_id,
            purpose=purpose,
            prompt=prompt,
            model=model,
            text=text,
            failure=failure,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            created_at=now(),
        )
    )
    session.flush()


def find(session: Session, key: str, *, session_id: str) -> str | None:
    """Return what was answered to this in this session, None if nobody asked or nothing usable came."""
    query = (
        select(ModelAnswer.text)
        .where(
            ModelAnswer.key == key,
            ModelAnswer.session_id == session_id,
            ModelAnswer.text.is_not(None),
        )
        .order_by(ModelAnswer.id)
        .limit(1)
    )
    return session.scalar(query)


def forget(session: Session, keys: Collection[str], *, session_id: str) -> None:
    """Delete the texts of these answers; the calls and their tokens stay counted."""
    session.execute(
        update(ModelAnswer)
        .where(ModelAnswer.key.in_(keys), ModelAnswer.session_id == session_id)
        .values(text=None, failure="Deleted")
    )


def spoil(session: Session, key: str, *, session_id: str, failure: str) -> None:
    """What was answered to this turned out to be of no use: it is not served any more."""
    change = (
        update(ModelAnswer)
        .where(ModelAnswer.key == key, ModelAnswer.session_id == session_id)
        .where(ModelAnswer.text.is_not(None))
        .values(text=None, failure=failure)
    )
    session.execute(change)


def spent(session: Session, *, session_id: str | None = None, since: datetime | None = None) -> int:
    """Return the tokens of all calls, or those of one session, or since some time."""
    query = select(func.sum(ModelAnswer.input_tokens + ModelAnswer.output_tokens))
    if session_id is not None:
        query = query.where(ModelAnswer.session_id == session_id)
    if since is not None:
        query = query.where(ModelAnswer.created_at >= since)
    return session.scalar(query) or 0


def count(session: Session, session_id: str) -> int:
    """Return how often a model was asked in a session."""
    query = select(func.count()).where(ModelAnswer.session_id == session_id)
    return session.scalar(query) or 0
