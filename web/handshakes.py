"""How many room connections one address may open: a flood of handshakes costs more than one of messages."""

from __future__ import annotations

from collections import OrderedDict

from rooms.allowance import Rate

#: Addresses remembered; the one not seen for the longest time is forgotten first.
_MAX_ADDRESSES = 10_000


class Handshakes:
    """A token bucket per address."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """
        Count one handshake; return 0 if it may go on, else after how many seconds to try again.

        Args:
            now: Seconds on a clock that only goes forward.
        """
        left, at = self._seen.pop(address, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - at) * self._rate.per_second)
        allowed = left >= 1
        self._seen[address] = (left - 1 if allowed else left, now)
        if len(self._seen) > _MAX_ADDRESSES:
            self._seen.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate.per_second
