"""
The order of units: where each stands among its siblings, deleted ones included.

The engine knows this too and tells nobody. It is needed to refuse what no honest client can say: an item whose left
neighbour stands right of its right neighbour. Yjs places such an item differently depending on what it meets
first, and then two people never see the same text again.

Units that were made one after the other form a run. A place (`collab.accepted.Place`) has one list of runs; the
position of a new run is Yjs's own integration, so that the order here is the order everywhere.

Source: yjs `src/structs/Item.js`, `integrate`; Nicolaescu et al., "Near Real-Time Peer-to-Peer Shared Editing on
Extensible Data Types" (YATA), 2016.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush

from collab.errors import Unsupported
from collab.structs import Id

#: Runs looked at to find the place of one item. Between the neighbours of honest work stands what others have
#: written meanwhile; a hostile item may name the two ends of the text.
MAX_STEPS = 20_000

#: Runs looked at for all items of an update: for thousands of items at one place it would be millions.
MAX_STEPS_OF_UPDATE = 40_000


class Run:
    """
    Units of one client that stand beside each other in one place.

    Attributes:
        client, clock, length: Which units.
        origin, right_origin: Of its first unit.
        line: The order it is in; None for what was garbage-collected and is nowhere.
        age: When its first unit came: after all that it refers to.
    """

    __slots__ = (
        "age",
        "client",
        "clock",
        "left",
        "length",
        "line",
        "origin",
        "right",
        "right_origin",
    )

    def __init__(
        self,
        client: int,
        clock: int,
        length: int,
        origin: Id | None,
        right_origin: Id | None,
        line: Line | None,
        age: int,
    ) -> None:
        self.client = client
        self.clock = clock
        self.length = length
        self.origin = origin
        self.right_origin = right_origin
        self.line = line
        self.age = age
        self.left: Run | None = None
        self.right: Run | None = None

    @property
    def end(self) -> int:
        """One past the last clock."""
        return self.clock + self.length


class Line:
    """
    The runs of one place, in order.

    Attributes:
        parent: The root's name, or the id of the type.
        key: The key, if the parent is a map.
    """

    __slots__ = ("key", "parent", "start")

    def __init__(self, parent: str | Id, key: str | None) -> None:
        self.parent = parent
        self.key = key
        self.start: Run | None = None


class ClientRuns:
    """One client's runs by clock, without holes."""

    __slots__ = ("_firsts", "_runs")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._runs: list[Run] = []

    def append(self, run: Run) -> None:
        """Add the next run."""
        self._firsts.append(run.clock)
        self._runs.append(run)

    def pop(self) -> Run:
        """Take the last run off."""
        self._firsts.pop()
        return self._runs.pop()

    def last(self) -> Run | None:
        """Return the newest run."""
        return self._runs[-1] if self._runs else None

    def at(self, clock: int) -> Run | None:
        """Return the run a unit is in."""
        index = bisect_right(self._firsts, clock) - 1
        if index < 0 or clock >= self._runs[index].end:
            return None
        return self._runs[index]

    def between(self, first: int, end: int) -> list[Run]:
        """Return the runs that have units in ``[first, end)``."""
        low = max(0, bisect_right(self._firsts, first) - 1)
        high = bisect_right(self._firsts, end - 1)
        return [run for run in self._runs[low:high] if run.end > first]

    def length_from(self, clock: int) -> int:
        """Return how many units there are from one to the last."""
        return self._runs[-1].end - clock if self._runs else 0

    def split(self, clock: int) -> Run:
        """Cut the run of a unit in front of it; return the part that begins with it."""
        index = bisect_right(self._firsts, clock) - 1
        run = self._runs[index]
        if run.clock == clock:
            return run
        tail = Run(
            run.client,
            clock,
            run.end - clock,
            (run.client, clock - 1),
            run.right_origin,
            run.line,
            run.age,
        )
        run.length = clock - run.clock
        tail.left, tail.right = run, run.right
        if run.right is not None:
            run.right.left = tail
        run.right = tail
        self._firsts.insert(index + 1, clock)
        self._runs.insert(index + 1, tail)
        return tail


