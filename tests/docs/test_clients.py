"""`docs/clients.md`: every code a room connection may be closed or refused with is told, and no other."""

from __future__ import annotations

import re

from tests.harness import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text()

#: Where connections are closed.
MODULES = (
    "collab/errors.py",
    "rooms/errors.py",
    "rooms/connection.py",
    "web/sockets.py",
    "web/roomsocket.py",
    "web/wsprotocol.py",
)

_CLOSING = re.compile(r"(?:close_code = |close\(|_fail\(|[A-Z_]+ = \()(\d{4})\b")
_DENYING = re.compile(r"_deny\(websocket, (\d{3})")


def test_every_close_code_is_told() -> None:
    used = {code for one in MODULES for code in _CLOSING.findall((ROOT / one).read_text())}
    assert used > {"4400", "4401", "4409", "1003", "1013"}
    told = {
        code
        for cell in re.findall(r"^\| ([\d /]+) \|", PAGE, re.MULTILINE)
        for code in cell.split(" / ")
    }
    assert told == used | {"4413"}


def test_every_status_before_the_upgrade_is_told() -> None:
    used = set(_DENYING.findall((ROOT / "web" / "sockets.py").read_text()))
    (section,) = re.findall(r"Before the upgrade.*?\n\n", PAGE, re.DOTALL)
    assert set(re.findall(r"\b\d{3}\b", section)) == used
