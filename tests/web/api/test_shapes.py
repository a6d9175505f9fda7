"""`web.api.shapes`: what rows look like to who may see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from store.models import Invitation, Participant
from web.api import shapes

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_moment_is_in_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=2))
    assert shapes.moment(datetime(2026, 11, 23, 14, 0, 0, 999, tzinfo=east)) == (
        "2026-11-23T12:00:00Z"
    )
    assert shapes.moment(None) is None


@pytest.mark.parametrize(
    ("revoked", "joined", "expires", "state"),
    [
        (False, False, AT + timedelta(seconds=1), "open"),
        (False, False, AT, "expired"),
        (False, True, AT, "joined"),
        (True, True, AT + timedelta(days=1), "revoked"),
    ],
)
def test_an_invitation_is_what_matters_most_about_it(
    revoked: bool, joined: bool, expires: datetime, state: str
) -> None:
    invitation = Invitation(
        id="i",
        email=None,
        role="participant",
        expires_at=expires,
        revoked_at=AT if revoked else None,
    )
    person = Participant(name="Ana") if joined else None
    found = shapes.invitation_json(invitation, person, at=AT)
    assert found["state"] == state
    assert found["name"] == ("Ana" if joined else None)
    assert "link" not in found


def test_the_place_of_a_quote_is_its_authors_alone() -> None:
    source = {
        "citation": 1,
        "input": "mine",
        "start": 3,
        "end": 9,
        "quote": None,
        "author": None,
        "document": None,
    }
    assert shapes.source_json(source, {"mine"}) == source
    hidden = {**source, "input": None, "start": None, "end": None}
    assert shapes.source_json(source, {"another"}) == hidden
