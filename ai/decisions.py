"""
Accepting and rejecting suggestions: checked, applied once, written with their audit row in one transaction.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ai.consent import citing
from ai.sources import shown as shown_source
from collab import suggestions as shown
from collab.document import Document
from collab.errors import AnchorLost, Stale
from collab.origins import SERVER, Origin, Via
from collab.positions import Anchor
from collab.suggestions import Acceptance, Kind, Sibling, Status
from rooms.errors import NothingChanged, NotSaved
from rooms.registry import Registry
from store import audit
from store import suggestions as rows
from store.database import Database
from store.errors import Conflict
from store.models import Suggestion


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides. `key`: their participant id; `name`: what the others see."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class _Case:
    suggestion: Suggestion
    siblings: tuple[Sibling, ...]


class Decisions:
    """Decisions of all sessions; those of one session are taken one after the other."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def alone(self, session_id: str) -> asyncio.Lock:
        """Return what nobody decides in this session while it is held."""
        return self._turns[session_id]

    async def accept(
        self, session_id: str, ident: str, by: Decider, *, wording: str | None = None
    ) -> None:
        """
        Put a suggestion's text into the statement.

        Args:
            wording: Their own words instead of the row's; then they, not the bot, are its author.

        Raises:
            NotFound: If there is no such suggestion.
            Conflict: If it is decided already, still being written, or the text it was made for has changed.
            NotSaved: If it could not be kept; nothing happened.
        """
        async with self.alone(session_id):
            case = await self._database.read(_open_case, session_id, ident)
            suggestion = case.suggestion
            edited = wording if wording is not None and wording != suggestion.text else None
            acceptance = Acceptance(
                ordinal=suggestion.ordinal,
                kind=Kind(suggestion.kind),
                start=Anchor.from_json(suggestion.start),
                end=Anchor.from_json(suggestion.end),
                base=suggestion.base,
                text=edited if edited is not None else suggestion.text,
                siblings=case.siblings,
            )
            placed: list[Anchor] = []

            def change(document: Document) -> None:
                start, end = shown.accept(document, acceptance)
                placed[:] = (start, end)
                fields = _decided(Status.ACCEPTED, by)
                fields |= {"start": start.to_json(), "end": end.to_json()}
                shown.set_fields(document, ident, fields)

            def write(session: Session) -> None:
                start, end = placed
                rows.decide(
                    session,
                    ident,
                    participant_id=by.key,
                    verdict=Status.ACCEPTED.value,
                    text=edited,
                    start=start.to_json(),
                    end=end.to_json(),
                )
                _record(session, "suggestion.accepted", suggestion, by, edited=edited is not None)

            try:
                await self._edit(session_id, by, change, write)
            except (Stale, AnchorLost) as exc:
                await self._make_stale(suggestion, by)
                raise Conflict("stale-suggestion", f"{exc}; the bot can propose it anew") from exc

    async def reject(
        self, session_id: str, ident: str, by: Decider, *, reason: str | None = None
    ) -> None:
        """
        Turn a suggestion down. Its text is kept.

        Raises:
            NotFound, Conflict, NotSaved: As `accept`.
        """
        async with self.alone(session_id):
            case = await self._database.read(_open_case, session_id, ident)

            def change(document: Document) -> None:
                shown.set_fields(document, ident, _decided(Status.REJECTED, by))

            def write(session: Session) -> None:
                rows.decide(
                    session,
                    ident,
                    participant_id=by.key,
                    verdict=Status.REJECTED.value,
                    reason=reason,
                )
                _record(session, "suggestion.rejected", case.suggestion, by)

            await self._edit(session_id, by, change, write)

    async def show_as_allowed(self, session_id: str, source: str) -> list[str]:
        """
        Show what cites an input or a document as its author allows now; return the suggestions that end with it.

        Open suggestions whose text says what must not be shown are withdrawn. Nobody is told by whom.
        """
        async with self.alone(session_id):
            found = await self._database.read(citing, session_id, source)
            gone = [one.id for one in found if one.says_too_much]
            if not found:
                return []

            def change(document: Document) -> None:
                for one in found:
                    fields: dict[str, object] = {"sources": [shown_source(s) for s in one.sources]}
                    if one.says_too_much:
                        fields["status"] = Status.WITHDRAWN.value
                    shown.set_fields(document, one.id, fields)

            def write(session: Session) -> None:
                rows.set_status(session, gone, Status.WITHDRAWN.value)
                for ident in gone:
                    audit.record(
                        session,
                        "suggestion.withdrawn",
                        actor="server",
                        of=session_id,
                        subject=ident,
                    )

            room = await self._registry.of_session(session_id)
            try:
                await room.edit(change, SERVER, write)
            except NothingChanged:
                await self._database.write(write)
            return gone

    async def _edit(
        self,
        session_id: str,
        by: Decider,
        change: Callable[[Document], None],
        write: Callable[[Session], None],
    ) -> None:
        room = await self._registry.of_session(session_id)
        try:
            await room.edit(change, Origin(by.key, Via.DECISION), write)
        except NothingChanged:  # somebody took the entry out of the map; the row still counts
            await self._database.write(write)
        except NotSaved as exc:
            if isinstance(exc.__cause__, Conflict):
                raise exc.__cause__ from None
            raise

    async def _make_stale(self, suggestion: Suggestion, by: Decider) -> None:
        def change(document: Document) -> None:
            shown.set_fields(document, suggestion.id, {"status": Status.STALE.value})

        def write(session: Session) -> None:
            rows.set_status(session, [suggestion.id], Status.STALE.value)
            _record(session, "suggestion.stale", suggestion, by)

        await self._edit(suggestion.session_id, by, change, write)


def _open_case(session: Session, session_id: str, ident: str) -> _Case:
    suggestion = rows.get(session, ident, session_id=session_id)
    decision = rows.decision(session, ident)
    if decision is not None:
        raise Conflict("already-decided", f"this suggestion was {decision.verdict} already")
    if suggestion.status == Status.STALE.value:
        raise Conflict("stale-suggestion", "the text this suggestion was made for has changed")
    if suggestion.status != Status.OPEN.value:
        raise Conflict("not-open", f"this suggestion is {suggestion.status}")
    siblings = tuple(
        Sibling(one.ordinal, Kind(one.kind), Anchor.from_json(one.start), Anchor.from_json(one.end))
        for one in rows.of_run(session, suggestion.run_id)
        if one.status == Status.ACCEPTED.value and one.place == suggestion.place
    )
    return _Case(suggestion, siblings)


def _decided(status: Status, by: Decider) -> dict[str, object]:
    return {
        "status": status.value,
        "decided_by": by.name,
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _record(
    session: Session, action: str, suggestion: Suggestion, by: Decider, **details: bool
) -> None:
    audit.record(
        session,
        action,
        actor=by.key,
        of=suggestion.session_id,
        subject=suggestion.id,
        run=suggestion.run_id,
        **details,
    )
