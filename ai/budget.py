"""
How much a model reads at once, and who gets how much of it.

What people write has no end together, a model's attention has. It is divided by people, not by who writes most:
whoever is below an equal share is read whole, and what they leave goes to the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

#: Everybody's inputs together, UTF-8. A token is about four bytes of English and two and a half of Chinese.
MAX_INPUT_BYTES = 400_000

#: Critiques, the same way.
MAX_CRITIQUE_BYTES = 100_000

#: Passages of documents: the best of them, and how many questions look for them.
MAX_EVIDENCE_BYTES = 60_000
MAX_PASSAGES = 30
MAX_QUERIES = 24

#: What was proposed before: the newest of it.
MAX_PROPOSED_BYTES = 100_000

#: Sentences of a statement. Anchors for a thousand take seconds.
MAX_SENTENCES = 1000


def allot(pieces: Sequence[tuple[str, int]], budget: int) -> list[int]:
    """
    Return how much of each piece is read.

    Args:
        pieces: Whose it is, and its size.
        budget: The sum at most.
    """
    sizes: Counter[str] = Counter()
    for person, size in pieces:
        sizes[person] += size
    share = equal_share(list(sizes.values()), budget)
    left = {person: min(size, share) for person, size in sizes.items()}
    read = []
    for person, size in pieces:
        read.append(min(size, left[person]))
        left[person] -= read[-1]
    return read


def equal_share(sizes: Sequence[int], budget: int) -> int:
    """Return the most that anybody gets, so that all together stay within the budget."""
    left, people = budget, len(sizes)
    for size in sorted(sizes):
        if size * people > left:
            return left // people
        left -= size
        people -= 1
    return max(sizes, default=0)


def beginning(text: str, size: int) -> str:
    """Return as many whole characters of a text as fit into so many bytes of UTF-8."""
    data = text.encode(errors="replace")
    return text if len(data) <= size else data[:size].decode(errors="ignore")