class Order:
    """All runs of one document, and the way to find any unit."""

    def __init__(self) -> None:
        self._clients: dict[int, ClientRuns] = {}
        self._age = 0
        self.begin()

    def begin(self) -> None:
        """An update begins: how much may be looked at for its items counts from here."""
        self._steps = self._looks = MAX_STEPS_OF_UPDATE
        self._seen: dict[int, _Seen] = {}

    def look(self) -> None:
        """
        Count a run that is looked at to know what an author has seen.

        Raises:
            Unsupported: If the authors of one update, who are one as good as always, make it too many.
        """
        if not self._looks:
            raise Unsupported("an item between neighbours that are too far apart")
        self._looks -= 1

    def at(self, unit: Id) -> Run | None:
        """Return the run a unit is in, None if the unit is not known."""
        runs = self._clients.get(unit[0])
        return runs.at(unit[1]) if runs is not None else None

    def last(self, client: int) -> Run | None:
        """Return the newest run of a client."""
        runs = self._clients.get(client)
        return runs.last() if runs is not None else None

    def between(self, client: int, first: int, end: int) -> list[Run]:
        """Return the runs of a client that have units in ``[first, end)``."""
        runs = self._clients.get(client)
        return runs.between(first, end) if runs is not None else []

    def bury(self, client: int, clock: int, length: int) -> Run:
        """Add units that are nowhere."""
        run = Run(client, clock, length, None, None, None, self._next_age())
        self._of(client).append(run)
        return run

    def place(
        self,
        line: Line,
        client: int,
        clock: int,
        length: int,
        origin: Id | None,
        right_origin: Id | None,
        *,
        trusted: bool = False,
    ) -> Run | int:
        """
        Add the next units of a client where Yjs puts them.

        Args:
            trusted: Take them as they are: the log holds them already.

        Returns:
            The new run; or, if they only made the client's last run longer, by how much.

        Raises:
            Unsupported: If no view of the document could have had these two as neighbours.
        """
        runs = self._of(client)
        last = runs.last()
        if (
            last is not None
            and origin == (client, clock - 1)
            and last.end == clock
            and last.line is line
            and last.right_origin == right_origin
            and (last.right is None or last.right.origin != origin)
        ):
            # Typing on. Between it and its right neighbour stands what stood there when the run was placed, and what
            # came since: nothing that its author has shown to know, who shows nothing new.
            last.length += length
            return length
        right = self._begin_at(
            right_origin
        )  # first: cutting for the left one must not shorten it again
        left = self._end_at(origin)
        run = Run(client, clock, length, origin, right_origin, line, self._next_age())
        if not trusted:
            self._check_neighbours(run, left, right)
        self._link(run, self._find_left(run, left, right))
        runs.append(run)
        return run

    def undo(self, client: int, added: Run | int) -> None:
        """Take back the newest addition of a client. It may have been cut in pieces since."""
        runs = self._of(client)
        left = added if isinstance(added, int) else runs.length_from(added.clock)
        while left > 0:
            last = runs.last()
            assert last is not None
            if last.length > left:
                last.length -= left
                return
            left -= last.length
            runs.pop()
            if last.line is not None:
                self._unlink(last)

    def _next_age(self) -> int:
        self._age += 1
        return self._age

    def _of(self, client: int) -> ClientRuns:
        runs = self._clients.get(client)
        if runs is None:
            runs = self._clients[client] = ClientRuns()
        return runs

    def _end_at(self, unit: Id | None) -> Run | None:
        """The run that ends with a unit; a longer one is cut."""
        if unit is None:
            return None
        client, clock = unit
        runs = self._clients[client]
        run = runs.at(clock)
        assert run is not None
        if run.end > clock + 1:
            self._cut((client, clock + 1))
        return run

    def _begin_at(self, unit: Id | None) -> Run | None:
        """The run that begins with a unit; a longer one is cut."""
        return self._cut(unit) if unit is not None else None

    def _cut(self, unit: Id) -> Run:
        whole = self.at(unit)
        begun = self._clients[unit[0]].split(unit[1])
        if whole is not None and whole is not begun:
            for seen in self._seen.values():
                seen.cut(whole, begun)
        return begun

    def _check_neighbours(self, run: Run, left: Run | None, right: Run | None) -> None:
        """
        Left and right were neighbours in what the author saw: between them stands only what they had not seen.

        Then somebody honest could have made this item, and Yjs puts it in the same place whatever it meets first.

        Raises:
            Unsupported: If that cannot be, or too much lies between.
        """
        assert run.line is not None
        other = left.right if left is not None else run.line.start
        between: set[Run] = set()
        most = min(MAX_STEPS, self._steps)
        while other is not right:
            if other is None:
                raise Unsupported("an item between neighbours that stand the wrong way round")
            if len(between) == most:
                raise Unsupported("an item between neighbours that are too far apart")
            between.add(other)
            other = other.right
        self._steps -= len(between)
        if between and self._seen_by(run).has_any(between):
            raise Unsupported("an item between neighbours that never were any")

    def _seen_by(self, run: Run) -> _Seen:
        """Return what the author of a run had seen when they made it."""
        seen = self._seen.get(run.client)
        if seen is None:
            seen = self._seen[run.client] = _Seen(self, run.client)
        seen.add((run.client, run.clock - 1) if run.clock else None)
        seen.add(run.origin)
        seen.add(run.right_origin)
        return seen

    def _find_left(self, run: Run, left: Run | None, right: Run | None) -> Run | None:
        """
        Return the run that the new one stands right of, by Yjs's rule for what was written at the same place.
        """
        assert run.line is not None
        other = left.right if left is not None else run.line.start
        before: set[Run] = set()
        conflicting: set[Run] = set()
        while other is not None and other is not right:
            before.add(other)
            conflicting.add(other)
            if run.origin == other.origin:
                if other.client < run.client:
                    left = other
                    conflicting.clear()
                elif run.right_origin == other.right_origin:
                    break
            else:
                above = self.at(other.origin) if other.origin is not None else None
                if above is None or above not in before:
                    break
                if above not in conflicting:
                    left = other
                    conflicting.clear()
            other = other.right
        return left

    def _link(self, run: Run, left: Run | None) -> None:
        assert run.line is not None
        right = left.right if left is not None else run.line.start
        run.left, run.right = left, right
        if left is not None:
            left.right = run
        else:
            run.line.start = run
        if right is not None:
            right.left = run

    def _unlink(self, run: Run) -> None:
        assert run.line is not None
        if run.left is not None:
            run.left.right = run.right
        else:
            run.line.start = run.right
        if run.right is not None:
            run.right.left = run.left


