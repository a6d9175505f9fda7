"""`web.cli`: what the command says of itself and of wrong arguments."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.web.commands.terminal import accord


def test_help_names_every_command() -> None:
    said = accord("--help")
    assert said.code == 0
    for command in ("serve", "migrate", "check", "backup", "room", "facilitator", "quarantine"):
        assert f"    {command}" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "COMMAND"),
        (("sreve",), "invalid choice: 'sreve'"),
        (("serve", "--port", "http"), "invalid int value: 'http'"),
        (("serve", "--prot", "1"), "unrecognized arguments: --prot"),
        (("quarantine", "eat"), "invalid choice: 'eat'"),
    ],
)
def test_wrong_arguments_are_said_and_nothing_is_done(
    arguments: tuple[str, ...], words: str
) -> None:
    said = accord(*arguments)
    assert said.code == 2
    assert words in said.err


def test_an_option_wins_over_the_environment() -> None:
    said = accord("check", "/nowhere-at-all", ACCORD_DATA="/elsewhere")
    assert (said.code, "/nowhere-at-all" in said.err) == (2, True)


def test_garbage_is_collected_again_once_a_server_is_loaded() -> None:
    """Before anything is done: a migration may make much of it."""
    program = (
        "import gc; from web import cli; from web.commands import serve\n"
        "serve.run = lambda settings: print(gc.isenabled(), gc.get_freeze_count() > 50_000) or 0\n"
        "cli.main(['serve'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_to_say_what_is_wrong_nothing_heavy_is_loaded() -> None:
    """With everything a server needs it takes more than a second to say that a word is mistyped."""
    program = (
        "import sys; from web.cli import main\n"
        "try: main(['sreve'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "web.cli" in loaded
    assert not loaded & {"pydantic", "sqlalchemy", "numpy", "asyncio", "web.settings"}
