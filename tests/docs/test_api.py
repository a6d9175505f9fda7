"""`docs/api.md`: its examples run as they stand, and it says of calls, shapes and errors what is so."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PATIENCE, ROOT, TOKEN, make_settings, server_process
from web.app import create_app
from web.datafolder import TOKEN_FILE

PAGE = (ROOT / "docs" / "api.md").read_text()


@dataclass(slots=True)
class Ran:
    """What came of the examples: what the shell said, and the files they wrote."""

    result: subprocess.CompletedProcess[str]
    folder: Path

    def answer(self, name: str) -> Any:
        """Return an answer that an example kept."""
        return json.loads((self.folder / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Every example, in the order of the page, in one shell that stops at the first failure."""
    folder = tmp_path_factory.mktemp("api")
    data = folder / "accord-data"
    data.mkdir()
    (data / TOKEN_FILE).write_text(TOKEN)
    with server_process(data) as server:
        lines = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
        assert "ACCORD=http://127.0.0.1:8000\n" in lines
        script = lines.replace("http://127.0.0.1:8000", server.url)
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
        )
        yield Ran(result, folder)


def test_every_example_works_as_it_stands(ran: Ran) -> None:
    assert ran.result.returncode == 0, ran.result.stdout[-2000:] + ran.result.stderr[-2000:]
    assert "One participant says: “" in (ran.folder / "statement.md").read_text()


def calls_of_the_server(tmp_path: Path) -> set[str]:
    """Return all calls, path parameters as ``{}``."""
    paths = create_app(make_settings(tmp_path)).openapi()["paths"]
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for path, methods in paths.items()
        for method in methods
    }


def test_every_call_has_an_example(tmp_path: Path) -> None:
    lines = re.findall(
        r"\b(?:ask|lead|ana|tus) (GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (\"?)(/\S+)",
        "\n".join(examples()),
    )
    shown = set()
    for method, _, path in lines:
        path = re.sub(r"\$\(get.*|\$[A-Z]+", "{}", path.rstrip('"').partition("?")[0])
        shown.add(f"{method} {path}")
    # an id that is read on the spot ends the word: `.../critiques/$(get "['id']" <critique.json)/resolve"`
    shown = {f"{one}/resolve" if one.endswith("/critiques/{}") else one for one in shown}
    assert shown == calls_of_the_server(tmp_path)


def test_every_call_is_told_and_no_other(tmp_path: Path) -> None:
    told = re.findall(r"`(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (/(?:api|health)[^`\s?]*)`", PAGE)
    assert {f"{method} {re.sub(r'{[^}]*}', '{}', path)}" for method, path in told} == (
        calls_of_the_server(tmp_path)
    )


def examples() -> list[str]:
    """Return the shell examples of the page."""
    found: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return found


def shape(name: str) -> set[str]:
    """Return the fields the page gives to a shape."""
    (text,) = re.findall(rf"^`{name}` = `{{(.*?)}}`", PAGE, re.MULTILINE)
    while True:  # what is inside a field is not a field
        flat = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", text)
        if flat == text:
            return {field.split(":")[0].strip() for field in text.split(",")}
        text = flat


@pytest.mark.parametrize(
    ("name", "kept", "way", "besides"),
    [
        ("Session", "session", (), {"invitations"}),
        ("Invitation", "session", ("invitations", 0), {"link", "mailed"}),
        ("Invitation", "invitation", (), {"link", "mailed"}),
        ("Input", "input", (), set()),
        ("Interview", "interview", (), set()),
        ("Erasure", "erasure", (), set()),
        ("Critique", "critique", (), set()),
        ("Run", "run", (), set()),
        ("Suggestion", "suggestions", ("suggestions", 0), set()),
        ("Source", "suggestions", ("suggestions", 0, "sources", 0), set()),
        ("Round", "rounds", ("rounds", 0), set()),
        ("Deliberation", "deliberation", (), set()),
        ("Note", "note", (), set()),
        ("News", "news", ("news", 0), set()),
        ("Document", "documents", ("documents", 0), set()),
        ("RoomToken", "token", (), {"token", "url", "room"}),
    ],
)
def test_shapes_have_the_fields_the_page_gives_them(
    ran: Ran, name: str, kept: str, way: tuple[Any, ...], besides: set[str]
) -> None:
    found = ran.answer(kept)
    for step in way:
        found = found[step]
    assert set(found) == shape(name) | besides


def test_every_word_of_an_error_is_told_with_its_status() -> None:
    said: dict[str, set[int]] = {}
    for package in ("web", "ai", "rooms", "store", "ingest"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            for status, word in re.findall(
                r"(?:Problem|UploadRefused)\(\s*(\d+),\s*\"([a-z-]+)\"", text
            ):
                said.setdefault(word, set()).add(int(status))
            for word in re.findall(r"NotAllowed\(\s*\"([a-z-]+)\"", text):
                said.setdefault(word, set()).add(409)
            for word in re.findall(r"Conflict\(\s*\"([a-z-]+)\"", text):
                said.setdefault(word, set()).add(409)
    said |= {"method-not-allowed": {405}}
    told: dict[str, set[int]] = {}
    for status, words in re.findall(r"^\| (\d{3}) \| (.*) \|$", PAGE, re.MULTILINE):
        for word in re.findall(r"`([a-z-]+)`", words):
            if word != "retry-after" and word != "errors":
                told.setdefault(word, set()).add(int(status))
    assert told == said


def test_every_event_is_told() -> None:
    said = {"closing", "reload"}
    for path in (ROOT / "web").rglob("*.py"):
        said |= set(re.findall(r"events\.publish\(\s*[\w.]+,\s*\"([a-z]+)\"", path.read_text()))
    section = PAGE.split("## Events")[1].split("## Out")[0]
    assert set(re.findall(r"`([a-z]+)` `[{A-Z]", section)) == said
