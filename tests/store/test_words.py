from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.words import MAX_WORDS, Query, marked, parse, session_mark, spaced


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


def test_a_session_has_words_of_its_own() -> None:
    one, other = session_mark("a-b_c"), session_mark("a-b_d")
    assert one != other
    assert not set(one) & set("aeiouy"), (
        "the stemmer would take a vowel of it for one of the word's"
    )
    assert marked(one, "quiet harbour") == f"{one}quiet {one}harbour"
    assert marked(one, "") == ""


@given(st.text(max_size=30))
def test_a_session_is_six_consonants_whatever_its_id_is(ident: str) -> None:
    assert len(session_mark(ident)) == 6
    assert session_mark(ident).isascii()
    assert session_mark(ident).isalpha()
