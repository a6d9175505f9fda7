"""What a running server is made of, built once and handed to every handler."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from ai.decisions import Decisions
from ai.erasure import Eraser
from ai.interviews import Interviews
from ai.polls import Polls
from ai.rounds import Rounds
from ai.runs import Bot
from ingest.direct import DirectUploads
from ingest.pictures import Pictures
from ingest.pipeline import Ingest
from ingest.uploads import Spool
from rooms.registry import Registry
from store.blobs import Blobs
from store.database import Database
from store.links import Links
from store.search import Search
from web.credentials import BadCredentials
from web.events import Events
from web.handshakes import Handshakes
from web.readiness import Readiness
from web.settings import Settings


@dataclass(slots=True)
class Services:
    """
    Attributes:
        reads_pictures: Whether there is a program here that does.
        draining: The server is stopping: nobody new is let in.
        kicks: How often somebody was sent away (`web.kicks`).
    """

    settings: Settings
    database: Database
    registry: Registry
    blobs: Blobs
    links: Links
    spool: Spool
    direct: DirectUploads
    ingest: Ingest
    pictures: Pictures
    search: Search
    decisions: Decisions
    eraser: Eraser
    polls: Polls
    rounds: Rounds
    interviews: Interviews
    bot: Bot
    events: Events
    bad_credentials: BadCredentials
    readiness: Readiness
    handshakes: Handshakes
    reads_pictures: bool
    draining: bool = False
    kicks: int = 0


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the server that got this request."""
    app: FastAPI = connection.app
    found: Services = app.state.services
    return found
