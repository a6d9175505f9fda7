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
        self._fill(now)
        self._left -= amount
        return max(0.0, -self._left / self._rate.per_second)

    def take(self, amount: float, now: float) -> float:
        """Spend if there is so much; else spend nothing, and return in how many seconds there will be."""
        self._fill(now)
        if self._left < amount:
            return (amount - self._left) / self._rate.per_second
        self._left -= amount
        return 0.0

    def full(self, now: float) -> bool:
        """Whether a new one would be no different."""
        self._fill(now)
        return self._left >= self._rate.burst

    def _fill(self, now: float) -> None:
        passed, self._at = now - self._at, now
        self._left = min(self._rate.burst, self._left + passed * self._rate.per_second)


class Allowance:
    """
    A bucket for messages and one for bytes, as one: every message comes by here.

    Args:
        now: On a clock in seconds that only goes forward.
    """

    __slots__ = ("_at", "_bytes", "_messages", "_rate", "_size")

    def __init__(self, messages: Rate, size: Rate, now: float) -> None:
        self._rate = messages
        self._size = size
        self._messages = messages.burst
        self._bytes = size.burst
        self._at = now

    def spend(self, messages: float, size: int, now: float) -> float:
        """Spend; return for how many seconds nothing more should be read, 0 while there is something left."""
        rate, traffic = self._rate, self._size
        passed, self._at = now - self._at, now
        left = min(self._messages + passed * rate.per_second, rate.burst) - messages
        room = min(self._bytes + passed * traffic.per_second, traffic.burst) - size
        self._messages, self._bytes = left, room
        if left >= 0 and room >= 0:
            return 0.0
        return max(-left / rate.per_second, -room / traffic.per_second)
