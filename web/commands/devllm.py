"""`accord dev-llm`: a stand-in for Claude on this machine, to try the bot without a key and to watch it fail."""

from __future__ import annotations

import sys

import uvicorn

from ai.devllm.faults import MEANINGS, Fault
from ai.devllm.server import Model

_HOST = "127.0.0.1"  # anybody who reaches it may use it


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(welcome(port), flush=True)


def run(*, port: int, fault: str | None, delay: float) -> int:
    """Serve until told to stop; return the exit code."""
    try:
        wrong = Fault(fault) if fault is not None else None
    except ValueError:
        print(f"accord: there is no fault {fault!r}; there are\n{ways()}", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        Model(fault=wrong, delay=max(0.0, delay)).app,
        host=_HOST,
        port=port,
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    server.run()
    return 0 if server.started else 1


def welcome(port: int) -> str:
    """Return what the terminal shows: how to use it."""
    url = f"http://{_HOST}:{port}"
    return (
        f"\n  A stand-in for Claude answers at   {url}\n"
        f"  Use it with   ANTHROPIC_API_KEY=dev ACCORD_MODEL_BASE_URL={url} accord serve\n"
        "  Let it fail   ACCORD_MODEL_DRAFT=dev-cut (docs/dev-llm.md lists the ways)\n"
        "  Stop with Ctrl+C\n"
    )


def ways() -> str:
    """Return the table of faults."""
    return "\n".join(f"  {fault.value:18} {says}" for fault, says in MEANINGS.items())
