"""What rows look like in the API (`docs/api.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from ai import anonymity
from ai.consent import unquoted
from ai.interview import Interview as Conversation
from ai.sources import shown_document
from store import inputs, participants, rooms, runs, sessions
from store.models import (
    Critique,
    Decision,
    DeliberationSession,
    DissentNote,
    Document,
    Erasure,
    Input,
    Interview,
    Invitation,
    Participant,
    RoomToken,
    Run,
    Suggestion,
)
from store.search import Hit

Json = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def session_json(session: Session, row: DeliberationSession) -> Json:
    """A session as everybody in it may see it."""
    count, people = inputs.count(session, row.id)
    run = runs.latest(session, row.id)
    return {
        "id": row.id,
        "title": row.title,
        "question": row.question,
        "type": row.type,
        "phase": row.phase,
        "room": rooms.address(rooms.of_session(session, row.id)),
        "created_at": moment(row.created_at),
        "facilitator_reads_inputs": row.facilitator_reads_inputs,
        "external_ai": row.external_ai,
        "settings_locked": sessions.is_in_use(session, row.id),
        "inputs": {"count": count, "people": people},
        "run": run_json(run) if run is not None else None,
    }


def participants_json(session: Session, session_id: str) -> list[Json]:
    """Who is in a session."""
    return [
        {
            "id": person.id,
            "name": person.name,
            "role": person.role,
            "delegation": person.delegation,
            "joined_at": moment(person.joined_at),
        }
        for person in participants.of_session(session, session_id)
    ]


def member_json(session: Session, person: Participant) -> Json:
    """Who the asker is, and among how many an anonymous quote of theirs would hide them."""
    found = anonymity.load(session, person.session_id, asker=person.id)
    return {
        "participant": person.id,
        "name": person.name,
        "role": person.role,
        "predictable": person.predictable,
        "anonymity": {"among": found.among, "people": found.people, "small": found.is_small},
    }


def invitation_json(
    invitation: Invitation, person: Participant | None, *, at: datetime, link: str | None = None
) -> Json:
    """An invitation; its link only when it has just been made."""
    if invitation.revoked_at is not None:
        state = "revoked"
    elif person is not None:
        state = "joined"
    elif invitation.expires_at <= at:
        state = "expired"
    else:
        state = "open"
    made: Json = {
        "id": invitation.id,
        "email": invitation.email,
        "name": person.name if person is not None else None,
        "role": invitation.role,
        "state": state,
        "expires_at": moment(invitation.expires_at),
    }
    if link is not None:
        made["link"] = link
    return made


def room_token_json(token: RoomToken) -> Json:
    """A room token, without its secret."""
    return {
        "id": token.id,
        "role": token.role,
        "subject": token.subject,
        "name": token.name,
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "revoked": token.revoked_at is not None,
    }


def input_json(row: Input, used_in: Sequence[str]) -> Json:
    """An input, for who may read it."""
    return {
        "id": row.id,
        "text": row.text,
        "quote": row.quote,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "used_in": list(used_in),
    }


def interview_json(row: Interview, *, most: int) -> Json:
    """A conversation, for whom it is of."""
    state = Conversation.from_row(row)
    return {
        "id": row.id,
        "status": row.status,
        "mode": row.mode,
        "turns": [
            {"question": one.question, "by": one.by, "answer": one.answer, "skipped": one.skipped}
            for one in state.turns
        ],
        "question": state.question,
        "most": most,
        "waiting": state.is_waiting,
        "points": [
            {
                "id": one.id,
                "text": one.text,
                "quote": one.quote,
                "own": one.own,
                "asked": state.turns[one.turn].question,
                "verdict": one.verdict.value,
                "wording": one.wording,
            }
            for one in state.points
        ],
        "left_out": row.left_out,
        "note": row.note,
        "made": row.made,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def document_json(row: Document, asker: str) -> Json:
    """A document, for who may read it."""
    return {
        "id": row.id,
        "name": row.name,
        "size": row.size,
        "kind": row.kind,
        "status": row.status,
        "percent": row.percent,
        "reason": row.reason,
        "message": row.message,
        "units": row.units,
        "notes": row.notes,
        "quote": row.quote,
        "visibility": row.visibility,
        "model": row.model,
        "mine": row.participant_id == asker,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def block_json(block: Sequence[Any]) -> Json:
    """A block of a document's text, as `ingest.blocks` keeps it."""
    kind, start, end, level, place = block
    return {"kind": kind, "start": start, "end": end, "level": level, "place": place}


