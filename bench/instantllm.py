"""
A Messages server in a process of its own that answers at once: each answer is one event.

    .venv/bin/python bench/instantllm.py [--seconds 0.5]

It says what the stand-in says (`ai.devllm`). `GET /heard` tells what it was asked since the last look: how often, how
many at the same time, and what was marked for the provider to keep.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from ai.devllm import server as devllm  # noqa: E402
from ai.devllm.answers import _asked  # noqa: E402


class Instant(devllm.Model):
    """The stand-in that keeps count instead of bodies."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.counted: Counter[str] = Counter()
        self.now = 0
        self.app.router.routes.append(Route("/heard", self._heard))

    async def _messages(self, request: Request) -> Response:
        self.now += 1
        self.counted["most at a time"] = max(self.counted["most at a time"], self.now)
        try:
            await asyncio.sleep(self.seconds)
            answer = await super()._messages(request)
        finally:
            self.now -= 1
        self._count(self.heard.pop())
        return answer

    async def _heard(self, _: Request) -> Response:
        found, self.counted = dict(self.counted), Counter()
        return JSONResponse(found)

    def _count(self, body: dict[str, Any]) -> None:
        asked = _asked(devllm._said(body["messages"][-1]))
        kind = "rank" if "candidates" in asked else "candidate" if "points" in asked else "claims"
        self.counted[kind] += 1
        content = body["messages"][-1]["content"]
        blocks = [*body["system"], *(content if isinstance(content, list) else [])]
        marked = [one for one in blocks if "cache_control" in one]
        self.counted["marks"] += len(marked)
        self.counted["characters"] += len(devllm._prompt(body))
        self.counted["characters marked"] += sum(len(one["text"]) for one in marked)


def main() -> None:
    """Serve on a free port, say which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.0, help="what an answer takes (0)")
    devllm._CHARACTERS_PER_TOKEN = 1_000_000  # an answer in one piece: what is measured is not us
    app = Instant(parser.parse_args().seconds).app
    options = {"lifespan": "off", "log_level": "critical", "access_log": False}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **options))

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print(f"ready at http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)  # fmt: skip
        await serving

    asyncio.run(run())


if __name__ == "__main__":
    main()
