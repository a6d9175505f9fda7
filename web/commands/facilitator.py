"""`accord facilitator list|add|link|revoke`: who may create sessions."""

from __future__ import annotations

import argparse
import sys

from sqlalchemy.orm import Session

from store import facilitators
from store.database import session_beside
from store.errors import NotFound
from store.ids import new_secret
from web import datafolder
from web.settings import Settings


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it, also while the server runs."""
    if options.action != "list" and not options.name:
        what = "a name" if options.action == "add" else "a facilitator's id"
        print(f"accord: facilitator {options.action} needs {what}", file=sys.stderr)
        return 2
    datafolder.migrate(settings.data)
    try:
        with session_beside(settings.database_path) as session:
            return _do(session, settings, options.action, options.name)
    except NotFound:
        print(f"accord: there is no facilitator {options.name}", file=sys.stderr)
        return 1


def _do(session: Session, settings: Settings, action: str, name: str) -> int:
    if action == "list":
        for one in facilitators.all_of_them(session):
            state = "revoked" if one.revoked_at else "active"
            print(f"{one.id}  {state}  {one.name}")
        return 0
    if action == "revoke":
        facilitators.revoke(session, name)
        print("revoked; their sessions stay")
        return 0
    token = new_secret()
    if action == "add":
        made = facilitators.add(session, name, token)
    else:
        made = facilitators.replace_token(session, name, token)
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    print(f"{made.id}  {made.name}\n{base}/sign-in#{token}")
    return 0
