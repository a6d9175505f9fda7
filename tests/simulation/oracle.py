"""
What must be true, and who says so.

The oracle sees three things: each commit the moment it is through, each frame the moment the server sends it, and
the end. It keeps a ledger of its own of every row that ever was on disk.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pycrdt import Doc, Map, Text

from collab.document import ROOT_MAPS, STATEMENT, Document
from collab.messages import SAVED, SYNC, Changes, SavedQuery, Step1, read_message
from collab.origins import Via
from collab.structs import Update, read_state_vector, read_update
from collab.wire import read_var_bytes, read_var_uint
from rooms.broadcast import Frame
from tests.simulation.clients import WORD, Intent, Tab
from tests.simulation.network import Link

if TYPE_CHECKING:
    from tests.simulation.disk import Disk

Clocks = dict[int, int]


@dataclass(slots=True)
class Row:
    """One logged update."""

    seq: int
    person: str
    via: str
    data: bytes


@dataclass(slots=True)
class Ledger:
    """
    Everything that was ever committed of a room.

    Attributes:
        clocks, deleted: What is on disk.
        clocks_at: The clocks after each row, by its number.
        shown: What the server has shown to anybody, in any of its lives.
        words: Words that were ever logged.
        said: Rows of the application.
        snapshots: Numbers of the snapshots seen.
    """

    number: int
    rows: list[Row] = field(default_factory=list)
    doc: Doc[Any] = field(default_factory=lambda: Doc(client_id=3))
    clocks: Clocks = field(default_factory=dict)
    clocks_at: list[Clocks] = field(default_factory=lambda: [{}])
    shown: Clocks = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    snapshots: set[int] = field(default_factory=set)
    _deleted: tuple[int, set[tuple[int, int]]] = (0, set())

    @property
    def deleted(self) -> set[tuple[int, int]]:
        """The units that are deleted on disk; also those that only lost against others, which no row says."""
        if self._deleted[0] != len(self.rows):
            told = self.doc.get_update(self.doc.get_state())
            self._deleted = len(self.rows), set(deletions(read_update(told)))
        return self._deleted[1]

    @property
    def state(self) -> dict[str, Any]:
        """What it holds, to compare."""
        return state_of(self.doc)


class Oracle:
    """
    Watches one schedule.

    Args:
        violated: Called with what is not as it must be.
        with_row: Words of the bot that must come with a row of the application.
    """

    def __init__(self, disk: Disk, violated: Callable[[str], None], with_row: set[str]) -> None:
        self._disk = disk
        self._violated = violated
        self._with_row = with_row
        self._last_frame: tuple[bytes, Any] = (b"", None)
        self._said_rows = 0
        self.ledgers = {number: Ledger(number) for number, _ in disk.rooms}

    # -- each commit

    def committed(self) -> None:
        """Look at what has come to the disk."""
        raw = self._disk.raw
        said: dict[int, set[str]] = {number: set() for number in self.ledgers}
        query = "SELECT rowid, room_id, words FROM said WHERE rowid > ?"
        for rowid, number, words in raw.execute(query, (self._said_rows,)):
            self._said_rows = rowid
            said[number].add(words)
        for ledger in self.ledgers.values():
            new = self._new_rows(ledger, raw)
            meant = {
                word
                for row in new
                if row.via == Via.BOT
                for word in words_in(row.data)
                if word in self._with_row
            }
            if said[ledger.number] != meant:
                self._violated(f"edits {meant} were committed with rows {said[ledger.number]}")
            ledger.said |= said[ledger.number]
            if new:
                self._check_owners(ledger, new, raw)
            self._check_snapshots(ledger, raw)

    def _new_rows(self, ledger: Ledger, raw: sqlite3.Connection) -> list[Row]:
        last = len(ledger.rows)
        query = (
            "SELECT seq, person, via, data FROM updates WHERE room_id = ? AND seq > ? ORDER BY seq"
        )
        new = [Row(*found) for found in raw.execute(query, (ledger.number, last))]
        for row in new:
            if row.seq != len(ledger.rows) + 1:
                self._violated(f"row {row.seq} follows row {len(ledger.rows)}")
            self._take(ledger, row)
        return new

    def _take(self, ledger: Ledger, row: Row) -> None:
        read = read_update(row.data)
        for block in read.blocks:
            known = ledger.clocks.get(block.client, 0)
            if block.clock > known:
                self._violated(f"row {row.seq} leaves a hole in the log of client {block.client}")
            elif block.end <= known:
                self._violated(f"row {row.seq} is in the log twice")
            ledger.clocks[block.client] = block.end
        ledger.rows.append(row)
        ledger.clocks_at.append(dict(ledger.clocks))
        ledger.doc.apply_update(row.data)
        ledger.words.update(words_in(row.data))

    def _check_owners(self, ledger: Ledger, new: Iterable[Row], raw: sqlite3.Connection) -> None:
        query = "SELECT client_id, person FROM room_clients WHERE room_id = ?"
        owners = dict(raw.execute(query, (ledger.number,)))
        for row in new:
            if row.via == Via.SOCKET:
                for block in read_update(row.data).blocks:
                    if owners.get(block.client) != row.person:
                        self._violated(
                            f"client {block.client} of {row.person} belongs to {owners.get(block.client)}"
                        )

    def _check_snapshots(self, ledger: Ledger, raw: sqlite3.Connection) -> None:
        query = "SELECT seq FROM snapshots WHERE room_id = ?"
        seqs = [seq for (seq,) in raw.execute(query, (ledger.number,))]
        if not seqs and not ledger.snapshots:
            return
        for seq in seqs:
            if seq not in ledger.snapshots:
                ledger.snapshots.add(seq)
                self._check_snapshot(ledger, seq, raw)
        query = "SELECT count(*) FROM updates WHERE room_id = ? AND seq > ?"
        ((rows,),) = raw.execute(query, (ledger.number, min(seqs, default=0)))
        if rows != len(ledger.rows) - min(seqs, default=0):
            self._violated(f"rows after snapshot {min(seqs, default=0)} are gone from the log")

    def _check_snapshot(self, ledger: Ledger, seq: int, raw: sqlite3.Connection) -> None:
        query = "SELECT data FROM snapshots WHERE room_id = ? AND seq = ?"
        ((data,),) = raw.execute(query, (ledger.number, seq))
        read = read_update(data)
        clocks = {block.client: block.end for block in read.blocks}
        if seq > len(ledger.rows) or clocks != ledger.clocks_at[seq]:
            self._violated(f"the snapshot of row {seq} is not the document of row {seq}")
        elif seq == len(ledger.rows) and set(deletions(read)) != ledger.deleted:
            self._violated(f"the snapshot of row {seq} has other deletions")

    # -- each frame

    def sent(self, link: Link, frame: Frame) -> None:
        """Look at what the server sends."""
        tab = link.tab
        data = frame.payload
        if data[0] == SAVED:
            self._check_counter(tab, link, data)
        elif data[0] == SYNC:
            if self._last_frame[0] is not data:
                self._last_frame = (data, self._read(data))
            self._check_shown(self.ledgers[tab.room], self._last_frame[1])

    def _read(self, data: bytes) -> Clocks | Update:
        match read_message(data):
            case Step1(state_vector):
                return read_state_vector(state_vector)
            case Changes(update):
                return read_update(update)
            case other:
                raise AssertionError(other)

    def _check_shown(self, ledger: Ledger, what: Clocks | Update) -> None:
        if isinstance(what, dict):
            if any(what.get(client, 0) < clock for client, clock in ledger.shown.items()):
                self._violated(f"the server has gone back from {ledger.shown} to {what}")
            ends = what
        else:
            ends = {block.client: block.end for block in what.blocks}
            if not ledger.deleted.issuperset(deletions(what)):
                self._violated("a deletion is shown that is not on disk")
            for client, end in ends.items():
                ledger.shown[client] = max(end, ledger.shown.get(client, 0))
        for client, end in ends.items():
            if end > ledger.clocks.get(client, 0):
                self._violated(f"client {client} at {end} is shown and not on disk")

    def _check_counter(self, tab: Tab, link: Link, data: bytes) -> None:
        message = read_message(data)
        assert isinstance(message, SavedQuery)
        counter, _ = read_var_uint(read_var_bytes(message.message, 1)[0])
        claim = link.claims.get(counter)
        if claim is None:
            self._violated(f"counter {counter} comes back to {tab.name}, who did not send it")
            return
        ledger = self.ledgers[tab.room]
        if ledger.clocks.get(tab.client, 0) < claim.clock:
            self._violated(
                f"{tab.name} is told {claim.clock} is saved,"
                f" on disk is {ledger.clocks.get(tab.client, 0)}"
            )
        self._check_deletes(tab, claim.since, claim.until)

    def says_saved(self, tab: Tab) -> None:
        """A page says that everything is saved."""
        ledger = self.ledgers[tab.room]
        for client, clock in tab.clocks.items():
            if clock > ledger.clocks.get(client, 0):
                self._violated(f"{tab.name} says saved and holds more of {client} than the disk")
        self._check_deletes(tab, 0, len(tab.own_deletes))

    def _check_deletes(self, tab: Tab, since: int, until: int) -> None:
        if not self.ledgers[tab.room].deleted.issuperset(tab.own_deletes[since:until]):
            self._violated(f"{tab.name} is told a deletion is saved that is not on disk")

    def told_saved(self, number: int, words: str) -> None:
        """The bot is told that its words are saved."""
        if words not in self.ledgers[number].words:
            self._violated(f"the bot is told {words} is saved, it is not on disk")

    def told_not_saved(self, number: int, words: str) -> None:
        """The bot is told that its words are not saved. Only who cannot read the disk may be wrong there."""
        if words in self.ledgers[number].words and not self._disk.unread:
            self._violated(f"the bot is told {words} is not saved, it is on disk")

    # -- the end

    def check_meaning(
        self, number: int, tabs: list[Tab], bot: set[str], forbidden: set[str]
    ) -> None:
        """What was meant is there: every word once and whole, in the order it was typed."""
        ledger = self.ledgers[number]
        whole = str(ledger.doc.get(STATEMENT, type=Text))
        found = re.findall("⟦[^⟧]*⟧", whole)
        intents = [tab.intent for tab in tabs]
        counts = Counter(found)
        typed = {word for one in intents for word in one.typed}
        doubtful = set().union(*(one.doubtful for one in intents))
        brought_back = Counter(word for one in intents for word in one.doubtful)
        deleted = set().union(*(one.deleted for one in intents))
        kept = {word for tab in tabs if not tab.gone for word in tab.intent.typed}
        expected = (kept | (ledger.words & (typed | bot))) - deleted - doubtful
        for complaint, words in (
            # Two who take back the deletion of the same word each bring it back; so does Yjs.
            (
                "doubled",
                {word for word, count in counts.items() if count > max(1, brought_back[word])},
            ),
            ("typed by nobody", set(counts) - typed - bot),
            ("lost", expected - set(counts)),
            ("back from deletion", self._deleted_for_good(ledger, tabs) & set(counts)),
            ("of observers logged", forbidden & ledger.words),
        ):
            if words:
                self._violated(f"words {complaint}: {sorted(words)}")
        if re.sub("⟦[^⟧]*⟧", "", whole).strip("\n"):
            self._violated("torn words in the text")
        self._check_order(found, intents, doubtful)

    def _deleted_for_good(self, ledger: Ledger, tabs: list[Tab]) -> set[str]:
        stay = [tab.intent for tab in tabs if not tab.gone]
        doubtful: set[str] = set().union(*(tab.intent.doubtful for tab in tabs))
        return set().union(*(one.deleted for one in stay)) - doubtful

    def _check_order(self, found: list[str], intents: list[Intent], doubtful: set[str]) -> None:
        at = {word: index for index, word in enumerate(found)}
        for intent in intents:
            for run in intent.runs:
                order = [at[word] for word in run if word in at and word not in doubtful]
                if order != sorted(order):
                    self._violated(f"words out of order: {run}")

    def check_loaded(self, number: int, document: Document) -> None:
        """What is loaded from disk is what was ever committed."""
        ledger = self.ledgers[number]
        read = read_update(document.encode())
        if {block.client: block.end for block in read.blocks} != ledger.clocks:
            self._violated("what is loaded is not what was logged")
        elif set(deletions(read)) != ledger.deleted:
            self._violated("what is loaded has other deletions than what was logged")
        elif normal(document_state(document)) != normal(ledger.state):
            self._violated("what is loaded reads otherwise than what was logged")

    def for_the_reader(self, number: int, live: bytes) -> dict[str, Any]:
        """What the JavaScript reader is given: every row, what lies on disk, what is live."""
        raw = self._disk.raw
        query = "SELECT seq, data FROM snapshots WHERE room_id = ? ORDER BY seq DESC LIMIT 1"
        seq, snapshot = next(iter(raw.execute(query, (number,))), (0, b"\x00\x00"))
        query = "SELECT data FROM updates WHERE room_id = ? AND seq > ? ORDER BY seq"
        tail = [data for (data,) in raw.execute(query, (number, seq))]
        rows = [row.data for row in self.ledgers[number].rows]
        return {
            "log": [_text(data) for data in rows],
            "disk": [_text(data) for data in (snapshot, *tail)],
            "live": [_text(live)],
            "state": self.ledgers[number].state,
        }


def words_in(data: bytes) -> set[str]:
    """The words in an update."""
    return {word.decode() for word in WORD.findall(data)}


def deletions(read: Update) -> Iterable[tuple[int, int]]:
    """The units an update deletes."""
    return (
        (client, unit)
        for client, ranges in read.deletes.items()
        for first, end in ranges
        for unit in range(first, end)
    )


def state_of(doc: Doc[Any]) -> dict[str, Any]:
    """What a document says."""
    text: Text = doc.get(STATEMENT, type=Text)
    maps = {}
    for name in ROOT_MAPS:
        root: Map[Any] = doc.get(name, type=Map)
        maps[name] = root.to_py()
    return {"delta": text.diff(), "maps": maps}


def document_state(document: Document) -> dict[str, Any]:
    """What a document of the server's says."""
    maps = {name: document.root_map(name).to_py() for name in ROOT_MAPS}
    return {"delta": document.statement.diff(), "maps": maps}


def normal(state: dict[str, Any]) -> str:
    """A state in a form that JavaScript and Python write alike."""
    pieces: list[list[Any]] = []
    for piece, look in state["delta"]:
        clean = _tidy(look or {})
        if pieces and pieces[-1][1] == clean and isinstance(piece, str):
            pieces[-1][0] += piece
        else:
            pieces.append([piece, clean])
    return json.dumps([pieces, _tidy(state["maps"])], sort_keys=True, ensure_ascii=False)


def _tidy(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _tidy(one) for name, one in sorted(value.items())}
    return value


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
