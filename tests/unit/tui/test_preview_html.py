"""Html as lines of a terminal: what each tag becomes, and that nothing breaks it."""

from __future__ import annotations

import json
import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.render.markdown import to_html
from tui.preview.drawing import MAX_LINES, MIN_WIDTH, draw_html
from tui.preview.reader import MAX_BLOCKS, MAX_CHARS, read_blocks
from tui.preview.tokens import Token, attributes_of, tokens

GALLERY = (
    '<div class="macro-gallery gallery-cols-2"><div class="gallery-container">'
    '<a class="gallery-item" href="/media/a.png" data-title="First"><img src="/media/a.png"></a>'
    '<a class="gallery-item" href="/media/b.png" data-title=""><img src="/media/b.png" alt="B"></a>'
    '</div><figcaption class="gallery-caption">Both</figcaption></div>'
)


def drawn(html: str, width: int = 60) -> list[str]:
    return [line.plain for line in draw_html(html, width)]


def markdown(text: str, width: int = 60) -> list[str]:
    return drawn(to_html(text), width)


def test_a_tag_in_quotes_is_no_tag() -> None:
    assert list(tokens('<a title="<b>">x</a>')) == [
        Token("open", "a", ' title="<b>"'),
        Token("text", "x"),
        Token("close", "a"),
    ]


def test_what_is_no_text_of_the_page_is_left_out() -> None:
    html = "a<script>let x = '<p>'</script>b<style>p {}</style>c<svg><text>no</text></svg>d"
    assert drawn(html) == ["abcd"]


def test_attributes_are_read_as_browsers_do() -> None:
    assert attributes_of(" a=1 B='2 3' c=\"&amp;\" d a=9 /") == {
        "a": "1",
        "b": "2 3",
        "c": "&",
        "d": "",
    }


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# Ink\n\ntext", ["Ink", "═══", "", "text"]),
        ("### Ink", ["Ink"]),
        ("- a\n- b\n  1. c\n  2. d", ["• a", "• b", "  1. c", "  2. d"]),
        ("9. a\n10. b", ["9. a", "10. b"]),
        ("- a\n\n- b", ["• a", "", "• b"]),
        ("> a\n>\n> b", ["│ a", "│", "│ b"]),
        ("```\na\n  b\n```", ["    a", "      b"]),
        ("a\n\n---\n\nb", ["a", "", "─" * 60, "", "b"]),
        ("a  \nb", ["a", "b"]),
        ("[t](/x)", ["t (/x)"]),
        ("<https://a.example>", ["https://a.example"]),
        ("me@a.example", ["me@a.example"]),
        ("![a *b*](/x.png)", ["[image: a b] /x.png"]),
        ("- [x] a\n- [ ] b", ["• [x] a", "• [ ] b"]),
        ("&lt;b&gt; &copy;", ["<b> ©"]),
        ("|a|b|\n|-|-:|\n|1|22|", ["a │  b", "──┼───", "1 │ 22"]),
    ],
)
def test_markdown_is_drawn(text: str, lines: list[str]) -> None:
    assert markdown(text) == lines


def test_words_are_set_off() -> None:
    (line,) = draw_html("<b>a <i>b</i></b> <code>c</code> <del>d</del>", 60)
    styles = {line.plain[span.start : span.end]: str(span.style) for span in line.spans}
    assert styles["a "] == "bold"
    assert styles["b"] == "bold italic"
    assert styles["c"] == "cyan"
    assert styles["d"] == "strike"


def test_only_web_addresses_become_links() -> None:
    for href, is_link in (
        ("https://a.example/x", True),
        ("javascript:x", False),
        ("/posts/x", False),
        ("https://a.example/\x1b]0;x\x07", False),
    ):
        (line,) = draw_html(f'<a href="{href}">t</a>', 200, has_links=True)
        links = [span.style.link for span in line.spans if not isinstance(span.style, str)]
        assert (href in links) is is_link
        (line,) = draw_html(f'<a href="{href}">t</a>', 200)
        assert not [one for one in line.spans if getattr(one.style, "link", None)]


def test_a_video_is_named() -> None:
    html = '<iframe src="https://www.youtube.com/embed/x" title="A film"></iframe>'
    assert drawn(html) == ["▶ YouTube video: A film  https://www.youtube.com/embed/x"]
    html = '<iframe src="https://player.vimeo.com/video/1" title="Vimeo video"></iframe>'
    assert drawn(html) == ["▶ Vimeo video  https://player.vimeo.com/video/1"]
    assert drawn('<iframe src="//a.example"></iframe>') == ["▶ Page  //a.example"]


def test_pictures_of_a_gallery_stand_side_by_side() -> None:
    assert drawn(GALLERY) == ["▣ First" + " " * 24 + "▣ B", "Both"]
    assert drawn(GALLERY, 40) == ["▣ First", "▣ B", "Both"]


def test_pictures_of_an_archive_stand_below_their_month() -> None:
    picture = '<a data-title="P"><img src="/p.png"></a>'
    month = (
        '<div class="photo-archive-month"><div class="photo-archive-month-label">'
        f'<span>{{}}</span></div><div class="photo-archive-gallery">{picture}</div></div>'
    )
    html = f'<div class="macro-photo-archive">{month.format("May")}{month.format("April")}</div>'
    assert drawn(html) == ["May", "▣ P", "", "April", "▣ P"]


