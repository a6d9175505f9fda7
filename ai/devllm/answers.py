"""
What the stand-in says: a draft from the sentences of the material it is given, or one that is wrong on demand.

The sentences it proposes are participants' own, turned into a statement by taking "I think that" off. That is
enough to try everything around a model, and nobody will take it for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ai.devllm import conversation
from ai.devllm.faults import Fault
from ai.devllm.wording import MAX_PROPOSALS, as_statement, quote_of
from ingest.sentences import split

#: A point of everybody, so that those who must not be quoted have one that repeats nothing.
_IN_GENERAL = "They ask to be heard on this question."

Json = dict[str, Any]


def answer(content: str, fault: Fault | None = None) -> str:
    """Return the answer to a prompt: what it asks for if it is one of ours, else a plain sentence."""
    asked = _asked(content)
    if asked.keys() >= {"statement", "inputs", "critiques", "proposed_before"}:
        return _draft(asked, fault)
    if asked.keys() >= {"statement", "points", "critiques"}:
        return _lines([json.dumps(one, ensure_ascii=False) for one in changes(asked)], fault)
    if (spoken := conversation.answer(asked, fault)) is not None:
        return spoken if isinstance(spoken, str) else _object(spoken, fault)
    if asked.keys() >= {"inputs", "candidates"}:
        return _object(ranking(asked), fault)
    if asked.keys() == {"question", "inputs"}:
        if fault is Fault.GULLIBLE and (orders := list(_orders(asked))):
            return "\n".join(orders)
        return _object(claims(asked, fault), fault)
    return "I am a stand-in for a language model; I only draft from material."


def _draft(material: Json, fault: Fault | None) -> str:
    lines = [json.dumps(one, ensure_ascii=False) for one in proposals(material)]
    wrong = [json.dumps(one, ensure_ascii=False) for one in _wrong(material, fault)]
    if fault is Fault.GULLIBLE:
        wrong = list(_orders(material))
    return _lines([*(lines[:1] if wrong else lines), *wrong], fault)


def _lines(lines: list[str], fault: Fault | None) -> str:
    """Return an answer of one JSON object per line."""
    end = json.dumps({"do": "end"})
    match fault:
        case Fault.MALFORMED:
            return "\n".join([*lines[:1], "Here is what I would propose: be nice.", end])
        case Fault.FENCED:
            return "\n".join(["```json", *lines, end, "```"])
        case Fault.NO_END:
            return "\n".join(lines)
        case Fault.AFTER_END:
            return "\n".join([*lines[:1], end, *lines[:1]])
        case Fault.ENDLESS:
            return "\n".join([*lines[:1], '{"do": "add", "text": "' + "and on " * 5000])
        case Fault.TOO_MANY:
            return "\n".join([*lines[:1] * 40, end])
    return "\n".join([*lines, end])


def _object(value: Json, fault: Fault | None) -> str:
    """Return an answer that is one JSON object."""
    whole = json.dumps(value, ensure_ascii=False)
    match fault:
        case Fault.MALFORMED:
            return f"Here it is: {whole}"
        case Fault.FENCED:
            return f"```json\n{whole}\n```"
        case Fault.NO_END | Fault.ENDLESS:
            return whole[:-2]
        case Fault.AFTER_END:
            return whole * 2
    return whole


def claims(asked: Json, fault: Fault | None = None) -> Json:
    """Return one person's points: their sentences, and one that repeats nothing of them."""
    said = [(one, sentence.text) for one in asked["inputs"] for sentence in split(one["text"])]
    points = [_point(one, as_statement(text), text) for one, text in said[:MAX_PROPOSALS]]
    points += [_point(one, _IN_GENERAL, text) for one, text in said[:1]]
    match fault:
        case Fault.MISQUOTE:
            points = [{**one, "quote": f"{one['quote']} and for ever"} for one in points]
        case Fault.INVENTED:
            points = [{**one, "input": "i999"} for one in points]
        case Fault.TOO_MANY:
            points *= 40
    return {"claims": points}


def changes(asked: Json) -> list[Json]:
    """Return a candidate: the points that may be said, in the order they come, then what was said in confidence."""
    known = {_key(one["text"]) for one in asked["statement"]}
    after = asked["statement"][-1]["id"] if asked["statement"] else None
    made: list[Json] = []
    for one in asked["points"]:
        key = _key(one["point"])
        if one["quotable"] and one["point"] != _IN_GENERAL and key not in known:
            known.add(key)
            made.append(_cite(after, one["point"], [one["id"]], new_paragraph=not made))
    private = [one["id"] for one in asked["points"] if not one["quotable"]]
    text = "What was said in confidence is part of what has to be met."
    made = made[: MAX_PROPOSALS - 1]
    if private and _key(text) not in known:
        made.append(_cite(after, text, private[:5], new_paragraph=not made))
    return made


def ranking(asked: Json) -> Json:
    """Rank candidates by how many words of the person are in them; the order they are shown in means nothing."""
    words = {word for text in asked["inputs"] for word in _words(text)}

    def worth(one: Json) -> tuple[int, str]:
        return -len(words & _words(one["text"])), one["text"]

    ordered = sorted(asked["candidates"], key=worth)
    return {"ranking": [one["id"] for one in ordered], "reason": "It has most of their words."}


