"""Every command of `accord` is told somewhere, and every one that is told exists."""

from __future__ import annotations

import argparse
import re

import pytest

from tests.harness import ROOT
from web import cli

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(parser: argparse.ArgumentParser, before: str = "") -> set[str]:
    """Return all commands, sub-commands as two words."""
    found = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                found |= commands(one, f"{before}{name} ") or {f"{before}{name}"}
    return found


def told() -> set[str]:
    """Return what stands behind `accord` in code on the pages."""
    known = {word for one in commands(cli._parser()) for word in one.split()}
    found = set()
    for page in PAGES:
        text = page.read_text()
        code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"(?m)^    (.*)$", text)]
        for one in code:
            for words in re.findall(r"(?:^|bin/)accord ((?:[a-z-]+ ?)+)", one):
                first, *rest = words.split()
                found.add(f"{first} {rest[0]}" if first == "room" and rest else first)
    assert known
    return found


def test_every_command_is_told_and_no_other() -> None:
    assert told() == commands(cli._parser())


@pytest.mark.parametrize(
    "script", sorted(set(re.findall(r"scripts/([a-z-]+)", PAGES[0].read_text())))
)
def test_the_scripts_of_the_readme_are_there(script: str) -> None:
    assert (ROOT / "scripts" / script).stat().st_mode & 0o111