def test_words_of_a_tag_cloud_have_their_weight() -> None:
    words = [
        {"text": "dot grid", "size": 56, "count": 7},
        {"text": "ink\x1b[2J", "size": 14, "count": 1},
    ]
    html = f'<div data-tag-cloud-words="{escape(json.dumps(words))}"><svg></svg></div>'
    (line,) = draw_html(html, 60)
    assert (
        line.plain
        == "dot\xa0grid\xa0\N{MULTIPLICATION SIGN}7  ink [2J\xa0\N{MULTIPLICATION SIGN}1".replace(
            "ink [2J", "ink\xa0[2J"
        )
    )
    assert [
        str(span.style) for span in line.spans if "dot" in line.plain[span.start : span.end]
    ] == ["bold"]


@pytest.mark.parametrize(
    "written", ["", "{}", "[1]", "[" * 9_000, '[{"text": 1e999}]', '[{"size": 1}]', '{"a"']
)
def test_a_broken_tag_cloud_is_nothing_or_words(written: str) -> None:
    draw_html(f'<div data-tag-cloud-words="{escape(written)}">', 60)


def test_a_failed_macro_is_told_in_red() -> None:
    html = "<p>Before <!-- macro gallery failed: KeyError --> after <!-- other --></p>"
    (line,) = draw_html(html, 60)
    assert line.plain == "Before ✘ [[gallery]] failed: KeyError after"
    (span,) = [one for one in line.spans if "✘" in line.plain[one.start : one.end]]
    assert "red" in str(span.style)


def test_a_table_without_room_becomes_a_list() -> None:
    head = "".join(f"<th>H{at}</th>" for at in range(6))
    row = "".join(f"<td>{at}</td>" for at in range(6))
    html = f"<table><tr>{head}</tr><tr>{row}</tr><tr>{row}</tr></table>"
    assert drawn(html, 40)[:2] == ["H0: 0", "H1: 1"]
    assert drawn(html, 40)[6] == ""


def test_long_cells_share_the_room() -> None:
    lines = markdown(f"|a|b|\n|-|-|\n|{'word ' * 20}|{'other ' * 20}|", 40)
    assert max(map(cell_len, lines)) <= 40
    assert sum("word" in line for line in lines) == sum("other" in line for line in lines)


def test_wide_characters_take_two_cells() -> None:
    lines = drawn("<p>" + "語" * 30 + "</p>", 21)
    assert [cell_len(line) for line in lines] == [20, 20, 20]


def test_nothing_steers_the_terminal() -> None:
    html = "a\x1b[2Jb\x9b1mc\u202ed <pre>x\x1b]0;t\x07y\tz</pre><img alt='\x1b[1m' src='\x1b'>"
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(drawn(html)))


def test_elements_that_are_never_closed_end_where_they_must() -> None:
    assert drawn("<ul><li>a<li>b<p>c") == ["• a", "• b", "", "  c"]
    assert drawn("<table><tr><td>a<td>b<tr><td>c") == ["a │ b", "c │"]
    (first, _, second) = draw_html("<p><b>a</p><p>b</p>", 60)
    assert [str(span.style) for span in first.spans] == ["bold"]
    assert "bold" not in [str(span.style) for span in second.spans]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 1_000_000,
        "<blockquote>" * 100_000 + "x",
        "<ul><li>" * 50_000 + "x",
        "<a '" * 200_000,
        "<" * 1_000_000,
        "<!--" * 200_000,
        "<b>" * 99 + "</i>" * 200_000,
        "<script>" * 200_000,
        "<a " + "x=1 " * 200_000 + ">",
        f"<a x{' ' * 500_000}>",
        "&" * 500_000,
        "<table>" + "<td>x" * 60_000,
        "<table><table>" * 50_000,
        "<pre>" + "x\n" * 200_000,
        "<p>" + "x" * 500_000,
        "word <br>" * 50_000,
    ],
    ids=lambda html: html[:12],
)
def test_what_would_take_hours_were_it_not_linear(html: str) -> None:
    lines = draw_html(html, 40)
    assert len(lines) <= MAX_LINES + 1
    assert all(cell_len(line.plain) <= 40 for line in lines[:2_000])


def test_what_is_left_out_is_told() -> None:
    assert "too long" in drawn("<p>x" * (MAX_BLOCKS + 5))[-1]
    assert "too long" in drawn("<p>x</p>" + " " * MAX_CHARS)[-1]
    assert len(read_blocks("<p>x" * (MAX_BLOCKS + 5))) == MAX_BLOCKS + 1
    assert "too long" in drawn("<br>x" * (MAX_LINES + 5))[-1]


_PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<ul>",
            "<li>",
            "</ul>",
            "<ol start=7>",
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
        ),
        *("</table>", "<b>", "</b>", "<a href='/x' data-title=t>", "</a>", "<img src=x alt=y>"),
        *("<pre>", "</pre>", "<div class=gallery-x>", "</div>", "<h1>", "</h2>", "<br>", "<hr>"),
        *("<blockquote>", "</blockquote>", "<iframe src=x>", "<!-- macro a failed: B -->", "<!--"),
        *("-->", " ", "\n", "word", "語", "a" * 50, "&amp;", "\x1b[1m", "\xa0", "<", "<td", '"'),
        *(
            "<dl>",
            "<dt>",
            "<dd>",
            "<svg>",
            "</svg>",
            "<input type=checkbox>",
            "<div class=a-empty>",
        ),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=60), st.integers(0, 100))
def test_any_html_is_drawn_within_the_width(pieces: list[str], width: int) -> None:
    lines = draw_html("".join(pieces), width)
    for line in lines:
        assert cell_len(line.plain) <= max(width, MIN_WIDTH)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line.plain)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)), st.integers(20, 100))
def test_words_are_kept_in_their_order(text: str, width: int) -> None:
    shown = "".join(drawn(escape(text), width))
    assert shown.replace(" ", "") == text.replace(" ", "")
