"""
What has changed since somebody's last visit, told from the audit. Pure.

It says that something happened, how often and by whom, never what anybody wrote. What one did oneself is no news; what
is private (inputs but for their number, private critiques, ballots, unnamed notes' authors) is in none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ai.deliberation import (
    Moved,
    PollClosed,
    PollOpened,
    PollVoided,
    RoundClosed,
    RoundOpened,
    RuleSet,
    SecrecySet,
)
from ai.rules import Outcome
from store.models import AuditEntry


class Kind(StrEnum):
    """What happened."""

    POLL_OPENED = "poll_opened"
    POLL_CLOSED = "poll_closed"
    ROUND_OPENED = "round_opened"
    ROUND_CLOSED = "round_closed"
    MOVED = "moved"
    RULE = "rule"
    CORRECTED = "corrected"  #: title or question
    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    COMMENTS = "comments"
    RESOLVED = "resolved"  #: critiques of the reader's
    NOTES = "notes"  #: of dissent
    DOCUMENTS = "documents"
    INPUTS = "inputs"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class News:
    """
    Things of one kind that happened.

    Attributes:
        at: When the last of them did.
        people: Who did them, by name, the first to do so first; empty where that is nobody's business.
        number: Of the round or poll.
        outcome: Of the poll.
        phase: Where the session went.
    """

    kind: Kind
    at: datetime
    count: int = 1
    people: tuple[str, ...] = ()
    number: int | None = None
    outcome: Outcome | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """
    What entries do not say themselves.

    Attributes:
        names: Of people, by id.
        before: Who had joined before the news begin: who comes by another device joins again.
        suggested: How many suggestions there are of each run.
        mine: The reader's critiques.
        others_notes: Notes of dissent by others, as they stand.
        documents: Documents of others that everybody may read.
        numbers: Of rounds and polls, by id.
    """

    names: Mapping[str, str]
    before: Collection[str] = ()
    suggested: Mapping[str, int] = field(default_factory=dict)
    mine: Collection[str] = ()
    others_notes: Collection[str] = ()
    documents: Collection[str] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


def news(entries: Iterable[AuditEntry], *, reader: str, known: Known) -> list[News]:
    """
    Return what is new to somebody, the latest first.

    Args:
        entries: Of the audit, in order, from where the reader was last on.
    """
    found = [one for one in entries if one.actor != reader]
    told = [
        *_polls(found, known),
        *_rounds(found, known),
        *_phases(found),
        *(item for kind in _COUNTED if (item := _counted(kind, found, known)) is not None),
    ]
    return sorted(told, key=lambda one: one.at, reverse=True)


#: Whether an entry is of a kind that is told as one number.
_COUNTED: dict[Kind, Callable[[AuditEntry, Known], bool]] = {
    Kind.RULE: lambda one, _: one.action in (RuleSet.ACTION, SecrecySet.ACTION),
    Kind.CORRECTED: lambda one, _: one.action == "session.corrected",
    Kind.SUGGESTED: lambda one, known: (
        one.action == "run.done" and bool(known.suggested.get(one.subject or ""))
    ),
    Kind.ACCEPTED: lambda one, _: one.action == "suggestion.accepted",
    Kind.REJECTED: lambda one, _: one.action == "suggestion.rejected",
    Kind.COMMENTS: lambda one, _: (
        one.action == "critique.given" and one.details["visibility"] == "open"
    ),
    Kind.RESOLVED: lambda one, known: (
        one.action == "critique.resolved" and one.subject in known.mine
    ),
    Kind.NOTES: lambda one, known: (
        one.action == "dissent.written" and one.subject in known.others_notes
    ),
    Kind.DOCUMENTS: lambda one, known: (
        one.action == "document.given" and one.subject in known.documents
    ),
    Kind.INPUTS: lambda one, _: one.action == "input.given",
    Kind.JOINED: lambda one, known: (
        one.action == "participant.joined" and one.actor not in known.before
    ),
}

#: Who gives an input, or an unnamed note, is told to nobody; the bot and the server have no names.
_NAMELESS = frozenset({Kind.INPUTS, Kind.NOTES, Kind.SUGGESTED})

#: Read to exist, and what they say: the entries that can be news.
ACTIONS = frozenset(
    {
        Moved.ACTION, RuleSet.ACTION, SecrecySet.ACTION,
        RoundOpened.ACTION, RoundClosed.ACTION,
        PollOpened.ACTION, PollClosed.ACTION, PollVoided.ACTION,
        "session.corrected", "run.done", "suggestion.accepted", "suggestion.rejected",
        "critique.given", "critique.resolved", "dissent.written", "document.given",
        "input.given", "participant.joined",
    }
)  # fmt: skip


def _counted(kind: Kind, entries: Iterable[AuditEntry], known: Known) -> News | None:
    some = [one for one in entries if _COUNTED[kind](one, known)]
    if not some:
        return None
    names = dict.fromkeys(known.names[one.actor] for one in some if one.actor in known.names)
    count = len(some)
    if kind is Kind.SUGGESTED:
        count = sum(known.suggested[one.subject or ""] for one in some)
    elif kind is Kind.JOINED:
        count = len({one.actor for one in some})
    elif kind in (Kind.RULE, Kind.CORRECTED):
        count = 1  # the last one stands
    return News(kind, some[-1].at, count, () if kind in _NAMELESS else tuple(names))


def _phases(entries: Iterable[AuditEntry]) -> list[News]:
    """The way there and back is no news."""
    moves = [one for one in entries if one.action == Moved.ACTION]
    if not moves or moves[0].details["before"] == moves[-1].details["after"]:
        return []
    return [News(Kind.MOVED, moves[-1].at, phase=moves[-1].details["after"])]


def _rounds(entries: Iterable[AuditEntry], known: Known) -> list[News]:
    """Of each round the last that happened."""
    found: dict[str, News] = {}
    for one in entries:
        if one.action in (RoundOpened.ACTION, RoundClosed.ACTION):
            ident = one.details["round"]
            kind = Kind.ROUND_OPENED if one.action == RoundOpened.ACTION else Kind.ROUND_CLOSED
            found[ident] = News(kind, one.at, number=known.numbers.get(ident))
    return list(found.values())


def _polls(entries: Iterable[AuditEntry], known: Known) -> list[News]:
    """Of each poll the last that happened."""
    found: dict[str, News] = {}
    for one in entries:
        if one.action not in (PollOpened.ACTION, PollClosed.ACTION, PollVoided.ACTION):
            continue
        ident = one.details["poll"]
        number = known.numbers.get(ident)
        if one.action == PollOpened.ACTION:
            found[ident] = News(Kind.POLL_OPENED, one.at, number=number)
        else:
            outcome = Outcome(one.details.get("outcome", Outcome.VOID))
            found[ident] = News(Kind.POLL_CLOSED, one.at, number=number, outcome=outcome)
    return list(found.values())
