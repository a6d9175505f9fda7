"""
How much one connection may send: so many messages and bytes per second, and a burst of both.

Who sends more is not refused and loses nothing: the server reads on a little later, and the peer's own network holds
it back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """
    Attributes:
        per_second: What flows back.
        burst: What may be spent at once.
    """

    per_second: float
    burst: float


class Allowance:
    """
    A token bucket for messages and one for bytes.

    Args:
        now: On a clock in seconds that only goes forward.
    """

    __slots__ = ("_at", "_bytes", "_left_bytes", "_left_messages", "_messages")

    def __init__(self, messages: Rate, size: Rate, now: float) -> None:
        self._messages = messages
        self._bytes = size
        self._left_messages = messages.burst
        self._left_bytes = size.burst
        self._at = now

    def spend(self, messages: float, size: int, now: float) -> float:
        """Spend; return for how many seconds nothing more should be read, 0 while there is something left."""
        passed = now - self._at
        self._at = now
        self._left_messages = (
            min(self._messages.burst, self._left_messages + passed * self._messages.per_second)
            - messages
        )
        self._left_bytes = (
            min(self._bytes.burst, self._left_bytes + passed * self._bytes.per_second) - size
        )
        if self._left_messages >= 0 and self._left_bytes >= 0:
            return 0.0
        return max(
            -self._left_messages / self._messages.per_second,
            -self._left_bytes / self._bytes.per_second,
        )
