"""Among how many people the author of an anonymous quote is: in a small group others may guess who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ai.measures import SMALL_GROUP, hidden_among
from store import inputs, participants
from store.participants import Role


@dataclass(frozen=True, slots=True)
class Anonymity:
    """
    Attributes:
        among: People who allow anonymous quotes of an input.
        people: People who can give inputs at all; who only watches hides nobody.
    """

    among: int
    people: int

    @property
    def is_small(self) -> bool:
        """Whether people should be warned."""
        return 0 < self.among < SMALL_GROUP or self.people < SMALL_GROUP

    @property
    def warning(self) -> str | None:
        """What to say to them, if anything."""
        if not self.is_small:
            return None
        few = self.among or self.people
        people = "1 person" if few == 1 else f"{few} people"
        return f"An anonymous quote here is by one of {people}: others may guess whose it is."


def load(session: Session, session_id: str, *, asker: str | None = None) -> Anonymity:
    """
    Count.

    Args:
        asker: Somebody who is about to allow an anonymous quote, and is counted as if they had.
    """
    permissions = [
        (row.participant_id, row.quote) for row in inputs.of_session(session, session_id)
    ]
    if asker is not None:
        permissions.append((asker, inputs.Quote.ANONYMOUS.value))
    found = participants.of_session(session, session_id)
    return Anonymity(hidden_among(permissions), sum(Role(one.role).may_write for one in found))