def hit_json(hit: Hit) -> Json:
    """A passage that was found, with its places in the document."""
    passage = hit.passage
    return {
        "document": {"id": passage.document_id, "name": passage.document},
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "headings": passage.headings,
        "places": passage.places,
        "found_by": list(hit.found_by),
        "score": round(hit.score, 5),
    }


def erasure_json(row: Erasure, may_remain: Sequence[Json]) -> Json:
    """An erasure, for whose input it was; never what it said."""
    status = "done" if row.done_at else "rewriting" if row.cleaned_at else "erasing"
    return {
        "id": row.id,
        "kind": row.kind,
        "status": status,
        "asked_at": moment(row.asked_at),
        "done_at": moment(row.done_at),
        "found": row.found,
        "may_remain": list(may_remain),
    }


def critique_json(row: Critique, author: str, *, mine: bool) -> Json:
    """A critique, for who may read it."""
    return {
        "id": row.id,
        "text": row.text,
        "visibility": row.visibility,
        "author": {"id": row.participant_id, "name": author},
        "mine": mine,
        "start": row.start,
        "end": row.end,
        "quote": row.quote,
        "resolved": row.resolved_at is not None,
        "created_at": moment(row.created_at),
    }


def dissent_json(row: DissentNote, names: dict[str, str], *, mine: bool) -> Json:
    """A dissent note; its author's name only where they put it under it."""
    return {
        "id": row.id,
        "text": row.text,
        "author": names.get(row.participant_id, "") if row.named else None,
        "named": row.named,
        "mine": mine,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }


def run_json(row: Run) -> Json:
    """A run of the bot."""
    return {
        "id": row.id,
        "status": row.status,
        "mode": row.mode,
        "model": row.model,
        "step": row.step,
        "sentence": row.sentence,
        "of": row.of,
        "message": row.message,
        "trigger": row.trigger,
        "started_at": moment(row.created_at),
        "ended_at": moment(row.ended_at),
    }


def suggestion_json(
    row: Suggestion,
    decision: Decision | None,
    names: dict[str, str],
    *,
    sources: Iterable[Json],
    own_inputs: set[str],
) -> Json:
    """
    A suggestion; the input behind a source only for its author.

    Args:
        sources: As their authors allow them now.
    """
    allowed = list(sources)
    return {
        "id": row.id,
        "run": row.run_id,
        "ordinal": row.ordinal,
        "kind": row.kind,
        "status": row.status,
        "base": row.base,
        "text": row.text,
        "sources": [source_json(source, own_inputs) for source in allowed],
        "unquoted": unquoted(allowed),
        "reason": row.reason,
        "author": row.author,
        "start": row.start,
        "end": row.end,
        "created_at": moment(row.created_at),
        "decided_by": decision
        and {"id": decision.participant_id, "name": names.get(decision.participant_id, "")},
        "decided_at": moment(decision.decided_at) if decision is not None else None,
        "decided_text": decision.text if decision is not None else None,
        "decided_reason": decision.reason if decision is not None else None,
        "edited": decision is not None and decision.text is not None,
    }


def source_json(source: Json, own_inputs: set[str]) -> Json:
    """One source of a suggestion: its quote and name as its author allowed, its place for the author alone."""
    mine = source["input"] in own_inputs
    return {
        "citation": source["citation"],
        "quote": source["quote"],
        "author": source["author"],
        "input": source["input"] if mine else None,
        "start": source["start"] if mine else None,
        "end": source["end"] if mine else None,
        "document": shown_document(source, mine=mine),
    }
