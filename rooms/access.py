"""Who somebody is in a room, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collab.origins import Origin, Via


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody in a room.

    Attributes:
        key: Stays the same over devices, tokens and reconnects; owns client ids.
        name: What the others see.
        role: ``facilitator``, ``participant``, ``observer`` or ``bot``.
        may_write: Whether their updates are taken.
    """

    key: str
    name: str
    role: str
    may_write: bool

    @property
    def origin(self) -> Origin:
        """How updates of their clients are logged."""
        return Origin(self.key, Via.SOCKET)

    @property
    def user(self) -> dict[str, Any]:
        """What their presence says of them."""
        return {"id": self.key, "name": self.name, "role": self.role}
