"""Who is in a room: connections, participants of this process, and how much work each person has made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rooms.allowance import Bucket, Rate
from rooms.connection import Connection
from rooms.direct import DirectParticipant


class People:
    """
    The people of one room.

    Args:
        work: What each may make the server do.
        now: Since when nobody is in, on the room's clock.

    Attributes:
        left_at: When the last one left.
    """

    def __init__(self, work: Rate, now: float) -> None:
        self._rate = work
        self._work: dict[str, Bucket] = {}
        self._connections: dict[Connection, None] = {}
        self._open_by: Counter[str] = Counter()
        self._direct: dict[DirectParticipant, None] = {}
        self.left_at = now

    def __bool__(self) -> bool:
        """Whether anybody is in."""
        return bool(self._connections or self._direct)

    def __len__(self) -> int:
        """The number of connections."""
        return len(self._connections)

    @property
    def connections(self) -> list[Connection]:
        """Who is connected, at this moment."""
        return list(self._connections)

    @property
    def direct(self) -> Iterator[DirectParticipant]:
        """Who of this process is in."""
        return iter(self._direct)

    def open_by(self, person: str) -> int:
        """Return how many connections somebody has."""
        return self._open_by[person]

    def add(self, who: Connection | DirectParticipant) -> None:
        """Somebody comes."""
        if isinstance(who, Connection):
            self._connections[who] = None
            self._open_by[who.key] += 1
        else:
            self._direct[who] = None

    def remove(self, who: Connection | DirectParticipant, now: float) -> None:
        """Somebody goes, or has gone before."""
        if not isinstance(who, Connection):
            self._direct.pop(who, None)
        elif who in self._connections:
            del self._connections[who]
            self._open_by[who.key] -= 1
            if not self._open_by[who.key]:
                del self._open_by[who.key]
        if not self:
            self.left_at = now

    def spend_work(self, person: str, seconds: float, now: float) -> float:
        """
        Count what somebody's messages cost the processor; return for how many seconds to read none of them.

        It is counted per person, not per connection: who is cut off or comes in twice has no more of it.
        """
        bucket = self._work.get(person)
        if bucket is None:
            bucket = self._work[person] = Bucket(self._rate, now)
        return bucket.spend(seconds, now)

    def tick(self, now: float) -> None:
        """Forget whose work is long done."""
        self._work = {key: bucket for key, bucket in self._work.items() if not bucket.full(now)}
