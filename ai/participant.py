"""
The bot in a room: it joins as everybody does, shows what it is doing, writes suggestions, leaves.

It never touches the statement. A suggestion is a row and a picture of it in the document, written in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from ai.drafting import Draft
from ai.material import Material, anchors_of
from ai.sources import shown as shown_source
from collab import statement
from collab import suggestions as shown
from collab.document import Document
from collab.errors import AnchorLost
from collab.origins import Origin, Via
from collab.positions import Anchor, resolve_range
from collab.suggestions import Kind, Proposal, Status
from rooms.access import Person
from rooms.direct import DirectParticipant
from rooms.errors import NothingChanged
from rooms.room import Room
from store import suggestions as rows
from store.database import Database
from store.models import Run

BOT = Origin("bot", Via.BOT)

#: What the bot's presence is shown under; its edits have the server's client id.
_PRESENCE_CLIENT = 3


class BotParticipant:
    """
    The bot during one run.

    Args:
        author: The name people see.
    """

    def __init__(self, room: Room, database: Database, run: Run, author: str) -> None:
        person = Person("bot", author, "bot", may_write=True)
        self._direct: DirectParticipant = room.join_direct(person, BOT, _PRESENCE_CLIENT)
        self._room = room
        self._database = database
        self._run = run
        self._author = author

    def show(self, activity: str, *, sentence: int = 0) -> None:
        """Tell everybody in the room what the bot is doing."""
        self._direct.show(
            {"bot": {"run": self._run.id, "activity": activity, "sentence": sentence}}
        )

    def leave(self) -> None:
        """Leave the room."""
        self._direct.leave()

    async def propose(self, draft: Draft, material: Material, ordinal: int) -> str | None:
        """
        Show a proposal, as still being drafted.

        Returns:
            Its id; None if the sentence it is about has changed meanwhile.
        """
        ident = suggestion_id(self._run.id, ordinal)
        start, end, base, place = _target(draft, material)
        created_at = datetime.now(UTC).isoformat(timespec="seconds")
        sources = _sources(ident, draft)
        proposal = Proposal(
            ident=ident,
            run=self._run.id,
            author=self._author,
            kind=draft.kind,
            start=start,
            end=end,
            base=base,
            reason=draft.reason,
            created_at=created_at,
        )

        def change(document: Document) -> None:
            if draft.kind is Kind.REPLACE:
                first, last = resolve_range(document, start, end)
                if statement.text_of(document)[first:last] != base:
                    raise AnchorLost("the sentence has changed")
            shown.propose(document, proposal)
            shown.write_text(document, ident, draft.text)
            shown.set_fields(document, ident, {"sources": [shown_source(one) for one in sources]})

        def write(session: Session) -> None:
            rows.add(
                session,
                id=ident,
                session_id=self._run.session_id,
                run_id=self._run.id,
                ordinal=ordinal,
                kind=draft.kind.value,
                status=Status.DRAFTING.value,
                author=self._author,
                base=base,
                text=draft.text,
                start=start.to_json(),
                end=end.to_json(),
                place=place,
                sources=sources,
                reason=draft.reason,
            )

        try:
            await self._room.edit(change, BOT, write)
        except AnchorLost:
            return None
        return ident

    async def open(self, idents: Sequence[str]) -> None:
        """Let people decide about proposals: the run is through."""
        status = Status.OPEN.value

        def change(document: Document) -> None:
            for ident in idents:
                shown.set_fields(document, ident, {"status": status})

        await self._edit(change, lambda session: rows.set_status(session, idents, status))

    async def discard(self, idents: Sequence[str]) -> None:
        """Remove proposals nobody could decide about yet: of a failed run, or of an attempt a restart cut off."""

        def change(document: Document) -> None:
            for ident in idents:
                shown.remove(document, ident)

        await self._edit(change, lambda session: rows.remove(session, idents))

    async def _edit(
        self, change: Callable[[Document], None], write: Callable[[Session], None]
    ) -> None:
        try:
            await self._room.edit(change, BOT, write)
        except NothingChanged:
            await self._database.write(write)


def suggestion_id(run: str, ordinal: int) -> str:
    """Return the id of a run's nth proposal: the same after a restart."""
    return hashlib.sha256(f"{run}/{ordinal}".encode()).hexdigest()[:22]


def _target(draft: Draft, material: Material) -> tuple[Anchor, Anchor, str, str]:
    """Where a proposal goes: anchors, the text it replaces, a key for "the same place"."""
    if draft.target is None:
        here = Anchor.from_json(material.empty_start)
        return here, here, "", "start"
    start, end = anchors_of(draft.target)
    if draft.kind is Kind.REPLACE:
        return start, end, draft.target.text, f"replace {draft.target.alias}"
    return end, end, "", f"after {draft.target.alias}"


def _sources(ident: str, draft: Draft) -> list[dict[str, Any]]:
    """The citations as rows keep them; their public ids are other ones each time, so nobody can link them."""
    return [
        {
            "citation": hashlib.sha256(f"{ident}/{at}/{one.input}".encode()).hexdigest()[:12],
            "input": one.input,
            "start": one.start,
            "end": one.end,
            "quote": one.quote,
            "author": one.author,
            "document": one.document,
        }
        for at, one in enumerate(draft.citations)
    ]
