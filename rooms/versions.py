"""
Versions of the statement: stretches of work on it, cut where people pause and where something happened.

Pure: rows of the log and what each did to the text go in, versions come out. `rooms.history` keeps them.
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from collab.authorship import UNKNOWN, Change, Piece
from collab.origins import Via

#: After so long without a change a new version begins.
PAUSE = timedelta(minutes=5)

#: And after so long without a pause.
LONGEST = timedelta(minutes=30)


class Cause(StrEnum):
    """What made a version."""

    WRITTEN = "written"
    ACCEPTED = "accepted"  #: suggestions went in
    RESTORED = "restored"  #: it is what an earlier one was
    FOUND = "found"  #: what was there when versions began to be kept


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody, and the road they came by. `person`: as in the log."""

    person: str
    via: str


@dataclass(slots=True)
class Share:
    """Characters somebody put in and took out."""

    added: int = 0
    removed: int = 0


@dataclass(slots=True)
class Version:
    """
    Attributes:
        seq, first: The last update in it that changed the text, and the first.
        begun, ended: When.
        shares: What each did since the version before.
        characters: How long the text is.
        marked: People were asked about it.
        joined: How many versions it was made of.
    """

    seq: int
    first: int
    begun: datetime
    ended: datetime
    cause: Cause
    shares: dict[Writer, Share] = field(default_factory=dict)
    characters: int = 0
    marked: bool = False
    joined: int = 1


_CAUSES = {Via.DECISION.value: Cause.ACCEPTED, Via.RESTORE.value: Cause.RESTORED}


class Grouping:
    """
    Cuts a log into versions, update by update.

    Args:
        moments: When people were asked about the text, in order.
        last: The newest version known. It goes on, if nothing speaks against it.
    """

    def __init__(self, moments: Sequence[datetime] = (), last: Version | None = None) -> None:
        self._moments = moments
        self._last = _copy(last) if last is not None else None  # it grows here
        self._closed: list[Version] = []

    @property
    def versions(self) -> list[Version]:
        """The version that was known and all that followed, the oldest first."""
        last = [self._marked(_copy(self._last), None)] if self._last is not None else []
        return [*self._closed, *last]

    def ends_with(self, at: datetime, writer: Writer) -> int | None:
        """Return the last update of the version that would be over if somebody changed the text now."""
        last = self._last
        if last is None or self._goes_on(last, at, _CAUSES.get(writer.via, Cause.WRITTEN)):
            return None
        return last.seq

    def add(self, seq: int, at: datetime, writer: Writer, change: Change) -> None:
        """Take in an update, in the order of the log. What changes no text makes no version."""
        if change.nothing:
            return
        cause = _CAUSES.get(writer.via, Cause.WRITTEN)
        last = self._last
        if last is None or not self._goes_on(last, at, cause):
            if last is not None:
                self._closed.append(self._marked(last, at))
            characters = last.characters if last is not None else 0
            last = self._last = Version(seq, seq, at, at, cause, characters=characters)
        mine = last.shares.get(writer)
        if mine is None:
            mine = last.shares[writer] = Share()
        mine.added += change.added
        mine.removed += change.removed
        last.seq, last.ended = seq, at
        last.characters += change.added - change.removed

    def _goes_on(self, last: Version, at: datetime, cause: Cause) -> bool:
        return (
            last.cause is cause
            and cause is not Cause.RESTORED
            and at - last.ended < PAUSE
            and at - last.begun < LONGEST
            and not self._asked_between(last.ended, at)
        )

    def _marked(self, version: Version, until: datetime | None) -> Version:
        marked = version.marked or self._asked_between(version.ended, until)
        return replace(version, marked=marked)

    def _asked_between(self, after: datetime, until: datetime | None) -> bool:
        at = bisect_left(self._moments, after)
        return at < len(self._moments) and (until is None or self._moments[at] < until)


def _copy(version: Version) -> Version:
    shares = {writer: replace(share) for writer, share in version.shares.items()}
    return replace(version, shares=shares)


def join(versions: Sequence[Version], before: datetime) -> list[tuple[Version, list[int]]]:
    """
    Say what becomes of versions from before a moment: those of one day become its last one.

    What people were asked about, and the newest of all, stays as it is.

    Returns:
        Each version that changes, and those that go into it.
    """
    found: list[tuple[Version, list[int]]] = []
    day: list[Version] = []
    for one in versions[:-1]:
        if one.ended >= before:
            break
        if day and (day[-1].marked or day[-1].ended.date() != one.ended.date()):
            found += _joined(day)
            day = []
        day.append(one)
    return [*found, *_joined(day)]


def _joined(day: Sequence[Version]) -> list[tuple[Version, list[int]]]:
    if len(day) < 2:
        return []
    shares: dict[Writer, Share] = {}
    for one in day:
        for writer, share in one.shares.items():
            mine = shares.setdefault(writer, Share())
            mine.added += share.added
            mine.removed += share.removed
    made = replace(
        day[-1],
        first=day[0].first,
        begun=day[0].begun,
        cause=day[0].cause if day[0].cause is Cause.FOUND else day[-1].cause,
        shares=shares,
        joined=sum(one.joined for one in day),
    )
    return [(made, [one.seq for one in day[:-1]])]


def pack(pieces: Iterable[Piece], writers: Sequence[Writer]) -> bytes:
    """Return a text and its authors as bytes to keep."""
    told = [[one.person, one.via] for one in writers]
    rows = [[one.text, one.author, dict(one.look), one.embed] for one in pieces]
    return zlib.compress(json.dumps([told, rows], separators=(",", ":")).encode())


def unpack(data: bytes) -> tuple[list[Piece], list[Writer]]:
    """Read what `pack` wrote."""
    told, rows = json.loads(zlib.decompress(data))
    writers = [Writer(person, via) for person, via in told]
    return [
        Piece(text, author if author < len(writers) else UNKNOWN, look, embed)
        for text, author, look, embed in rows
    ], writers
