"""Peer: an index asked by plain sqlite3. `python -m bench.peers.questions INDEX GETS WORD...`.

Prints one JSON object: microseconds by question, each value one answer.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

_NEWEST = (
    "FROM posts p {join}WHERE p.is_readable AND p.translation_for = '' "
    "ORDER BY p.created_at DESC, p.path DESC"
)
_ONE = (
    "SELECT p.*, t.body FROM posts p JOIN posts_text t ON t.rowid = p.number "
    "WHERE p.is_readable AND p.translation_for = '' AND p.slug = ?"
)
_SEARCH = (
    "SELECT p.path, p.id, p.slug, t.title, snippet(posts_text, 2, '', '', '…', 16) "
    "FROM posts_text t JOIN posts p ON p.number = t.rowid "
    "WHERE posts_text MATCH ? ORDER BY t.rank LIMIT 50"
)


def main(path: str, gets: int, words: list[str]) -> None:
    """Ask, and print how long each answer took."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    asked: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], Any]) -> None:
        began_ns = time.perf_counter_ns()
        work()
        asked.setdefault(name, []).append((time.perf_counter_ns() - began_ns) / 1000)

    def read(sql: str, *values: str) -> list[dict[str, Any]]:
        rows = [dict(row) for row in connection.execute(sql, values)]
        for row in rows:
            if "tags" in row:
                row["tags"] = json.loads(row["tags"])
        return rows

    slugs = [row["slug"] for row in read("SELECT slug FROM posts WHERE translation_for = ''")]
    chosen = [slugs[number * 7919 % len(slugs)] for number in range(gets)]
    fields = f"SELECT p.slug, p.title, p.tags {_NEWEST.format(join='')}"
    bodies = "SELECT p.slug, t.body " + _NEWEST.format(
        join="JOIN posts_text t ON t.rowid = p.number "
    )
    for slug in chosen:
        timed("get", lambda slug=slug: read(_ONE, slug))  # type: ignore[misc]
    for word in words:
        timed(f"search_{word}", lambda word=word: read(_SEARCH, f'"{word}"'))  # type: ignore[misc]
    timed("iter", lambda: read(fields))
    timed("iter_body", lambda: read(bodies))
    connection.close()
    print(json.dumps(asked))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
