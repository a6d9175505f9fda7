"""`rooms.versions`: where one version ends and the next begins, and what becomes of old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from collab.authorship import Change, Piece
from collab.origins import Via
from rooms.versions import Cause, Grouping, Share, Version, Writer, join, pack, unpack

START = datetime(2026, 11, 26, 9, tzinfo=UTC)
ANA, BO = Writer("ana", Via.SOCKET.value), Writer("bo", Via.SOCKET.value)
ACCEPTING = Writer("ana", Via.DECISION.value)
RESTORING = Writer("ana", Via.RESTORE.value)
TYPED = Change(added=10)

Step = tuple[float, Writer] | tuple[float, Writer, Change]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def grouped(
    steps: Sequence[Step], moments: Sequence[datetime] = (), last: Version | None = None
) -> list[Version]:
    """Group updates, each at a minute by somebody."""
    grouping = Grouping(moments, last)
    for number, (minute, writer, *change) in enumerate(steps, last.seq + 1 if last else 1):
        grouping.add(number, at(minute), writer, change[0] if change else TYPED)
    return grouping.versions


def spans(versions: Sequence[Version]) -> list[tuple[int, int]]:
    return [(one.first, one.seq) for one in versions]


def test_people_who_write_at_once_make_one_version_and_a_pause_ends_it() -> None:
    first, second = grouped([(0, ANA), (1, BO, Change(added=5, removed=2)), (2, ANA), (8, BO)])
    assert (first.first, first.seq, second.first, second.seq) == (1, 3, 4, 4)
    assert first.shares == {ANA: Share(20, 0), BO: Share(5, 2)}
    assert (first.begun, first.ended) == (at(0), at(2))
    assert (first.characters, second.characters) == (23, 33)


def test_who_never_pauses_gets_a_version_all_the_same() -> None:
    assert spans(grouped([(minute, ANA) for minute in range(65)])) == [(1, 30), (31, 60), (61, 65)]


def test_what_was_accepted_or_restored_stands_for_itself() -> None:
    found = grouped(
        [(0, ANA), (0.1, ACCEPTING), (0.2, ACCEPTING), (0.3, RESTORING), (0.4, RESTORING), (1, BO)]
    )
    assert spans(found) == [(1, 1), (2, 3), (4, 4), (5, 5), (6, 6)]
    assert [one.cause for one in found] == [
        Cause.WRITTEN,
        Cause.ACCEPTED,
        Cause.RESTORED,
        Cause.RESTORED,
        Cause.WRITTEN,
    ]


def test_the_text_people_were_asked_about_is_a_version() -> None:
    found = grouped([(0, ANA), (1, ANA), (2, ANA)], [at(1.5)])
    assert [(one.first, one.seq, one.marked) for one in found] == [(1, 2, True), (3, 3, False)]
    assert grouped([(0, ANA)], [at(3)])[0].marked
    assert not grouped([(3, ANA)], [at(0)])[0].marked


def test_what_changes_no_text_makes_no_version() -> None:
    assert grouped([(0, ANA, Change()), (9, BO, Change())]) == []
    assert grouped([(0, ANA, Change(look=True))])[0].shares == {ANA: Share(0, 0)}


def test_a_clock_that_goes_back_is_no_pause() -> None:
    assert spans(grouped([(10, ANA), (0, ANA), (1, ANA)])) == [(1, 3)]


def test_the_last_version_goes_on_where_it_was_left() -> None:
    steps: list[Step] = [(0, ANA), (1, BO), (2, ANA), (20, BO)]
    (begun,) = grouped(steps[:2])
    assert grouped(steps[2:], last=begun) == grouped(steps)
    assert grouped([], last=begun) == [begun]


def day(number: int, hour: int, seq: int, **fields: object) -> Version:
    when = datetime(2026, 11, number, hour, tzinfo=UTC)
    version = Version(seq, seq, when, when, Cause.WRITTEN, {ANA: Share(10, 1)}, 10 * seq, **fields)  # type: ignore[arg-type]
    return version


def test_of_old_versions_one_stays_for_each_day_and_says_what_all_of_them_did() -> None:
    versions = [
        day(1, 9, 1),
        day(1, 12, 2),
        day(1, 20, 3),
        day(2, 9, 4),
        day(9, 9, 5),
        day(9, 10, 6),
    ]
    ((made, gone),) = join(versions, before=datetime(2026, 11, 8, tzinfo=UTC))
    assert (made.first, made.seq, gone, made.joined) == (1, 3, [1, 2], 3)
    assert made.shares == {ANA: Share(30, 3)}
    assert (made.begun, made.ended) == (versions[0].begun, versions[2].ended)
    assert join([made, *versions[3:]], before=datetime(2026, 11, 8, tzinfo=UTC)) == []


def test_what_people_were_asked_about_and_the_newest_are_not_joined_with_what_follows() -> None:
    versions = [day(1, 9, 1), day(1, 10, 2, marked=True), day(1, 11, 3), day(1, 12, 4)]
    ((made, gone),) = join(versions, before=datetime(2026, 12, 1, tzinfo=UTC))
    assert (made.seq, made.marked, gone) == (2, True, [1])


def test_a_text_and_its_authors_are_the_same_after_a_night_on_disk() -> None:
    pieces = [
        Piece("Größe 😀", 0, {"bold": True}),
        Piece(None, 1, {}, {"image": "x"}),
        Piece("\n", -1),
    ]
    assert unpack(pack(pieces, [ANA, BO])) == (pieces, [ANA, BO])
