"""Makes the projects that are measured: as many scripts and posts as asked, the same every time.

It writes plainly, without the store's fsync, with which 11,000 files would take 20 s.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from store import headers
from store.project import init_project

OPENED = "script_0000"
"""The script that is opened; the newest macro, so the first in the tree."""
NEIGHBOUR = "script_0003"
"""The one below it in the tree, whose name stands nowhere else."""
EMPTY = "empty"
"""A script that does nothing."""
PRINTER = "printer"
"""A script that prints a token; see `printed_tokens`."""

PLAIN_NAME, QUOTED_TEXT = "benchname", "benchtext"
"""Two words in the second line of OPENED; a highlighter gives them different colours."""

TOKEN_PERIOD_S = 0.25
_TOKEN_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZΓΔΘΛΞΠΣΦΨΩДЖИЛЦЧШЩЭЮЯ"
_TOKEN_LENGTH = 6
_KINDS = (("macro", "render"), ("utility", "main"), ("transform", "transform"))

_OPENED_BODY = f"""
{PLAIN_NAME} = "{QUOTED_TEXT}"
""" + "".join(
    f'''

def column_{number}(rows, *, width=80):
    """Return the rows cut to a width, each with its number."""
    shown = []
    for place, row in enumerate(rows, start={number}):
        text = f"{{place:>4}} {{row['title']}}"[:width]
        if row.get("draft") and not text.strip():
            continue  # nothing to see
        shown.append((place, text, None, True, 0x1F))
    return shown
'''
    for number in range(12)
)
"""About 130 lines of Python."""

_PRINTER_BODY = f"""
import time

characters = "{_TOKEN_CHARACTERS}"
number = int(time.time() / {TOKEN_PERIOD_S})
places = range(number, number + {_TOKEN_LENGTH})
print("".join(characters[place % len(characters)] for place in places))
"""


def printed_tokens(since_s: float, until_s: float) -> list[str]:
    """Return what PRINTER may have printed between two moments, both by `time.time`.

    Two tokens that are printed less than 10 s and more than TOKEN_PERIOD_S apart differ in every
    character, and nothing else on the screen has such: a display that sends only the cells that
    changed has to send all of it.
    """
    count = len(_TOKEN_CHARACTERS)
    numbers = range(int(since_s / TOKEN_PERIOD_S), int(until_s / TOKEN_PERIOD_S) + 1)
    return [
        "".join(_TOKEN_CHARACTERS[(number + place) % count] for place in range(_TOKEN_LENGTH))
        for number in numbers
    ]


def make_project(root: Path, *, scripts: int, posts: int) -> None:
    """Make a project.

    Args:
        root: Its folder; made.
        scripts: How many scripts, a third of each kind; besides, EMPTY and PRINTER.
        posts: How many posts of 2 KB.
    """
    init_project(root, name="bench")
    for number in range(scripts):
        slug = f"script_{number:04}"
        kind, entrypoint = _KINDS[number % 3]
        body = _OPENED_BODY if slug == OPENED else f"def {entrypoint}(*given):\n    return None\n"
        _write_script(root, slug, body, kind, entrypoint, age=number)
    _write_script(root, EMPTY, "", "utility", "main", age=scripts)
    _write_script(root, PRINTER, _PRINTER_BODY, "utility", "main", age=scripts + 1)
    for number in range(posts):
        folder = root / "posts" / f"{2000 + number // 1200}" / f"{number // 100 % 12 + 1:02}"
        if number % 100 == 0:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"post-{number:05}.md").write_text(_post(number), encoding="utf-8")


def macro_count(scripts: int) -> int:
    """Return how many of so many scripts are macros."""
    return len(range(0, scripts, len(_KINDS)))


def _write_script(root: Path, slug: str, body: str, kind: str, entrypoint: str, age: int) -> None:
    header = headers.render(
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, slug)),
            "slug": slug,
            "title": slug.replace("_", " ").capitalize(),
            "kind": kind,
            "entrypoint": entrypoint,
            "enabled": True,
            "version": 1,
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": _moment(100_000 - age),
        }
    )
    (root / "scripts" / f"{slug}.py").write_text(header + body, encoding="utf-8")


def _post(number: int) -> str:
    moment = _moment(number)
    front_matter = f"""---
id: {uuid.uuid5(uuid.NAMESPACE_OID, f"post-{number}")}
title: Post number {number}
slug: post-{number:05}
status: published
createdAt: '{moment}'
updatedAt: '{moment}'
publishedAt: '{moment}'
tags:
  - tag-{number % 37}
  - tag-{number % 11}
categories:
  - article
excerpt: What happened on day {number}, in one sentence.
author: Mara Lindqvist
---
"""
    return front_matter + "The desk came from a school that no longer exists. \n" * 38


def _moment(minute: int) -> str:
    day, minute_of_day = divmod(minute, 1440)
    month, day_of_month = divmod(day, 28)
    hour, minute_of_hour = divmod(minute_of_day, 60)
    return f"2026-{month % 12 + 1:02}-{day_of_month + 1:02}T{hour:02}:{minute_of_hour:02}:00.000Z"
