from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.words import MAX_WORDS, Query, parse, session_word, spaced


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("quiet harbour", Query((), ("quiet", "harbour"))),
        ("quiet quiet", Query((), ("quiet",))),
        ('is "quiet harbour"', Query(("quiet harbour",), ("is",))),
        ("„quiet harbour“ «big sea»", Query(("quiet harbour", "big sea"), ())),
        ("慢慢", Query((), ("慢 慢",))),
        ("snake_case, don't", Query((), ("snake case", "don", "t"))),
        ('"" "!" ?', Query((), ())),
    ],
)
def test_a_query_is_words_and_phrases(query: str, wanted: Query) -> None:
    assert parse(query) == wanted
    assert parse(query).is_empty == (wanted == Query((), ()))


def test_a_query_pasted_whole_has_only_so_many_words() -> None:
    assert len(parse(" ".join(f"w{at}" for at in range(100))).words) == MAX_WORDS


@given(st.text())
def test_nothing_but_words_and_spaces_comes_of_any_query(query: str) -> None:
    found = parse(query)
    for one in (*found.phrases, *found.words):
        assert one.replace(" ", "").isalnum()
        assert spaced(one) == one


def test_a_session_is_one_word_whatever_its_id_is() -> None:
    assert session_word("a-b_c") == "s612d625f63"
