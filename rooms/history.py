"""
The history of a room: versions that are kept, and what the log has on top of them.

Whenever a snapshot is written the versions up to it are written too, each with its text and its authors. So a
version is read and not computed, the log's rows may go, and only what came after the snapshot is retraced on demand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from collab.authorship import Piece, Retracing
from collab.document import NOTHING
from collab.rewrite import text_of
from rooms.versions import Cause, Grouping, Share, Version, Writer, join, pack, unpack
from store import snapshots, updatelog
from store import versions as rows
from store.models import StatementVersion
from store.updatelog import Logged


@dataclass(frozen=True, slots=True)
class Material:
    """
    What a history is made of.

    Attributes:
        known: The versions that are kept and still stand, the oldest first.
        state: Yjs update, v1: the document to start from.
        text: Who wrote what of it, as `rooms.versions.pack` has it; None where nobody knows.
        last: The newest version, if the log goes on from there.
        found: When the document to start from was saved, if nothing older can be told.
        seq: The last update in `state`.
        log: What came after it.
        moments: When people were asked about the text.
    """

    known: list[Version]
    state: bytes
    text: bytes | None
    last: Version | None
    found: datetime | None
    seq: int
    log: Sequence[Logged]
    moments: list[datetime]

    @property
    def upto(self) -> int:
        """The last update there is."""
        return self.log[-1].seq if self.log else self.seq


@dataclass(frozen=True, slots=True)
class Retraced:
    """
    Attributes:
        known: The kept versions that are as they were.
        made: Those that are not kept yet, or have gone on.
        texts: The text of each version that was asked for and is not kept, or has gone on.
        now: The text after the last update.
        writers: Whom the authors in all these texts stand for.
    """

    known: list[Version]
    made: list[Version]
    texts: dict[int, list[Piece]]
    now: list[Piece]
    writers: list[Writer]
    upto: int

    @property
    def versions(self) -> list[Version]:
        """All versions, the oldest first."""
        return [*self.known, *self.made]


def read(session: Session, room: int) -> Material:
    """Read what a room's history is made of."""
    kept = [_version(row) for row in rows.of_room(session, room)]
    newest = rows.latest(session, room)
    snapshot = snapshots.latest(session, room)
    moments = rows.asked_about(session, room)
    if snapshot is not None and newest is not None and newest.upto == snapshot.seq:
        log = updatelog.read(session, room, after=snapshot.seq)
        state, seq = snapshot.data, snapshot.seq
        return Material(kept[:-1], state, newest.text, kept[-1], None, seq, log, moments)
    log = updatelog.read(session, room)
    if snapshot is None or (log and log[0].seq == 1):
        return Material([], NOTHING, None, None, None, 0, log, moments)
    # Versions were not always kept: what is older than the oldest snapshot cannot be told any more.
    oldest, found = snapshots.oldest(session, room)
    log = [row for row in log if row.seq > oldest.seq]
    known = [one for one in kept if one.seq < oldest.seq]
    return Material(known, oldest.data, None, None, found, oldest.seq, log, moments)


def retrace(material: Material, wanted: Collection[int] = (), *, every: bool = False) -> Retraced:
    """
    Go through the log. Takes its time, and the engine: run it in a thread.

    Args:
        wanted: The last updates of the versions whose texts are asked for.
        every: Ask for the texts of all that are made.

    Raises:
        DocumentBroken: If the engine does not take the log.
    """
    pieces, writers = unpack(material.text) if material.text is not None else ([], [])
    retracing = Retracing(material.state, pieces)
    numbers = {writer: number for number, writer in enumerate(writers)}
    last = material.last or _found(material, retracing)
    grouping = Grouping(material.moments, last)
    texts = {}
    if last is not None and last.seq in wanted:
        texts[last.seq] = retracing.pieces()
    for row in material.log:
        writer = Writer(row.person, row.via)
        number = numbers.setdefault(writer, len(numbers))
        ended = grouping.ends_with(row.at, writer) if every else None
        if ended is not None and ended not in texts:
            texts[ended] = retracing.pieces()
        change = retracing.apply(row.data, number)
        if row.seq > 1:  # the first one is the empty document
            grouping.add(row.seq, row.at, writer, change)
        if row.seq in wanted:
            texts[row.seq] = retracing.pieces()
    made = grouping.versions
    now = retracing.pieces()
    if every and made:
        texts[made[-1].seq] = now
    return Retraced(material.known, made, texts, now, list(numbers), material.upto)


def save(session: Session, room: int, retraced: Retraced, *, every_since: datetime) -> None:
    """
    Keep the versions that were made; of those from before a moment, one for each day.

    Args:
        retraced: With the texts of all that were made.
    """
    standing = {version.seq for version in retraced.known}
    former = {row.seq for row in rows.of_room(session, room)}
    rows.remove(session, room, former - standing)
    for version in retraced.made:
        text = pack(retraced.texts[version.seq], retraced.writers)
        rows.save(session, room, {**_row(version), "upto": retraced.upto, "text": text})
    for version, gone in join(retraced.versions, every_since):
        kept = rows.get(session, room, version.seq)
        rows.save(session, room, {**_row(version), "upto": kept.upto, "text": kept.text})
        rows.remove(session, room, gone)


def _found(material: Material, retracing: Retracing) -> Version | None:
    """What was there already. Of an empty text there is nothing to tell."""
    at = material.found
    if at is None or not text_of(retracing.pieces()).strip():
        return None
    seq, length = material.seq, retracing.characters
    return Version(seq, seq, at, at, Cause.FOUND, {}, length)


def _version(row: StatementVersion) -> Version:
    return Version(
        row.seq,
        row.first,
        row.begun,
        row.ended,
        Cause(row.cause),
        {
            Writer(one["person"], one["via"]): Share(one["added"], one["removed"])
            for one in row.shares
        },
        row.characters,
        row.marked,
        row.joined,
    )


def _row(version: Version) -> dict[str, Any]:
    return {
        "seq": version.seq,
        "first": version.first,
        "begun": version.begun,
        "ended": version.ended,
        "cause": version.cause.value,
        "shares": [
            {
                "person": writer.person,
                "via": writer.via,
                "added": share.added,
                "removed": share.removed,
            }
            for writer, share in version.shares.items()
        ],
        "characters": version.characters,
        "marked": version.marked,
        "joined": version.joined,
    }
