"""
The command `accord`.

Heavy imports wait until a command needs them, so that `accord --help` and wrong arguments answer at once.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit code."""
    options = _parser().parse_args(arguments)
    from web.settings import SettingsError, read_settings

    try:
        settings = read_settings(_overrides(options))
    except SettingsError as exc:
        return _complain(str(exc))
    command: Any = options.command
    code: int = command(settings, options)
    return code


def serve(settings: Settings, _options: argparse.Namespace) -> int:
    """Start the server."""
    gc.disable()  # what is loaded stays: to look at it again and again takes a tenth of the start
    from web.commands.serve import run

    gc.freeze()
    gc.enable()
    return run(settings)


def migrate(settings: Settings, _options: argparse.Namespace) -> int:
    """Bring the database to the newest schema."""
    from web.commands.data import migrate

    return migrate(settings)


def check(settings: Settings, options: argparse.Namespace) -> int:
    """Verify every stored document."""
    from web.commands.data import check

    return check(options.folder or settings.data)


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Copy what is kept into a new folder, also while the server runs."""
    from web.commands.backup import backup

    return backup(settings, options.folder)


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Make a data folder from a backup."""
    from web.commands.backup import restore

    return restore(settings, options.folder)


def room_demo(settings: Settings, options: argparse.Namespace) -> int:
    """Make a room for trying out a Yjs client."""
    from web.commands.room import demo

    return demo(settings, minutes=options.minutes)


def dev_llm(_settings: Settings, options: argparse.Namespace) -> int:
    """Stand in for Claude on this machine, for trials and demonstrations (docs/dev-llm.md)."""
    from web.commands import devllm

    return devllm.run(port=options.llm_port, fault=options.fault, delay=options.delay)


def facilitator(settings: Settings, options: argparse.Namespace) -> int:
    """Manage who may create sessions."""
    from web.commands import facilitator

    return facilitator.run(settings, options)


def quarantine(settings: Settings, options: argparse.Namespace) -> int:
    """Look at updates that broke a document and were set aside."""
    from web.commands import quarantine

    return quarantine.run(settings, options)


def erase(settings: Settings, options: argparse.Namespace) -> int:
    """Erase an input, a document, or all that a participant gave (docs/data.md)."""
    from web.commands import erase

    return erase.run(settings, options.id)


def models(settings: Settings, options: argparse.Namespace) -> int:
    """List models for search by meaning, or download one (docs/documents.md)."""
    from web.commands import models

    return models.run(settings, options)


def fuzz(_settings: Settings, options: argparse.Namespace) -> int:
    """Send hostile messages to a room, in a process that may die of it."""
    from web.commands import fuzz

    return fuzz.run(minutes=options.minutes, seed=options.seed, corpus=options.corpus)


def bench(_settings: Settings, options: argparse.Namespace) -> int:
    """Measure this server against others (bench/README.md); in a checkout of the source only."""
    from web.commands import bench

    return bench.run(options.what, options.arguments)


def audit_verify(settings: Settings, options: argparse.Namespace) -> int:
    """Check an audit bundle's signature and compute its outcome again, offline."""
    from web.commands import audit

    return audit.verify(options.file, key=options.key)


def audit_key(settings: Settings, options: argparse.Namespace) -> int:
    """Print the public key that signs this server's audit bundles."""
    from web.commands import audit

    return audit.show_key(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="accord",
        description="A real-time consensus room server. Settings are ACCORD_* variables "
        "(docs/settings.md); options below win over them.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = _command(commands, "serve", serve)
    one.add_argument("--host", help="address to listen on (127.0.0.1)")
    one.add_argument("--port", type=int, help="port to listen on (8000)")
    _data(one)

    _data(_command(commands, "migrate", migrate))

    one = _command(commands, "check", check)
    one.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the data folder")
    _data(one)

    one = _command(commands, "backup", backup)
    one.add_argument("folder", type=Path, metavar="DIR", help="a new folder for the copy")
    _data(one)

    one = _command(commands, "restore", restore)
    one.add_argument("folder", type=Path, metavar="DIR", help="the backup")
    _data(one)

    rooms = commands.add_parser("room", help="Rooms for other Yjs clients.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = _command(rooms, "demo", room_demo)
    one.add_argument("--minutes", type=int, default=60, help="how long its token is good (60)")
    one.add_argument("--host", help="where the server listens (127.0.0.1)")
    one.add_argument("--port", type=int, help="the server's port (8000)")
    _data(one)

    one = _command(commands, "dev-llm", dev_llm)
    one.add_argument("--port", type=int, default=8100, dest="llm_port", help="its port (8100)")
    one.add_argument("--fault", metavar="NAME", help="what goes wrong; a wrong name lists them")
    one.add_argument("--delay", type=float, default=0.0, help="seconds before each token (0)")

    one = _command(commands, "facilitator", facilitator)
    one.add_argument("action", choices=("list", "add", "link", "revoke"))
    one.add_argument("name", nargs="?", help="name to add, or id for link and revoke")
    one.add_argument("--host", help="where the server listens (127.0.0.1)")
    one.add_argument("--port", type=int, help="the server's port (8000)")
    _data(one)

    one = _command(commands, "quarantine", quarantine)
    one.add_argument("action", choices=("list", "show", "drop"))
    one.add_argument("id", nargs="?", type=int, help="the number that `list` shows")
    _data(one)

    one = _command(commands, "models", models)
    one.add_argument("action", nargs="?", choices=("list", "download"), default="list")
    one.add_argument("name", nargs="?", help="of the list, or OWNER/NAME at the hub")
    one.add_argument("--revision", help="commit or branch of a model at the hub (main)")
    _data(one)

    one = _command(commands, "erase", erase)
    one.add_argument("id", metavar="ID", help="of the input, document or participant")
    _data(one)

    audits = commands.add_parser("audit", help="Audit bundles.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    one = _command(audits, "verify", audit_verify)
    one.add_argument("file", type=Path, metavar="FILE", help="the signed bundle")
    one.add_argument("--key", metavar="HEX", help="the only public key to accept")
    _data(_command(audits, "key", audit_key))

    one = _command(commands, "fuzz", fuzz)
    one.add_argument("--minutes", type=float, default=1.0, help="for how long (1)")
    one.add_argument("--seed", type=int, help="what to begin with (any)")
    one.add_argument(
        "--corpus",
        type=Path,
        metavar="FILE",
        help="real updates to begin from, one in hex per line",
    )

    one = _command(commands, "bench", bench)
    one.add_argument("what", choices=("rooms",))
    one.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="its own; `accord bench rooms --help` has them"
    )
    return parser


def _command(commands: Any, name: str, function: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=function.__doc__)
    parser.set_defaults(command=function)
    return parser


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder for everything (./accord-data)")


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    return {
        name: value
        for name in ("host", "port", "data")
        if (value := getattr(options, name, None)) is not None
    }


def _complain(message: str) -> int:
    print(f"accord: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
