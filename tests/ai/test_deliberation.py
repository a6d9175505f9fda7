"""`ai.deliberation`: what may happen next, whoever tries what, and that the audit is enough to see it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai.deliberation import (
    BallotCast,
    Deliberation,
    Event,
    Moved,
    PollClosed,
    PollOpened,
    PollVoided,
    RankingCast,
    RoundClosed,
    read_event,
    replay,
)
from ai.errors import BadBallot, NotAllowed
from ai.rules import Choice, Kind, Outcome, Per, Rule
from store.sessions import Phase

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXT, OTHER = "a" * 64, "b" * 64
YES, NO, PASS = Choice.APPROVE, Choice.OBJECT, Choice.ABSTAIN
TRIO: dict[str, str | None] = {"ana": "north", "ben": "north", "cleo": None}


class Story:
    """A deliberation that is told."""

    def __init__(self) -> None:
        self.state = Deliberation()
        self.events: list[Event] = []
        self.now = START
        self._ballots = 0

    def do(self, events: list[Event]) -> list[Event]:
        for event in events:
            self.state = self.state.apply(event)
        self.events += events
        return events

    def open_poll(self, rule: Rule | None = None, voters: Any = None) -> list[Event]:
        if rule is not None:
            self.do(self.state.set_rule(rule))
        return self.do(
            self.state.open_poll(
                f"poll{len(self.state.polls)}",
                text_hash=TEXT,
                voters=TRIO if voters is None else voters,
                now=self.now,
                seen=None,
            )
        )

    def vote(self, voter: str, choice: Choice = YES, **fields: Any) -> list[Event]:
        self._ballots += 1
        value: dict[str, Any] = {
            "poll_id": self.state.polls[-1].id,
            "text_hash": TEXT,
            "ballot": f"ballot{self._ballots}",
            "now": self.now,
            **fields,
        }
        return self.do(self.state.cast_ballot(voter, choice=choice, **value))


@pytest.fixture
def story() -> Story:
    return Story()


def refused(reason: str, step: Callable[[], object]) -> None:
    with pytest.raises(NotAllowed) as caught:
        step()
    assert caught.value.reason == reason


# Moving


def test_a_facilitator_moves_on_and_back_as_often_as_they_like(story: Story) -> None:
    for phase in (Phase.DRAFTING, Phase.REFINING, Phase.GATHERING, Phase.DRAFTING):
        story.do(story.state.move(phase, seen=None))
        assert story.state.phase is phase


def test_nobody_moves_a_session_to_agreed(story: Story) -> None:
    refused("not-by-hand", lambda: story.state.move(Phase.AGREED, seen=None))
    story.open_poll()
    refused("not-by-hand", lambda: story.state.move(Phase.AGREED, seen=Phase.DECIDING))


def test_of_two_facilitators_at_once_the_second_is_told(story: Story) -> None:
    seen = story.state.phase
    story.do(story.state.move(Phase.DRAFTING, seen=seen))
    refused("phase-moved", lambda: story.state.move(Phase.REFINING, seen=seen))
    refused("phase-moved", lambda: story.state.move(Phase.DRAFTING, seen=None))


def test_of_two_who_open_a_poll_at_once_one_does(story: Story) -> None:
    seen = story.state.phase
    story.open_poll()
    for before in (seen, None):
        refused(
            "phase-moved",
            lambda before=before: story.state.open_poll(  # type: ignore[misc]
                "poll9", text_hash=OTHER, voters=TRIO, now=START, seen=before
            ),
        )


def test_ballots_are_not_voided_by_who_does_not_know_there_are_any(story: Story) -> None:
    story.open_poll()
    story.vote("ana")
    refused("phase-moved", lambda: story.state.move(Phase.REFINING, seen=Phase.REFINING))
    refused("phase-moved", lambda: story.state.move(Phase.REFINING, seen=None))
    assert story.state.poll is not None


# Polls


def test_all_approve_and_it_is_agreed(story: Story) -> None:
    story.open_poll()
    assert story.state.phase is Phase.DECIDING
    assert len(story.vote("ana")) == len(story.vote("ben")) == 1
    assert story.vote("cleo")[1] == PollClosed("poll0", Outcome.AGREED, 3, 0, 0, 3)
    assert replay(story.events).phase is Phase.AGREED


def test_nothing_leads_away_from_agreed(story: Story) -> None:
    story.open_poll(voters={"ana": None})
    story.vote("ana")
    for phase in (Phase.GATHERING, Phase.DRAFTING, Phase.REFINING):
        refused("agreed", lambda phase=phase: story.state.move(phase, seen=Phase.AGREED))  # type: ignore[misc]
    refused("agreed", lambda: story.open_poll())
    refused("poll-closed", lambda: story.vote("ana", NO))
    refused("rule-locked", lambda: story.state.set_rule(Rule(quorum=2)))
    refused("rule-locked", lambda: story.state.set_secret(True))
    refused("not-now", lambda: story.state.open_round("r", ["a", "b"], commitment=""))
    assert story.state.settle(START + timedelta(days=9), text_hash=OTHER) == []


def test_reopening_voids_every_ballot_and_the_next_poll_starts_from_none(story: Story) -> None:
    story.open_poll()
    story.vote("ana")
    story.vote("ben")
    voided = story.do(story.state.move(Phase.REFINING, seen=Phase.DECIDING))
    assert voided == [PollVoided("poll0", "reopened", Phase.REFINING)]
    refused("poll-closed", lambda: story.vote("cleo", poll_id="poll0"))
    story.open_poll()
    assert story.state.poll is not None
    assert story.state.poll.ballots == {}
    refused("poll-closed", lambda: story.vote("cleo", poll_id="poll0"))
    assert story.state.polls[0].outcome is Outcome.VOID
    assert len(story.state.polls[0].ballots) == 2  # kept, to be seen


def test_a_mind_can_be_changed_while_the_poll_lasts(story: Story) -> None:
    story.open_poll()
    story.vote("ana", NO)
    story.vote("ana", YES)
    story.vote("ben")
    assert story.vote("cleo")[-1] == PollClosed("poll0", Outcome.AGREED, 3, 0, 0, 3)


def test_a_ballot_for_another_text_is_refused(story: Story) -> None:
    story.open_poll()
    refused("other-text", lambda: story.vote("ana", text_hash=OTHER))
    assert story.state.polls[0].ballots == {}


def test_who_came_after_the_poll_opened_has_no_vote_in_it(story: Story) -> None:
    story.open_poll()
    refused("no-vote", lambda: story.vote("dora"))


def test_a_late_ballot_is_refused_though_nobody_has_closed_the_poll(story: Story) -> None:
    story.open_poll(Rule(minutes=60))
    story.now = START + timedelta(minutes=59, seconds=59)
    story.vote("ana")
    story.now = START + timedelta(minutes=60)
    refused("poll-closed", lambda: story.vote("ben"))
    assert story.do(story.state.settle(story.now)) == [
        PollClosed("poll0", Outcome.NOT_AGREED, 1, 0, 0, 3)
    ]
    assert story.state.phase is Phase.REFINING


def test_no_objection_until_the_deadline_agrees(story: Story) -> None:
    story.open_poll(Rule(Kind.NO_OBJECTION, minutes=60))
    story.vote("ana")
    assert story.state.settle(START + timedelta(minutes=59)) == []
    story.do(story.state.settle(START + timedelta(minutes=60)))
    assert story.state.phase is Phase.AGREED


def test_silence_alone_agrees_to_nothing(story: Story) -> None:
    story.open_poll(Rule(Kind.NO_OBJECTION, minutes=60))
    story.do(story.state.settle(START + timedelta(days=1)))
    assert story.state.phase is Phase.REFINING


def test_a_text_that_changed_under_a_poll_voids_it(story: Story) -> None:
    story.open_poll()
    assert story.state.settle(START, text_hash=TEXT) == []
    story.do(story.state.settle(START, text_hash=OTHER))
    assert story.state.polls[0].outcome is Outcome.VOID
    assert story.state.phase is Phase.REFINING


def test_a_rule_nobody_could_meet_opens_no_poll(story: Story) -> None:
    refused("bad-rule", lambda: story.open_poll(Rule(Kind.K_OF_N, approvals=4)))
    refused("bad-rule", lambda: story.open_poll(Rule(), voters={}))
    refused("bad-rule", lambda: story.open_poll(Rule(per=Per.DELEGATION, quorum=3)))
    assert story.state.polls == ()


def test_rule_and_secrecy_are_fixed_before_the_first_ballot(story: Story) -> None:
    two = Rule(Kind.K_OF_N, approvals=2)
    story.do(story.state.set_secret(True))
    story.open_poll(two)
    refused("poll-open", lambda: story.state.set_rule(Rule()))
    refused("poll-open", lambda: story.state.set_secret(False))
    story.do(story.state.move(Phase.REFINING, seen=Phase.DECIDING))
    story.do(story.state.set_rule(Rule()))  # nobody has voted
    story.do(story.state.set_rule(two))
    story.open_poll()
    story.vote("ana")
    story.do(story.state.move(Phase.REFINING, seen=Phase.DECIDING))
    refused("rule-locked", lambda: story.state.set_rule(Rule()))
    refused("rule-locked", lambda: story.state.set_secret(False))
    assert (story.state.rule, story.state.secret) == (two, True)


def test_what_changes_nothing_is_no_event(story: Story) -> None:
    assert story.state.set_rule(Rule()) == []
    assert story.state.set_secret(False) == []


def test_ids_are_not_used_twice(story: Story) -> None:
    story.open_poll()
    story.vote("ana", ballot="x")
    refused("used-id", lambda: story.vote("ben", ballot="x"))
    story.do(story.state.move(Phase.REFINING, seen=Phase.DECIDING))
    refused(
        "used-id",
        lambda: story.state.open_poll("poll0", text_hash=TEXT, voters=TRIO, now=START, seen=None),
    )


# Rounds


def open_round(story: Story, ident: str = "r1", closes_at: datetime | None = None) -> None:
    story.do(
        story.state.open_round(ident, ["x", "y", "z"], commitment="c" * 64, closes_at=closes_at)
    )


def test_any_number_of_rounds_comes_one_after_the_other(story: Story) -> None:
    refused("not-now", lambda: open_round(story))
    story.do(story.state.move(Phase.DRAFTING, seen=None))
    for number in (1, 2, 3):
        open_round(story, f"r{number}")
        refused("round-open", lambda: open_round(story, "other"))
        refused("round-open", lambda: story.open_poll())
        story.do(story.state.close_round(f"r{number}", winner="y", seed="0"))
        refused("round-closed", lambda: story.state.close_round(f"r{number}"))  # noqa: B023
        refused("used-id", lambda: open_round(story, f"r{number}"))  # noqa: B023
    assert [(one.number, one.winner) for one in story.state.rounds] == [
        (1, "y"),
        (2, "y"),
        (3, "y"),
    ]


def test_the_last_ranking_of_each_counts(story: Story) -> None:
    story.do(story.state.move(Phase.DRAFTING, seen=None))
    open_round(story)
    for voter, ballot, tiers in (
        ("ana", "1", ["x"]),
        ("ben", "2", [["x", "z"]]),
        ("ana", "3", ["y", "x"]),
    ):
        story.do(
            story.state.cast_ranking(voter, round_id="r1", ballot=ballot, tiers=tiers, now=START)
        )
    assert story.state.round is not None
    assert story.state.round.rankings == {
        "ana": ("3", (("y",), ("x",))),
        "ben": ("2", (("x", "z"),)),
    }


def test_rankings_come_in_time_for_the_right_round_and_of_its_candidates(story: Story) -> None:
    def rank(round_id: str = "r1", tiers: Any = ("x",), now: datetime = START) -> object:
        return story.state.cast_ranking("ana", round_id=round_id, ballot="1", tiers=tiers, now=now)

    refused("round-closed", rank)
    story.do(story.state.move(Phase.DRAFTING, seen=None))
    open_round(story, closes_at=START + timedelta(hours=1))
    refused("round-closed", lambda: rank("r2"))
    refused("round-closed", lambda: rank(now=START + timedelta(hours=1)))
    for tiers in (["q"], ["x", "x"], "x"):
        with pytest.raises(BadBallot):
            rank(tiers=tiers)
    assert story.state.round is not None
    assert story.state.round.rankings == {}


def test_one_candidate_is_no_choice(story: Story) -> None:
    story.do(story.state.move(Phase.DRAFTING, seen=None))
    for candidates in ([], ["x"], ["x", "x"]):
        refused(
            "too-few-candidates",
            lambda candidates=candidates: story.state.open_round("r", candidates, commitment=""),  # type: ignore[misc]
        )


# Whatever happens


PEOPLE = ("ana", "ben", "cleo", "dora")
some_rules = st.builds(
    Rule,
    kind=st.sampled_from(Kind),
    per=st.sampled_from(Per),
    approvals=st.none() | st.integers(1, 3),
    quorum=st.integers(1, 3),
    minutes=st.none() | st.integers(1, 90),
)
steps = st.one_of(
    st.tuples(st.just("rule"), some_rules),
    st.tuples(st.just("secret"), st.booleans()),
    st.tuples(
        st.just("move"),
        st.sampled_from([Phase.GATHERING, Phase.DRAFTING, Phase.REFINING, Phase.AGREED]),
        st.none() | st.sampled_from(Phase),
    ),
    st.tuples(st.just("open poll"), st.sampled_from([TEXT, OTHER]), st.integers(0, 4)),
    st.tuples(
        st.just("vote"),
        st.sampled_from(PEOPLE),
        st.sampled_from([YES, YES, YES, NO, PASS]),
        st.sampled_from([TEXT, TEXT, TEXT, OTHER]),
        st.sampled_from([0, 0, 0, 1]),
    ),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("settle"), st.sampled_from([None, None, TEXT, OTHER])),
    st.tuples(st.just("open round"), st.integers(0, 3)),
    st.tuples(
        st.just("rank"), st.sampled_from(PEOPLE), st.lists(st.sampled_from("xyzq"), max_size=3)
    ),
    st.tuples(st.just("close round"), st.sampled_from([None, "x"])),
)


def take(story: Story, step: Any) -> list[Event]:
    """Try one step, whether it makes sense or not."""
    state = story.state
    match step:
        case ("rule", rule):
            return state.set_rule(rule)
        case ("secret", secret):
            return state.set_secret(secret)
        case ("move", to, seen):
            return state.move(to, seen=seen)
        case ("open poll", text, people):
            voters = {name: TRIO.get(name) for name in PEOPLE[:people]}
            ident = f"poll{len(state.polls)}"
            return state.open_poll(ident, text_hash=text, voters=voters, now=story.now, seen=None)
        case ("vote", voter, choice, text, back):
            ident = f"poll{max(0, len(state.polls) - 1 - back)}"
            return state.cast_ballot(
                voter,
                poll_id=ident,
                text_hash=text,
                choice=choice,
                ballot=f"b{len(story.events)}",
                now=story.now,
            )
        case ("wait", minutes):
            story.now += timedelta(minutes=minutes)
            return []
        case ("settle", text):
            return state.settle(story.now, text_hash=text)
        case ("open round", number):
            names = "xyz"[:number]
            return state.open_round(f"r{len(state.rounds)}", names, commitment="c")
        case ("rank", voter, tiers):
            ident = f"r{len(state.rounds) - 1}"
            return state.cast_ranking(
                voter, round_id=ident, ballot=f"b{len(story.events)}", tiers=tiers, now=story.now
            )
        case ("close round", winner):
            return state.close_round(f"r{len(state.rounds) - 1}", winner=winner, seed="0")
    raise AssertionError(step)


def approves_by_hand(opened: PollOpened, cast: list[BallotCast], over: bool) -> bool:
    """The rules once more, in other words."""
    last = {one.voter: one.choice for one in cast}
    if opened.rule.per is Per.DELEGATION:
        sides = {voter: name or f"({voter})" for voter, name in opened.voters.items()}
    else:
        sides = {voter: f"({voter})" for voter in opened.voters}
    voices = []
    for side in set(sides.values()):
        said = [last[one] for one in sides if sides[one] == side and one in last]
        score = said.count(YES) - said.count(NO)
        voices.append(None if not said else YES if score > 0 else NO if score < 0 else PASS)
    spoken = [one for one in voices if one is not None]
    if YES not in spoken or len(spoken) < opened.rule.quorum:
        return False
    match opened.rule.kind:
        case Kind.UNANIMITY:
            return set(voices) == {YES}
        case Kind.NO_OBJECTION:
            return NO not in voices and (over or None not in voices)
        case Kind.K_OF_N:
            assert opened.rule.approvals is not None
            enough = voices.count(YES) >= opened.rule.approvals
            return enough and (over or None not in voices or opened.rule.minutes is None)


@settings(max_examples=400)
@given(st.lists(steps, max_size=40))
def test_whatever_is_tried_only_the_rule_agrees_and_the_audit_replays_it(tried: list[Any]) -> None:
    story = Story()
    rule_at_first_ballot: tuple[Rule, bool] | None = None
    for step in tried:
        before = story.state
        try:
            events = take(story, step)
        except (NotAllowed, BadBallot):
            assert story.state is before
            continue
        if before.phase is Phase.AGREED:
            assert events == []
        for event in events:
            story.do([event])
            if isinstance(event, Moved | PollVoided):
                assert event.after not in (Phase.AGREED, Phase.DECIDING)
            if isinstance(event, BallotCast):
                rule_at_first_ballot = rule_at_first_ballot or (
                    story.state.rule,
                    story.state.secret,
                )
        if rule_at_first_ballot is not None:
            assert (story.state.rule, story.state.secret) == rule_at_first_ballot
        check_polls(story)
    check_audit(story)


def check_polls(story: Story) -> None:
    state = story.state
    assert (state.phase is Phase.DECIDING) == (state.poll is not None)
    opened = [one for one in story.events if isinstance(one, PollOpened)]
    ends = {one.poll: one for one in story.events if isinstance(one, PollClosed | PollVoided)}
    assert [one.poll for one in opened] == [one.id for one in state.polls]
    agreed = []
    for one in opened:
        cast = [e for e in story.events if isinstance(e, BallotCast) and e.poll == one.poll]
        assert all(e.voter in one.voters and e.text_hash == one.text_hash for e in cast)
        end = ends.get(one.poll)
        if isinstance(end, PollClosed):
            over = one.closes_at is not None and story.now >= one.closes_at
            met = approves_by_hand(one, cast, over)
            assert met == (end.outcome is Outcome.AGREED)
            agreed += [one.poll] * met
    assert (state.phase is Phase.AGREED) == (len(agreed) == 1)


def check_audit(story: Story) -> None:
    """From JSON and the ballots everything comes back."""
    assert replay(story.events) == story.state
    read = []
    for event in story.events:
        line = json.loads(json.dumps(event.details()))
        secret: dict[str, Any] = {name: getattr(event, name) for name in event.SECRET}
        assert not set(line) & set(secret)
        read.append(read_event(event.ACTION, line, **secret))
    assert read == story.events
    assert replay(one for one in read if one is not None) == story.state


def test_the_audit_says_who_voted_and_not_what(story: Story) -> None:
    story.open_poll()
    story.vote("ana", NO)
    cast = story.events[-1]
    assert isinstance(cast, BallotCast)
    assert set(cast.details()) == {"poll", "ballot", "text_hash"}
    ranking = RankingCast("r1", "b1", "ana", (("x",),))
    assert set(ranking.details()) == {"round", "ballot"}


def test_what_else_is_in_the_audit_is_passed_over() -> None:
    assert read_event("input.given", {}) is None


@pytest.mark.parametrize("details", [{}, {"before": "gathering", "after": "nowhere"}])
def test_an_entry_that_was_tampered_with_is_an_error(details: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        read_event(Moved.ACTION, details)


def test_a_round_called_off_has_no_winner(story: Story) -> None:
    story.do(story.state.move(Phase.DRAFTING, seen=None))
    open_round(story)
    assert story.do(story.state.close_round("r1")) == [RoundClosed("r1", None, None)]
    assert story.state.rounds[0].winner is None
