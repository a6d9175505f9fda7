"""How many room connections one address may open: a flood of handshakes costs more than one of messages."""

from __future__ import annotations

from collections import OrderedDict

from rooms.allowance import Bucket, Rate

#: Addresses remembered; the one not seen for the longest time is forgotten first.
_MAX_ADDRESSES = 10_000


class Handshakes:
    """A token bucket per address."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._seen: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """
        Count one handshake; return 0 if it may go on, else after how many seconds to try again.

        Args:
            now: Seconds on a clock that only goes forward.
        """
        bucket = self._seen.get(address)
        if bucket is None:
            bucket = self._seen[address] = Bucket(self._rate, now)
            if len(self._seen) > _MAX_ADDRESSES:
                self._seen.popitem(last=False)
        self._seen.move_to_end(address)
        return bucket.take(1, now)
