"""`web.markdown`, read back by a Markdown library: without HTML, with it, and with links made of addresses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from collab.statement import Block, Span
from web import markdown
from web.markdown import Source, SourcedText, escape, inline, is_safe_link, sources, statement

READERS = [
    MarkdownIt("commonmark", {"html": False}),
    MarkdownIt("commonmark", {"html": True}),
    MarkdownIt("gfm-like", {"html": True}),
]

LINKS = {
    "http://a.example/b?c=1&copy=2": True,
    "mailto:ana@example.org": True,
    "https://a.example/\n\n# heading": True,
    "https://a.example/>\\": True,
    'https://a.example/" onclick="x': True,
    "javascript:alert(1)": False,
    "java\nscript:alert(1)": False,
    "\x01javascript:alert(1)": False,
    "data:text/html,x": False,
    "//a.example": False,
    "https:": False,
    "http://[": False,
    "": False,
}

MARKUP = [*"ab1.-+=#*_`~<>[]()!&\\|:/@\"'^${};", " ", "\n", "\r", "\t", "\u2028", "\x00", "é", "🦊"]
MARKUP += [
    "www.",
    "http://",
    "a@b.cd",
    "1. ",
    "- ",
    "# ",
    "<b>",
    "<!--",
    "&lt;",
    "    ",
    "\n\n---\n\n",
]

texts = st.lists(st.sampled_from(MARKUP), max_size=8).map("".join)
spans = st.lists(
    st.builds(
        Span, texts, st.booleans(), st.booleans(), st.sampled_from([None, None, None, *LINKS])
    ),
    max_size=4,
)

Look = tuple[str, bool, bool, bool]


def read_inline(tokens: list[Token] | None) -> list[Look]:
    """Return each character with its look; nothing but text, emphasis and links may be there."""
    found: list[Look] = []
    depth = {"strong": 0, "em": 0, "link": 0}
    for token in tokens or []:
        if token.type == "text":
            look = tuple(depth[name] > 0 for name in ("strong", "em", "link"))
            found += [(one, *look) for one in token.content]  # type: ignore[misc]
        else:
            name, _, end = token.type.rpartition("_")
            depth[name] += {"open": 1, "close": -1}[end]
            if token.type == "link_open":
                assert str(token.attrs["href"]).startswith(("http://", "https://", "mailto:"))
    return found


def read_paragraph(reader: MarkdownIt, source: str) -> list[Look]:
    """Return what one paragraph shows."""
    tokens = reader.parse(source)
    kinds = [token.type for token in tokens]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"]), source
    return read_inline(tokens[1].children) if tokens else []


def meant(found: list[Span]) -> list[Look]:
    """Return what a reader is meant to see: white space is one space, and has no look at an edge."""
    return [
        (one.text, one.bold, one.italic, one.link is not None)
        for one in markdown._trimmed(list(markdown._characters(found)))
    ]


@given(spans)
@settings(max_examples=400)
def test_what_is_read_back_is_what_was_written(found: list[Span]) -> None:
    source = inline(found)
    assert "\n" not in source
    for reader in READERS:
        assert read_paragraph(reader, source) == meant(found), source


@given(texts)
@settings(max_examples=400)
def test_escaped_text_is_nothing_but_text(text: str) -> None:
    for reader in READERS:
        shown = "".join(one for one, *_ in read_paragraph(reader, escape(text)))
        assert shown == " ".join("".join(one if one.isprintable() else " " for one in text).split())
        for setting in (f"# {escape(text)}x", f"- {escape(text)}x", f"**{escape(text)}x**"):
            kinds = {token.type for token in reader.parse(setting)} - {
                f"{kind}_{end}"
                for kind in ("heading", "bullet_list", "list_item", "paragraph")
                for end in ("open", "close")
            }
            assert kinds == {"inline"}, setting


@pytest.mark.parametrize(
    ("text", "markdown_text"),
    [
        ("Buses on Sundays.", "Buses on Sundays."),
        ("*not bold* <b>nor this</b>", r"\*not bold\* \<b\>nor this\</b\>"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("1986. A year", r"1986\. A year"),
        ("- no list", r"\- no list"),
        ("see https://a.example", r"see https\://a.example"),
        ("www.a.example", r"www\.a.example"),
        ("two\nlines", "two lines"),
        ("2.5 degrees - or more", "2.5 degrees - or more"),
    ],
)
def test_text_stays_readable_as_it_is(text: str, markdown_text: str) -> None:
    assert escape(text) == markdown_text


@pytest.mark.parametrize(("link", "safe"), LINKS.items())
def test_only_links_to_the_web_and_to_mailboxes_are_links(link: str, safe: bool) -> None:
    assert is_safe_link(link) is safe
    for reader in READERS:
        shown = read_paragraph(reader, inline([Span("text", link=link)]))
        assert shown == [(one, False, False, safe) for one in "text"]


def test_a_link_leads_where_it_did() -> None:
    link = "https://a.example/b?c=1&copy=2#d(e)"
    tokens = READERS[0].parse(inline([Span("text", link=link)]))
    assert tokens[1].children is not None
    assert tokens[1].children[0].attrs["href"] == link


@pytest.mark.parametrize(
    ("found", "markdown_text"),
    [
        ([Span("a"), Span(" b ", bold=True), Span("c")], "a **b** c"),
        ([Span("a", bold=True), Span("b", italic=True)], "**a**_b_"),
        (
            [Span("a", bold=True), Span("b", bold=True, italic=True)],
            "**&#97;_b_**",
        ),
        ([Span("un"), Span("believ", italic=True), Span("able")], "u&#110;_believ_&#97;ble"),
        ([Span("1"), Span(".", bold=False), Span(" foo")], r"1\. foo"),
        ([Span("-"), Span("-", link="javascript:x"), Span("-")], r"\---"),
    ],
)
def test_looks_that_touch_are_told_apart(found: list[Span], markdown_text: str) -> None:
    assert inline(found) == markdown_text


# -- blocks


def block(kind: str, text: str, level: int = 0) -> Block:
    """Return a block."""
    return Block(kind, level, (Span(text),))


def outline(source: str, reader: MarkdownIt = READERS[2]) -> list[Any]:
    """Return the blocks that are read back, as nested lists."""
    root: list[Any] = []
    stack = [root]
    for token in reader.parse(source):
        if token.type.endswith("_open") and token.type not in ("paragraph_open",):
            inner: list[Any] = [token.tag]
            stack[-1].append(inner)
            stack.append(inner)
        elif token.type.endswith("_close") and token.type not in ("paragraph_close",):
            stack.pop()
        elif token.type == "inline":
            stack[-1].append("".join(one for one, *_ in read_inline(token.children)))
        elif token.type not in ("paragraph_open", "paragraph_close"):
            stack[-1].append(token.type)
    return root


def test_paragraphs_headings_and_quotations_are_told_apart() -> None:
    source = statement(
        [
            block("heading", "Aims", 1),
            block("paragraph", "First."),
            block("paragraph", ""),
            block("paragraph", "Second."),
            block("quote", "Said one."),
            block("quote", "Said another."),
            block("paragraph", "Third."),
            block("heading", "Deep", 6),
        ]
    )
    assert source.splitlines()[0] == "## Aims"  # the title is above it
    assert outline(source) == [
        ["h2", "Aims"],
        "First.",
        "Second.",
        ["blockquote", "Said one.", "Said another."],
        "Third.",
        ["h6", "Deep"],
    ]


def test_lists_nest_and_count_as_they_did() -> None:
    source = statement(
        [
            block("ordered", "one"),
            block("ordered", "two"),
            block("bullet", "under two", 1),
            block("bullet", "deeper", 2),
            block("bullet", "under two again", 1),
            block("ordered", "three"),
            block("paragraph", "Between."),
            block("ordered", "one again"),
        ]
    )
    assert outline(source) == [
        [
            "ol",
            ["li", "one"],
            [
                "li",
                "two",
                ["ul", ["li", "under two", ["ul", ["li", "deeper"]]], ["li", "under two again"]],
            ],
            ["li", "three"],
        ],
        "Between.",
        ["ol", ["li", "one again"]],
    ]
    assert "3. three" in source.splitlines()
    assert "1. one again" in source.splitlines()


def test_what_stands_under_a_tenth_item_belongs_to_it() -> None:
    items = [block("ordered", str(number)) for number in range(1, 11)]
    (found,) = outline(statement([*items, block("bullet", "under ten", 1)]))
    assert found[-1] == ["li", "10", ["ul", ["li", "under ten"]]]


def test_an_item_that_is_indented_under_nothing_is_no_code() -> None:
    source = statement(
        [block("paragraph", "Before."), block("bullet", "deep", 8), block("bullet", "up", 2)]
    )
    assert outline(source) == ["Before.", ["ul", ["li", "deep"], ["li", "up"]]]


def test_one_kind_of_list_after_another_is_another_list() -> None:
    source = statement([block("bullet", "a"), block("ordered", "b"), block("bullet", "c")])
    assert outline(source) == [["ul", ["li", "a"]], ["ol", ["li", "b"]], ["ul", ["li", "c"]]]


kinds = st.sampled_from(["paragraph", "heading", "quote", "bullet", "ordered"])


@given(st.lists(st.builds(Block, kinds, st.integers(1, 6), spans.map(tuple)), max_size=6))
@settings(max_examples=200)
def test_no_text_makes_a_block_of_its_own(blocks: list[Block]) -> None:
    def leaves(nested: list[Any]) -> list[str]:
        found: list[str] = []
        for one in nested:
            found += leaves(one[1:]) if isinstance(one, list) else [one]
        return found

    wanted = ["".join(one for one, *_ in meant(list(found.spans))) for found in blocks]
    for reader in READERS:
        assert leaves(outline(statement(blocks), reader)) == [one for one in wanted if one]


def test_sources_say_who_allowed_what() -> None:
    listed = sources(
        [
            SourcedText(
                "Buses run.",
                edited=False,
                sources=[Source("Buses on *Sundays*", "Ana"), Source("More buses", None)],
            ),
            SourcedText("Quiet nights.", edited=True, sources=[Source(None, None)] * 2, unquoted=2),
        ]
    )
    assert outline(listed) == [
        [
            "ol",
            [
                "li",
                "Buses run.",
                [
                    "ul",
                    ["li", "“Buses on *Sundays*” (Ana)"],
                    ["li", "“More buses” (a participant, anonymously)"],
                ],
            ],
            [
                "li",
                "Quiet nights. (wording edited by a participant)",
                ["ul", ["li", "and 2 inputs not to be quoted"]],
            ],
        ]
    ]
