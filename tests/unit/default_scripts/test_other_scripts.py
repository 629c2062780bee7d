from __future__ import annotations

import contextlib
import io
import time
from typing import Any

import pytest

from tests.unit.default_scripts.sources import SEEDS, Json, entry, namespace


def test_hello_prints_friendly_lines_and_does_not_keep_anyone_waiting() -> None:
    out = io.StringIO()
    start = time.perf_counter()
    with contextlib.redirect_stdout(out):
        namespace(next(path for path in SEEDS if path.stem == "hello"))
    assert time.perf_counter() - start < 2
    assert out.getvalue().startswith("Hello, newcomer!\n")
    assert "   5         25\n" in out.getvalue()
    assert out.getvalue().endswith("... ink\n... paper\n... done\n")


def test_word_table_prints_and_returns(capsys: pytest.CaptureFixture[str]) -> None:
    result = entry("word_table", "report")()
    assert result["top"]["the"] == 6
    assert len(result["top"]) == 5
    assert capsys.readouterr().out.startswith("the     6  ######\n")


def link(title: str, url: str, **more: Any) -> tuple[Json, Json]:
    escaped = title.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    post = {"title": title, "content": f"[{escaped}]({url})", "tags": [], "categories": []}
    return {**post, **more}, {"source": "blogmark", "url": url}


@pytest.mark.parametrize(
    ("title", "shortened"),
    [
        ("Name | Site - Long trailer", "Name"),
        ("Name \u2014 Site", "Name"),
        ("Example - An article | More", "An article"),
        ("  Ink :: Shop ", "Ink"),
        ("Wi-Fi at 4:3", "Wi-Fi at 4:3"),
        ("C - a reference", "C - a reference"),
        ("| |", "| |"),
        ("Plain", "Plain"),
    ],
)
def test_shorten_title(title: str, shortened: str) -> None:
    post, context = link(title, "https://www.example.org/a")
    changed = entry("shorten_title", "transform")(post, context)
    assert changed["title"] == shortened
    assert changed["content"] == f"[{shortened}](https://www.example.org/a)"
    assert changed["tags"] == ["example.org"]


def test_shorten_title_keeps_brackets_and_backslashes_of_the_link_text() -> None:
    post, context = link(r"Ink [2nd \1 ed.] | Shop", "https://example.org/a(b)")
    changed = entry("shorten_title", "transform")(post, context)
    assert changed["title"] == r"Ink [2nd \1 ed.]"
    assert changed["content"] == r"[Ink \[2nd \\1 ed.\]](https://example.org/a(b))"


def test_shorten_title_does_not_add_a_tag_twice_and_needs_no_address() -> None:
    post, context = link("A", "https://example.org", tags=["example.org"])
    assert entry("shorten_title", "transform")(post, context)["tags"] == ["example.org"]
    post, context = link("A", "")
    assert entry("shorten_title", "transform")(post, context)["tags"] == []


def test_tag_from_host_knows_hosts_and_their_subdomains_only() -> None:
    transform = entry("tag_from_host", "transform")
    post, context = link("A", "https://blog.archive.org/x", tags=["paper", "old"])
    assert transform(post, context)["tags"] == ["paper", "old", "craft"]
    assert post["categories"] == ["article"]
    post, context = link("A", "https://notarchive.org/x", categories=["aside"])
    assert transform(post, context)["tags"] == []
    assert post["categories"] == ["aside"]


@pytest.mark.parametrize(
    ("count", "params", "html"),
    [
        (3, {}, '<span class="reading-time">1 minute</span>'),
        (660, {}, '<span class="reading-time">3 minutes</span>'),
        (660, {"words_per_minute": 330}, '<span class="reading-time">2 minutes</span>'),
    ],
)
def test_reading_time(count: int, params: Json, html: str) -> None:
    code = "\n```\n" + "not prose\n" * 1000 + "```\n[[gallery columns=3]]"
    post = {"content": "word " * count + code}
    answer = entry("reading_time", "render")({"params": params}, post)
    assert answer["html"] == html
    assert answer["data"]["words"] == count


@pytest.mark.parametrize("pace", ["fast", 0, 1.5])
def test_reading_time_refuses_a_pace_that_is_none(pace: object) -> None:
    with pytest.raises(ValueError, match="words_per_minute should be a number"):
        entry("reading_time", "render")({"params": {"words_per_minute": pace}}, {"content": ""})


def test_post_calendar_brackets_every_second_saturday(capsys: pytest.CaptureFixture[str]) -> None:
    days = entry("post_calendar", "plan")()
    out = capsys.readouterr().out
    assert days[:2] == ["2026-11-14", "2026-11-28"]
    assert out.count("[") == len(days) == 8
    assert "  9  10  11  12  13 [14] 15\n" in out


def test_season_card_escapes_a_name() -> None:
    answer = entry("season_card", "render")({"params": {"name": "<R&D>"}}, None)
    assert "&lt;R&amp;D&gt;!" in answer
