"""Which Markdown is understood, and that html passes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.render.markdown import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Ink", "<h1>Ink</h1>\n"),
        ("~~old~~", "<p><del>old</del></p>\n"),
        ("see https://a.example/x.", '<a href="https://a.example/x">https://a.example/x</a>.'),
        ("- [x] done", '<input type="checkbox" checked="" disabled="" /> done'),
        ("|a|b|\n|-|-:|\n|1|2|", '<td align="right">2</td>'),
        ("```python\na < b\n```", '<pre><code class="language-python">a &lt; b\n</code></pre>'),
        ("one\ntwo", "<p>one\ntwo</p>\n"),
    ],
)
def test_the_dialect_is_that_of_github(text: str, html: str) -> None:
    assert html in to_html(text)


@pytest.mark.parametrize(
    "html",
    [
        '<div class="macro-gallery"><a href="/media/x.png"><img src="/media/x.png"></a></div>',
        "<!-- macro gallery failed: KeyError -->",
        '<iframe src="https://www.youtube.com/embed/x?rel=0&amp;y" allowfullscreen></iframe>',
        "<script>let a = 1</script>",
    ],
)
def test_html_of_macros_passes_through(html: str) -> None:
    assert html in to_html(f"Before\n\n{html}\n\nAfter")
    assert html in to_html(f"Before {html} after")


def test_half_characters_are_no_error() -> None:
    assert to_html("a \ud800 é") == "<p>a ? é</p>\n"


@given(st.text(alphabet=st.characters()))
def test_any_text_can_be_rendered(text: str) -> None:
    to_html(text).encode()
