"""`accord serve`: everything in one process."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

from pydantic import SecretStr

from ingest.embedders.download import downloaded
from store.errors import SchemaOutdated
from web import embedders, logs
from web.datafolder import TOKEN_FILE, FolderInUse, facilitator_token, locked, migrate
from web.settings import Settings, SettingsError
from web.stall import StallGuard

logger = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Serve until told to stop; return the exit code."""
    started = time.monotonic()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    os.umask(0o077)  # what people say in private is not for other accounts of this machine
    logs.configure(settings.log_level)
    try:
        with locked(settings.data):
            embedders.check_model(settings)
            migrate(settings.data)
            return _serve(settings, started)
    except SettingsError as exc:
        print(f"accord: {exc}", file=sys.stderr)
        return 2
    except (FolderInUse, SchemaOutdated, OSError) as exc:
        print(f"accord: {exc}", file=sys.stderr)
        return 1


def _leave(*_: object) -> None:
    """Being told to stop is no failure. uvicorn sends itself the signal again when all is in order."""
    sys.exit(0)


def _serve(settings: Settings, started: float) -> int:
    from web.app import create_app
    from web.server import make_server

    kept_here = settings.facilitator_token is None
    if kept_here:
        token = SecretStr(facilitator_token(settings.data))
        settings = settings.model_copy(update={"facilitator_token": token})

    def ready(port: int) -> None:
        guard.start()
        print(welcome(settings, port, kept_here=kept_here), flush=True)
        logger.info(
            "serving",
            extra={"action": "serving", "seconds": round(time.monotonic() - started, 2)},
        )

    guard = StallGuard(settings.stall_seconds)
    server = make_server(settings, create_app(settings), ready=ready)
    try:
        with guard:
            server.run()
    except SystemExit as exc:  # uvicorn, which has logged what the system said
        if server.started or not exc.code:
            raise
        if server.lifespan.should_exit:
            print("accord: cannot start; the lines above say why", file=sys.stderr)
        else:
            where = f"{settings.host}:{settings.port}"
            print(f"accord: cannot listen on {where}; --port names another", file=sys.stderr)
    return 0 if server.started else 1


def welcome(settings: Settings, port: int, *, kept_here: bool) -> str:
    """Return what the terminal shows when the server is ready."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    base = settings.public_url or f"http://{host}:{port}"
    lines = ["", f"  Accord is ready at       {base}"]
    if kept_here:
        assert settings.facilitator_token is not None
        link = f"{base}/sign-in#{settings.facilitator_token.get_secret_value()}"
        lines.append(f"  Sign in as facilitator   {link}")
        lines.append(f"                           (kept in {settings.data / TOKEN_FILE})")
    else:
        lines.append("  Sign in as facilitator   with the token in ACCORD_FACILITATOR_TOKEN")
    if settings.mode == "extractive":
        lines.append("  No ANTHROPIC_API_KEY:    the bot quotes participants, it does not write")
    lines += _search(settings)
    if settings.local_only:
        lines.append("  Only this machine can open it; docs/deploy.md tells how to let others in")
    return "\n".join([*lines, "  Stop with Ctrl+C", ""])


def _search(settings: Settings) -> list[str]:
    """Say what finds passages by meaning, or that something could."""
    if settings.embeddings == "local":
        return [
            f"  Search by meaning        with {embedders.local_folder(settings).resolve().name}, on this machine"
        ]
    if settings.embeddings != "none":
        return [
            f"  Search by meaning        with {settings.embeddings}/{settings.embedding_model}, which gets all texts"
        ]
    if downloaded(settings.models_path):
        return ["  A model is downloaded:   ACCORD_EMBEDDINGS=local finds by meaning with it"]
    return []
