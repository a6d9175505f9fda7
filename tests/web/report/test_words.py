"""`web.report.words`: what is agreed is said to be, and nothing else."""

from __future__ import annotations

from tests.web.report.samples import bundle
from web.report import words


def _all(value: dict[str, object]) -> str:
    return " ".join(
        " ".join([one.title, *one.lines, *(f"{i.text} {' '.join(i.below)}" for i in one.items)])
        for one in words.sections(value)
    )


def test_an_agreed_text_says_by_what() -> None:
    assert words.status(bundle()) == (
        "Agreed by vote on 2026-03-01 11:00 UTC: 2 approve, 1 object, 0 abstain, of 3 asked. "
        "Rule: at least 2 delegations approve, quorum 3."
    )


def test_nothing_else_claims_agreement() -> None:
    found = words.status(bundle(agreed=False))
    assert found.startswith("Not agreed")
    deciding = bundle(agreed=False)
    deciding["session"]["phase"] = "deciding"
    assert words.status(deciding).startswith("Not agreed: people are voting")


def test_everything_that_is_published_is_said() -> None:
    found = _all(bundle())
    for wanted in (
        "(Ana)",
        "1 of the rankings are predictions of a model",
        "ordered by lot",
        "“quote 1” (a participant)",
        "Supported by 1 input not to be quoted.",
        "Numbers in no source: 12",
        "Sourced sentences: 50%. Participants cited: 75%; least covered group: –.",
        "No AI model",
        "3 people gave 7 inputs; 4 people were in the session.",
        "Round 2: not counted.",
    ):
        assert wanted in found


def test_no_dissent_is_said_too() -> None:
    value = bundle()
    value["dissents"] = []
    assert "Nobody has written one." in _all(value)


def test_a_secret_poll_under_way_has_no_numbers() -> None:
    value = bundle(agreed=False)
    value["polls"][0]["voices"] = None
    value["polls"][0]["outcome"] = None
    assert "ballots are secret until the poll ends" in _all(value)