class _Seen:
    """
    What somebody must have seen: what they made before and stood beside, what that stood beside when it was made, and
    so on.

    Not what else those others had made by then: engines take a client's later work before its earlier work if it refers
    to none of it. What came before something cannot lead to it, so what came early is only looked at when it has to be.
    """

    def __init__(self, order: Order, client: int) -> None:
        self._order = order
        self._client = client
        self._looks = MAX_STEPS
        #: Runs, each with one past the last clock that was seen of it.
        self._ends: dict[Run, int] = {}
        #: What was seen and not looked at yet: a heap, the newest first.
        self._waiting: list[tuple[int, Id]] = []

    def add(self, unit: Id | None) -> None:
        """They have seen a unit."""
        run = self._order.at(unit) if unit is not None else None
        if unit is not None and run is not None:
            heappush(self._waiting, (-run.age, unit))

    def cut(self, run: Run, tail: Run) -> None:
        """A run was cut in two."""
        end = self._ends.get(run, 0)
        if end > tail.clock:
            self._ends[run], self._ends[tail] = tail.clock, end

    def has_any(self, runs: set[Run]) -> bool:
        """
        Whether they have seen the first unit of one of these.

        After so many looks the answer is no: better to let in what nobody honest writes than to refuse what somebody
        does.
        """
        since = min(run.age for run in runs)
        while self._waiting and -self._waiting[0][0] >= since and self._looks:
            _, unit = heappop(self._waiting)
            self._look(unit)
        return any(run in self._ends for run in runs)

    def _look(self, unit: Id) -> None:
        run = self._order.at(unit)
        assert run is not None
        end = self._ends.get(run, 0)
        self._ends[run] = max(end, unit[1] + 1)
        if end:
            return
        self._looks -= 1
        self._order.look()
        self.add(run.origin)
        self.add(run.right_origin)
        if run.client == self._client and run.clock:
            self.add((run.client, run.clock - 1))
