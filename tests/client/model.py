"""The stand-in for Claude with an answer that a test has written, and a server whose bot asks it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ai.devllm.faults import Fault
from ai.devllm.server import Model
from tests.ai.llm import server_of, url_of
from tests.harness import PATIENCE, ServerProcess, server_process

#: From the question the bot asks (its JSON) to the lines of the answer.
Proposals = Callable[[dict[str, Any]], list[dict[str, Any]]]


class ScriptedModel(Model):
    """
    What answers.

    Attributes:
        url: For `ACCORD_MODEL_BASE_URL`.
        proposals: Writes the answer to a question.
    """

    url = ""

    def __init__(self, proposals: Proposals) -> None:
        super().__init__(author=self._write)
        self.proposals = proposals

    def _write(self, question: str, _fault: Fault | None) -> str:
        lines = [*self.proposals(json.loads(question)), {"do": "end"}]
        return "".join(f"{json.dumps(line)}\n" for line in lines)


def cite(question: dict[str, Any], *quotes: str) -> list[dict[str, str]]:
    """Return citations of the inputs that say these words."""
    return [
        {"input": one["id"], "quote": quote}
        for quote in quotes
        for one in question["inputs"]
        if quote in one["text"]
    ]


def sentence(question: dict[str, Any], words: str) -> str:
    """Return the id of the sentence of the statement with these words in it."""
    found: str = next(one["id"] for one in question["statement"] if words in one["text"])
    return found


@contextmanager
def scripted_model(proposals: Proposals) -> Iterator[ScriptedModel]:
    """Run one on a free port, in a thread of its own."""
    made = ScriptedModel(proposals)
    with _serving(made) as made.url:
        yield made


@contextmanager
def stand_in() -> Iterator[str]:
    """Run what ``accord dev-llm`` runs, in a thread of its own; yield its base URL."""
    with _serving(Model()) as url:
        yield url


@contextmanager
def _serving(model: Model) -> Iterator[str]:
    server = server_of(model)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < deadline, "the stand-in did not start"
            time.sleep(0.005)
        yield url_of(server)
    finally:
        server.should_exit = True
        serving.join(PATIENCE)


@contextmanager
def server_with(model: ScriptedModel, folder: Path) -> Iterator[ServerProcess]:
    """Run a server whose bot asks this model."""
    with server_process(
        folder, ACCORD_MODEL_BASE_URL=model.url, ANTHROPIC_API_KEY="no-secret"
    ) as server:
        yield server
