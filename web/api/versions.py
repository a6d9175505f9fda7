"""The history of the statement: its versions, who wrote what in each, and going back to one."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.orm import Session

from ai import restoring
from collab import statement
from collab.authorship import UNKNOWN, Piece
from collab.comparison import compare
from collab.origins import Via
from collab.rewrite import text_of
from rooms.versions import Version, Writer
from store import participants, polls, roomtokens
from store import rooms as room_rows
from web.api.shapes import Json, moment
from web.auth import AMember, Member, TheFacilitator
from web.services import services_of

router = APIRouter(prefix="/api/sessions/{session_id}/versions", tags=["versions"])

#: How a road is called where people read.
_ROADS = {Via.DECISION.value: "accepted", Via.RESTORE.value: "restored", Via.SOCKET.value: "typed"}

_MOST_AT_ONCE = 100

Number = Annotated[int, Path(ge=0, lt=2**53)]


@router.get("")
async def index(
    request: Request,
    member: AMember,
    before: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_AT_ONCE)] = _MOST_AT_ONCE,
) -> Json:
    """The versions of the statement, the newest first."""
    services = services_of(request)
    names, marks, number = await services.database.read(_about, member)
    retraced = await services.registry.retrace(number)
    found = [one for one in retraced.versions if before is None or one.seq < before]
    shown = found[-limit:]
    return {
        "versions": [_version(one, names, marks) for one in reversed(shown)],
        "more": len(shown) < len(found),
    }


@router.get("/{version}")
async def show(request: Request, version: Number, member: AMember) -> Json:
    """One version: its text with who wrote which words, and what has changed since."""
    services = services_of(request)
    names, marks, number = await services.database.read(_about, member)
    found = await restoring.find(services.database, services.registry, number, version)
    return {
        "version": found.seq,
        "about": _version(found.version, names, marks) if found.version is not None else None,
        **_signed(found.pieces, found.writers, names),
        "changes": await asyncio.to_thread(_changes, text_of(found.pieces), text_of(found.now)),
    }


@router.post("/{version}/restore")
async def restore(request: Request, version: Number, member: TheFacilitator) -> Json:
    """Make the statement what it was in a version. The history goes on; nothing in it is lost."""
    services = services_of(request)
    changed = await restoring.restore(
        services.database, services.registry, member.session.id, member.decider, version
    )
    return {"version": version, "changed": changed}


Names = Mapping[str, str]


def _about(session: Session, member: Member) -> tuple[Names, list[tuple[Any, int]], int]:
    """Names by who wrote, when which poll opened, and the room's number."""
    of = member.session.id
    names = {token.subject: token.name for token in roomtokens.of_session(session, of)}
    names |= participants.names(session, of)
    opened = [(poll.opened_at, poll.number) for poll in polls.of_session(session, of)]
    return names, opened, room_rows.of_session(session, of).id


def _version(one: Version, names: Names, marks: Sequence[tuple[Any, int]]) -> Json:
    asked = [number for at, number in marks if one.marked and at >= one.ended]
    return {
        "version": one.seq,
        "begun": moment(one.begun),
        "ended": moment(one.ended),
        "cause": one.cause.value,
        "by": [
            {**_writer(writer, names), "added": share.added, "removed": share.removed}
            for writer, share in one.shares.items()
        ],
        "characters": one.characters,
        "poll": asked[0] if asked else None,
        "joined": one.joined,
    }


def _writer(writer: Writer, names: Names) -> Json:
    """Who wrote. The server's own hand is nobody's."""
    return {
        "id": writer.person if writer.person in names else None,
        "name": names.get(writer.person),
        "how": _ROADS.get(writer.via, "server"),
    }


def _signed(pieces: Sequence[Piece], writers: Sequence[Writer], names: Names) -> Json:
    """Return the blocks of a text, their words split where the author changes."""
    blocks = statement.blocks_of(
        (piece.text if piece.text is not None else {}, piece.look) for piece in pieces
    )
    authors = _authors(pieces)
    shown = []
    at = 0
    for block in blocks:
        parts: list[Json] = []
        for span in block.spans:
            end = at + len(span.text)
            look = {name: True for name in ("bold", "italic") if getattr(span, name)}
            for start, stop, author in _between(authors, at, end):
                text = span.text[start - at : stop - at]
                parts.append({"text": text, **look, "author": author})
            at = end
        at += 1
        shown.append({"kind": block.kind, "level": block.level, "parts": parts})
    return {"authors": [_writer(one, names) for one in writers], "blocks": shown}


def _authors(pieces: Iterable[Piece]) -> list[tuple[int, int, int | None]]:
    """Return whose the characters ``[start, end)`` are, from start to end of the text."""
    found: list[tuple[int, int, int | None]] = []
    at = 0
    for piece in pieces:
        end = at + (len(piece.text) if piece.text is not None else 1)
        found.append((at, end, piece.author if piece.author != UNKNOWN else None))
        at = end
    return found


def _between(
    authors: Sequence[tuple[int, int, int | None]], start: int, end: int
) -> Iterable[tuple[int, int, int | None]]:
    index = bisect_right(authors, start, key=lambda one: one[1])
    for low, high, author in authors[index:]:
        if low >= end:
            return
        yield max(low, start), min(high, end), author


def _changes(before: str, now: str) -> list[Json]:
    """What has been done to a text since: words that stay, that went and that came."""
    found: list[Json] = []
    for one in compare(before, now):
        if one.same:
            found.append({"kind": "same", "text": before[one.start : one.end]})
            continue
        for kind, text in (
            ("removed", before[one.start : one.end]),
            ("added", now[one.new_start : one.new_end]),
        ):
            if text:
                found.append({"kind": kind, "text": text})
    return found
