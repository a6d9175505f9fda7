"""
How much one connection may send, and how much work one person may make: so much per second, and a burst.

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


class Bucket:
    """
    A token bucket.

    Args:
        now: On a clock in seconds that only goes forward.
    """

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._at = now

    def spend(self, amount: float, now: float) -> float:
        """Spend; return for how many seconds nothing more should be spent, 0 while there is something left."""
        passed, self._at = now - self._at, now
        self._left = min(self._rate.burst, self._left + passed * self._rate.per_second) - amount
        return max(0.0, -self._left / self._rate.per_second)

    def full(self, now: float) -> bool:
        """Whether a new one would be no different."""
        return self._left + (now - self._at) * self._rate.per_second >= self._rate.burst


class Allowance:
    """
    A bucket for messages and one for bytes.

    Args:
        now: On a clock in seconds that only goes forward.
    """

    __slots__ = ("_bytes", "_messages")

    def __init__(self, messages: Rate, size: Rate, now: float) -> None:
        self._messages = Bucket(messages, now)
        self._bytes = Bucket(size, now)

    def spend(self, messages: float, size: int, now: float) -> float:
        """Spend; return for how many seconds nothing more should be read, 0 while there is something left."""
        return max(self._messages.spend(messages, now), self._bytes.spend(size, now))
