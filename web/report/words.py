"""What a report says, as plain text in sections: one wording for Markdown, PDF and Word."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ai.sources import by_whom

Json = dict[str, Any]

_STANDING = {
    "sourced": "As accepted; its quotes are in its sources.",
    "edited": "Reworded by participants after it was proposed.",
    "broken": "Its sources do not hold any more.",
    "unsourced": "Written by participants, no source.",
}

#: How a candidate is written, in words.
_STYLES = {
    "neutral": "balanced",
    "minority first": "begins with what few say",
    "minimal": "as little as possible",
    "concrete": "who does what by when",
    "broad": "as much as there is room for",
    "everybody once": "something of everybody",
    "brief": "the few that stand for most",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list, and what stands below it. Plain text, never markup."""

    text: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and a list."""

    title: str
    lines: tuple[str, ...] = ()
    items: tuple[Item, ...] = field(default=())


def status(bundle: Json) -> str:
    """Return in one sentence whether the text is agreed, and by what."""
    if bundle["statement"]["agreed"]:
        last = bundle["polls"][-1]
        return f"Agreed by vote on {_day(last['ended_at'])}: {_voices(last)}. Rule: {rule(last['rule'])}."
    phase = bundle["session"]["phase"]
    if phase == "deciding":
        return "Not agreed: people are voting on this text."
    return f"Not agreed: this is a draft, the session is {phase}."


def sections(bundle: Json) -> list[Section]:
    """Return everything that follows the statement."""
    made = [
        Section(
            "Dissent notes",
            ("These notes belong to their authors; nobody else can change or remove them.",)
            if bundle["dissents"]
            else ("Nobody has written one.",),
            tuple(
                Item(one["text"], (f"({one['author'] or 'a participant'})",))
                for one in bundle["dissents"]
            ),
        ),
        _polls(bundle),
        _rounds(bundle),
        _sources(bundle),
        _measures(bundle),
        _making(bundle),
    ]
    return [one for one in made if one.lines or one.items]


def rule(value: Json) -> str:
    """Return a decision rule in words."""
    voice, voices = (
        ("delegation", "delegations") if value["per"] == "delegation" else ("person", "people")
    )
    enough = f"{voice} approves" if value["approvals"] == 1 else f"{voices} approve"
    said = {
        "unanimity": f"every {voice} asked approves",
        "no_objection": f"no {voice} objects within {value['minutes']} minutes, and at least one approves",
        "k_of_n": f"at least {value['approvals']} {enough}",
    }[value["kind"]]
    return said + (f", quorum {value['quorum']}" if value["quorum"] > 1 else "")


def _voices(poll: Json) -> str:
    voices = poll["voices"]
    if voices is None:
        return "ballots are secret until the poll ends"
    return (
        f"{voices['approve']} approve, {voices['object']} object, {voices['abstain']} abstain, "
        f"of {voices['of']} asked"
    )


def _polls(bundle: Json) -> Section:
    words = {
        None: "open",
        "agreed": "agreed",
        "not_agreed": "not agreed",
        "void": "void, the text was reopened",
    }
    return Section(
        "Polls",
        items=tuple(
            Item(
                f"Poll {one['number']}: {words[one['outcome']]}. {_voices(one)}.",
                (
                    f"Rule: {rule(one['rule'])}. Ballots {'secret' if one['secret'] else 'open'}.",
                    f"Text: SHA-256 {one['text_hash']}",
                ),
            )
            for one in bundle["polls"]
        ),
    )


def _rounds(bundle: Json) -> Section:
    items = []
    for one in bundle["rounds"]:
        result = one["result"]
        if result is None:
            items.append(Item(f"Round {one['number']}: not counted."))
            continue
        winner = next(c for c in one["candidates"] if c["id"] == result["winner"])
        below = [
            f"First choice ({_STYLES.get(winner['style'], winner['style'])}): {' '.join(winner['text'].split())}"
        ]
        if result["predicted"]:
            below.append(
                f"{result['predicted']} of the rankings are predictions of a model, with these people's consent."
            )
        if result["lots"]:
            below.append("Candidates that no ranking tells apart were ordered by lot.")
        items.append(
            Item(
                f"Round {one['number']}: {len(one['candidates'])} candidates, {result['cast']} of "
                f"{result['asked']} people ranked them; counted by Schulze’s method.",
                tuple(below),
            )
        )
    return Section("Rounds", items=tuple(items))


def _sources(bundle: Json) -> Section:
    items = []
    for one in bundle["sentences"]:
        below = [_STANDING[one["standing"]]]
        quiet = one["unquoted"]
        for source in one["sources"]:
            if source["quote"] is None and source.get("document") is not None:
                below.append(f"See {by_whom(source)}; it may not be quoted.")
            elif source["quote"] is not None:
                below.append(f"“{source['quote']}” ({by_whom(source)})")
        if quiet:
            below.append(f"Supported by {_count(quiet, 'input')} not to be quoted.")
        if one["unsupported_numbers"]:
            below.append(f"Numbers in no source: {', '.join(one['unsupported_numbers'])}")
        items.append(Item(one["text"], tuple(below)))
    return Section("Where each sentence comes from", items=tuple(items))


def _measures(bundle: Json) -> Section:
    found = bundle["measures"]
    return Section(
        "Measures",
        (
            f"Sourced sentences: {_percent(found['groundedness'])}. Participants cited: {_percent(found['coverage'])}; "
            f"least covered group: {_percent(found['weakest'])}. Inputs not cited: {found['uncited']} of "
            f"{bundle['session']['inputs']}.",
        ),
    )


def _making(bundle: Json) -> Section:
    models = sorted({one["model"] for one in bundle["runs"] if one["model"]})
    how = (
        f"Proposals by an AI model ({', '.join(models)}); people accepted or rejected each."
        if models
        else "No AI model: proposals are participants' own sentences, chosen by a fixed procedure."
    )
    return Section(
        "How it was made",
        (
            f"{_taking_part(bundle['session'])} {_count(len(bundle['runs']), 'run')} of the bot. {how}",
            f"Accord {bundle['accord']}, {bundle['made_at'][:16].replace('T', ' ')} UTC. "
            f"Text: SHA-256 {bundle['statement']['text_hash']}. The signed audit bundle of this session lets anybody "
            "compute the outcome again: accord audit verify FILE.",
        ),
    )


def _taking_part(session: Json) -> str:
    """Return how many gave something, and how many were there: who only leads a session is one of these."""
    there = _count(session["people"], "person was", "people were")
    gave = _count(session["gave"], "person", "people")
    return f"{gave} gave {_count(session['inputs'], 'input')}; {there} in the session."


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _day(moment: str) -> str:
    return moment[:16].replace("T", " ") + " UTC"
