"""`web.rehearsal`: who comes first waits for nothing that could have been done before."""

from __future__ import annotations

import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fastapi import routing

from tests.harness import api, running_app
from tests.web.people import cast
from tests.web.wire import peer, room_token


async def test_the_first_to_come_meets_no_query_for_the_first_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLAlchemy says "generated in" where it compiles and "cached since" where it did before."""
    async with running_app(tmp_path) as app, cast(app) as people:
        token = await room_token(people.script, people.session["id"])
        app.services.registry.rooms.clear()
        with caplog.at_level(logging.INFO, "sqlalchemy.engine.Engine"):
            async with peer(f"{app.ws_url}/{people.session['room']}?token={token}"):
                pass
    said = [record.getMessage() for record in caplog.records]
    assert any("cached since" in one for one in said)
    asked = [(statement, how) for statement, how in pairwise(said)]
    compiled = [statement for statement, how in asked if "generated in" in how]
    assert [one for one in compiled if one.startswith("SELECT")] == []


async def test_every_route_is_ready_before_anybody_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    build = vars(routing)["get_dependant"]

    def note(**asked: Any) -> Any:
        made.append(asked["path"])
        return build(**asked)

    async with running_app(tmp_path) as app, api(app.url) as script:
        monkeypatch.setattr(routing, "get_dependant", note)
        assert (await script.get("/api/nowhere")).status_code == 404
    assert made == []
