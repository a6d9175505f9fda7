"""`collab.comparison`: both texts whole, what is the same the same, and no more changed than must be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.comparison import compare

words = st.lists(
    st.sampled_from(["the ", "water ", "Hafen ", "größer", ", ", "\n", "😀", "a", " "]),
    max_size=60,
).map("".join)


def told(before: str, after: str) -> list[str | tuple[str, str]]:
    """What stayed, and pairs of what went and what came."""
    return [
        before[one.start : one.end]
        if one.same
        else (before[one.start : one.end], after[one.new_start : one.new_end])
        for one in compare(before, after)
    ]


@given(words, words)
def test_both_texts_are_whole_and_what_is_the_same_is_the_same(before: str, after: str) -> None:
    found = compare(before, after)
    assert "".join(before[one.start : one.end] for one in found) == before
    assert "".join(after[one.new_start : one.new_end] for one in found) == after
    for one in found:
        alike = before[one.start : one.end] == after[one.new_start : one.new_end]
        assert alike or not one.same
    assert all(one.same is not other.same for one, other in pairwise(found))


@given(words)
def test_nothing_changed_is_nothing_changed(text: str) -> None:
    assert all(one.same for one in compare(text, text))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We share the water.\n", "We share the water fairly.\n",
         ["We share the water", ("", " fairly"), ".\n"]),
        ("One.\nTwo.\n", "One.\nNew.\nTwo.\n", ["One.\n", ("", "New.\n"), "Two.\n"]),
        ("One.\nTwo.\n", "Two.\n", [("One.\n", ""), "Two.\n"]),
        ("", "New.\n", [("", "New.\n")]),
        ("no cars in town", "all buses through villages", [
            ("no cars in town", "all buses through villages")
        ]),
        ("First.  Nobody swims.\n", "First. \n", ["First. ", (" Nobody swims.", ""), "\n"]),
        ("a grössere Stadt", "a kleinere Stadt", ["a ", ("grössere", "kleinere"), " Stadt"]),
    ],
)  # fmt: skip
def test_words_not_letters_and_no_more_than_must_be(
    before: str, after: str, expected: list[str | tuple[str, str]]
) -> None:
    assert told(before, after) == expected


def test_a_text_made_to_be_slow_is_not_followed_into_every_corner() -> None:
    many = [f"{number} " for number in range(20_000)]
    found = compare("".join(many), "".join(reversed(many)))
    assert any(not one.same for one in found)
    assert len(compare("a b " * 20_000, "b a " * 20_000)) < 10
