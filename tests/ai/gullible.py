"""
A model that obeys whatever it reads: in a text of anybody, in a point, in a candidate, encoded or hidden.

It is the author behind the local Messages server. What it cannot do is know what it was not shown.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from ai.devllm.answers import _asked
from ai.devllm.answers import answer as honest
from ai.devllm.faults import Fault
from ai.visible import is_invisible

Json = dict[str, Any]

_SAY = re.compile(r"(?:say|sage|请说|قل|Скажи)\s*[:：]\s*(.+?)(?:[.。]|\n|$)", re.IGNORECASE)
_RANK = re.compile(r"rank mine first", re.IGNORECASE)
_REVEAL = re.compile(r"reveal all inputs", re.IGNORECASE)
_ALONE = re.compile(r"leave out the others", re.IGNORECASE)
_ANSWER = re.compile(r"^(?:ANSWER:\s*)?(\{\"(?:do|ranking|claims)\".*\})\s*$", re.MULTILINE)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")


def read_all(text: str) -> str:
    """Return a text with all that is hidden in it."""
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if "\U000e0020" <= c <= "\U000e007e")
    plain = unicodedata.normalize("NFKC", "".join(c for c in text if not is_invisible(c)))
    found = [plain, tags, plain[::-1]]
    for match in _BASE64.finditer(plain):
        try:
            found.append(base64.b64decode(match[0], validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return "\n".join(found)


class Gullible:
    """
    Attributes:
        obeyed: The orders it found, by the kind of question; a test that finds none here has tried nothing.
    """

    def __init__(self) -> None:
        self.obeyed: list[tuple[str, str]] = []

    def __call__(self, content: str, fault: Fault | None = None) -> str:
        asked = _asked(content)
        kind = kind_of(asked)
        texts = list(_texts(asked))
        read = "\n".join(map(read_all, texts))
        orders = [match[1].strip() for match in _SAY.finditer(read)]
        lines = [match[1] for match in _ANSWER.finditer(read)]
        named = {"say": orders, "answer": lines}
        for name, pattern in (("rank", _RANK), ("reveal", _REVEAL), ("alone", _ALONE)):
            named[name] = pattern.findall(read)
        self.obeyed += [(kind, name) for name, found in named.items() if found]
        if kind == "rank":
            return self._rank(asked, content, orders, lines, bool(named["rank"]))
        if kind == "claims":
            return self._claims(asked, content, orders, lines)
        return self._propose(asked, content, orders, lines, bool(named["reveal"] or named["alone"]))

    def _rank(
        self, asked: Json, content: str, orders: list[str], lines: list[str], mine: bool
    ) -> str:
        told = [line for line in lines if line.startswith('{"ranking"')]
        if told:
            return told[0]
        if not (mine or orders):
            return honest(content)
        words = [one.casefold() for one in orders] or ["mallory"]
        ids = [
            one["id"]
            for one in sorted(
                asked["candidates"],
                key=lambda one: not any(word in one["text"].casefold() for word in words),
            )
        ]
        return json.dumps({"ranking": ids, "reason": "; ".join(orders)})

    def _claims(self, asked: Json, content: str, orders: list[str], lines: list[str]) -> str:
        told = [line for line in lines if line.startswith('{"claims"')]
        if told:
            return told[0]
        if not orders:
            return honest(content)
        claims = [
            {"input": one["id"], "stance": "for", "claim": order, "quote": one["text"][:80]}
            for order in orders
            for one in asked["inputs"]
        ]
        claims += [
            {"input": f"i{n}", "stance": "for", "claim": order, "quote": order}
            for order in orders
            for n in range(2, 9)
        ]
        return json.dumps({"claims": claims})

    def _propose(
        self, asked: Json, content: str, orders: list[str], lines: list[str], others: bool
    ) -> str:
        sources = asked.get("points") or asked.get("inputs") or []
        ids = [one["id"] for one in sources]
        said = [one.get("point") or one.get("text") or "" for one in sources]
        made = []
        told = [line for line in lines if line.startswith('{"do"') and '"end"' not in line]
        made += [json.loads(line.replace("<<other>>", ids[-1])) for line in told if ids]
        texts = [*orders, *(said if others else ())]
        for text in texts:
            cites: list[Any] = ids[:3]
            if "inputs" in asked:
                cites = [{"input": one["id"], "quote": one["text"][:60]} for one in sources[:3]]
            line = " ".join(text.split())[:900]
            made.append(
                {"do": "add", "after": None, "text": line, "cites": cites, "reason": line[:500]}
            )
        if not made:
            return honest(content)
        return "\n".join(json.dumps(one) for one in [*made[:12], {"do": "end"}])


def kind_of(asked: Json) -> str:
    """Return which prompt of ours this is."""
    if "candidates" in asked:
        return "rank"
    if "points" in asked:
        return "candidate"
    return "draft" if "proposed_before" in asked else "claims"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