def proposals(material: Json) -> list[Json]:
    """Return a draft: critiques are answered first, then everybody is heard once, then again."""
    known = {
        _key(text)
        for text in (
            *(one["text"] for one in material["statement"]),
            *material["proposed_before"],
        )
    }
    made = list(_revisions(material))
    after = material["statement"][-1]["id"] if material["statement"] else None
    added = 0
    for source, sentence in _by_turns(material["inputs"]):
        text = as_statement(sentence)
        if _key(text) in known:
            continue
        known.add(_key(text))
        cites = [(source, sentence), *_evidence(sentence, material.get("documents", []))]
        made.append(_add(after, text, cites, new_paragraph=added == 0))
        added += 1
    private = [one for one in material["inputs"] if not one["quotable"] and split(one["text"])]
    text = "What was said in confidence is part of what has to be met."
    if private and _key(text) not in known:
        cites = [(one, split(one["text"])[0].text) for one in private]
        made.append(_add(after, text, cites, new_paragraph=added == 0))
    return made[:MAX_PROPOSALS]


def _evidence(sentence: str, documents: list[Json]) -> list[tuple[Json, str]]:
    """Return the first sentence of a document that has three long words in common with this one."""
    wanted = {word.casefold() for word in re.findall(r"\w{4,}", sentence)}
    for one in documents:
        for found in split(one["text"]):
            words = {word.casefold() for word in re.findall(r"\w{4,}", found.text)}
            if len(wanted & words) >= 3:
                return [(one, found.text)]
    return []


def _asked(content: str) -> Json:
    """Return what a prompt holds: one piece of JSON, or several after each other."""
    found: Json = {}
    at = 0
    try:
        while at < len(content):
            value, at = json.JSONDecoder().raw_decode(content, at)
            found |= value
    except (ValueError, TypeError):
        return {}
    return found


def _point(source: Json, claim: str, sentence: str) -> Json:
    return {"input": source["id"], "stance": "for", "claim": claim, "quote": quote_of(sentence)}


def _cite(after: str | None, text: str, cites: list[str], *, new_paragraph: bool) -> Json:
    return {
        "do": "add",
        "after": after,
        "new_paragraph": new_paragraph,
        "text": text,
        "cites": cites,
        "reason": "This rests on points that participants made.",
    }


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _revisions(material: Json) -> Iterator[Json]:
    sentences = {one["id"]: one["text"] for one in material["statement"]}
    quotable = list(_by_turns(material["inputs"]))
    for about in dict.fromkeys(one["about"] for one in material["critiques"]):
        if about in sentences and quotable:
            source, sentence = quotable[0]
            yield {
                "do": "replace",
                "sentence": about,
                "text": sentences[about].rstrip(".!?。！？ ") + ", in steps that are reviewed.",
                "cites": [{"input": source["id"], "quote": quote_of(sentence)}],
                "reason": "Somebody objects to this sentence; a review gives the objection its place.",
            }


def _by_turns(inputs: list[Json]) -> Iterator[tuple[Json, str]]:
    """Yield the first sentence of every input that may be quoted, then every second one, and so on."""
    sentences = [(one, split(one["text"])) for one in inputs if one["quotable"]]
    for turn in range(max((len(found) for _, found in sentences), default=0)):
        for source, found in sentences:
            if turn < len(found):
                yield source, found[turn].text


def _add(
    after: str | None, text: str, cites: list[tuple[Json, str]], *, new_paragraph: bool
) -> Json:
    people = "one participant" if len(cites) == 1 else f"{len(cites)} participants"
    return {
        "do": "add",
        "after": after,
        "new_paragraph": new_paragraph,
        "text": text,
        "cites": [{"input": one["id"], "quote": quote_of(said)} for one, said in cites],
        "reason": f"This rests on what {people} wrote.",
    }


def _wrong(material: Json, fault: Fault | None) -> Iterator[Json]:
    inputs = [one for one in material["inputs"] if split(one["text"])]
    after = material["statement"][-1]["id"] if material["statement"] else None
    if not inputs:
        return
    said = split(inputs[0]["text"])[0].text
    if fault is Fault.MISQUOTE:
        cites = [(inputs[0], f"{quote_of(said)} and for ever"), (inputs[0], said[::-1])]
        yield _add(after, "Nobody has ever said this.", cites, new_paragraph=False)
    elif fault is Fault.INVENTED:
        cites = [({**inputs[0], "id": "zzz"}, said)]
        yield _add(after, "An input that nobody gave says so.", cites, new_paragraph=False)
    elif fault is Fault.MISPLACED:
        yield _add("s999", "This follows nothing.", [(inputs[0], said)], new_paragraph=False)
    elif fault is Fault.FORBIDDEN:
        yield from _forbidden(material, inputs, after)


def _forbidden(material: Json, inputs: list[Json], after: str | None) -> Iterator[Json]:
    """Say what must not be repeated in every place people see."""
    allowed = next((one for one in inputs if one["quotable"]), inputs[0])
    cites = [(allowed, split(allowed["text"])[0].text)]
    for secret in (one for one in inputs if not one["quotable"]):
        quote = [(secret, secret["text"])]
        yield _add(after, "Somebody has said this in private.", quote, new_paragraph=False)
    secrets = [one["text"] for one in inputs if not one["quotable"]]
    secrets += [one["text"] for one in material["critiques"] if one["private"]]
    for number, text in enumerate(secrets, 1):
        yield _add(after, as_statement(text), cites, new_paragraph=False)
        shown = _add(after, f"Point {number} has its merits.", cites, new_paragraph=False)
        yield {**shown, "reason": text}


def _orders(material: Json) -> Iterator[str]:
    """What inputs tell a model to answer; ``<<kqz>>`` has it put in what somebody else said, word for word."""
    words = {
        one["id"]: json.dumps(one["text"], ensure_ascii=False)[1:-1] for one in material["inputs"]
    }

    def said(match: re.Match[str]) -> str:
        return words.get(match[1], match[0])

    for one in material["inputs"]:
        for line in one["text"].splitlines():
            if line.startswith("ANSWER:"):
                yield re.sub(r"<<(\w+)>>", said, line.removeprefix("ANSWER:").strip())


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
