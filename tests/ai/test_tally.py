"""`ai.tally`: people's rankings over predicted ones."""

from __future__ import annotations

from ai.ballots import RankingBallot
from ai.tally import tally


def ballots(lines: dict[str, str], *, predicted: bool = False) -> list[RankingBallot]:
    sign = "?" if predicted else "!"
    return [
        RankingBallot(voter + sign, voter, tuple((name,) for name in line), predicted)
        for voter, line in lines.items()
    ]


def count(cast: dict[str, str], guessed: dict[str, str], *, asked: int = 4) -> dict[str, object]:
    found = tally(
        "xyz",
        ballots(cast),
        ballots(guessed, predicted=True),
        asked=asked,
        secret="s",
        subject="r",
    )
    assert found is not None
    return found


def test_a_ranking_of_ones_own_stands_instead_of_the_predicted_one() -> None:
    found = count({"ana": "xyz"}, {"ana": "zyx", "ben": "xyz"})
    assert (found["winner"], found["predicted"], found["decided_by"]) == (
        "x",
        1,
        "humans_then_predicted",
    )
    assert (found["humans_only"], found["tau"]) == ("x", -1.0)


def test_where_half_have_ranked_predictions_count_nothing() -> None:
    guessed = dict.fromkeys(("cleo", "dora", "eve"), "zyx")
    found = count({"ana": "xyz", "ben": "xzy"}, guessed)
    assert (found["winner"], found["predicted"], found["decided_by"]) == ("x", 0, "humans")
    assert found["predicted_only"] == "z"
    found = count({"ana": "xyz", "ben": "xzy"}, guessed, asked=5)
    assert found["winner"] == "z"


def test_abstaining_is_having_ranked() -> None:
    assert tally("xy", ballots({"ana": ""}), ballots({"ana": "yx"}, predicted=True), asked=9,
                 secret="s", subject="r") is None  # fmt: skip


def test_nothing_ranked_is_no_result() -> None:
    assert tally("xy", [], [], asked=3, secret="s", subject="r") is None


def test_another_secret_breaks_ties_otherwise() -> None:
    def winner(secret: str) -> str:
        found = tally(
            "xyz",
            ballots({"a": "xyz", "b": "yzx", "c": "zxy"}),
            [],
            asked=3,
            secret=secret,
            subject="r",
        )
        assert found is not None
        return str(found["winner"])

    assert {winner(str(at)) for at in range(40)} == {"x", "y", "z"}
    assert winner("one") == winner("one")
