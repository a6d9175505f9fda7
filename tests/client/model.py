"""A stand-in for the model: speaks the Messages API, streams what a test has written, in small pieces."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: From the question the bot asks (its JSON) to the lines of the answer.
Author = Callable[[dict[str, Any]], list[dict[str, Any]]]


@dataclass(slots=True)
class ScriptedModel:
    """
    What answers.

    Attributes:
        url: For `ACCORD_MODEL_BASE_URL`.
        author: Writes the answer to a question.
        pace: Seconds between two pieces of an answer.
        piece: Characters of one.
    """

    url: str
    author: Author
    pace: float = 0.0
    piece: int = 60


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
def scripted_model(author: Author) -> Iterator[ScriptedModel]:
    """Run one on a free port."""
    made = ScriptedModel("", author)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            lines = made.author(json.loads(asked["messages"][0]["content"]))
            answer = "".join(f"{json.dumps(line)}\n" for line in [*lines, {"do": "end"}])
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for event in _events(asked["model"], _pieces(answer, made.piece)):
                if event["type"] == "content_block_delta":
                    time.sleep(made.pace)
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def _pieces(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def _events(model: str, pieces: Iterator[str]) -> Iterator[dict[str, Any]]:
    yield {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    }
    yield {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    }
    for piece in pieces:
        yield {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": piece},
        }
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    yield {"type": "message_stop"}
