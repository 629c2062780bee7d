"""An indexed project for the tests of the metadata diff, and ways to make it differ."""

from __future__ import annotations

from contextlib import closing
from sqlite3 import connect

from store.diff.comparing import compare
from store.diff.differences import ItemDifference, MetadataDiff, Orphan
from store.index import Index
from store.project import Project
from store.rebuild import rebuild
from tests.unit.store.conftest import put, script_text

POST = """---
# by hand
id: id-{0}
title: {0}
slug: {0}
status: published
createdAt: '2026-03-01T10:00:00.000Z'
updatedAt: '2026-03-01T10:05:00.000Z'
tags:
  - one
  - two
categories: [article]
mood: calm
---
First line of {0}
Second line
"""
DRAFT = POST.replace("published", "draft")
TRANSLATION = "---\ntranslationFor: id-a\nlanguage: de\ntitle: Ein A\n---\nErste Zeile\n"
SIDECAR = """---
id: id-{0}
originalName: "{0}.png"
mimeType: image/png
size: 4
title: "{0}"
createdAt: 2026-03-01T10:00:00.000Z
updatedAt: 2026-03-01T10:05:00.000Z
mood: calm
tags: ["one", "two"]
---"""
BODY = "def render(context, post):\n    return 'x'\n"

A_POST, A_TRANSLATION = "posts/2026/03/a.md", "posts/2026/03/a.de.md"
A_SIDECAR, A_PICTURE = "media/2026/03/a.png.meta", "media/2026/03/a.png"
A_SCRIPT = "scripts/a.py"


def fill(project: Project, index: Index) -> None:
    """Two posts and a draft, a translation, two pictures, two scripts; the index knows them."""
    put(project, A_POST, POST.format("a"))
    put(project, "posts/2026/03/b.md", POST.format("b"))
    put(project, "posts/2026/03/d.md", DRAFT.format("d"))
    put(project, A_TRANSLATION, TRANSLATION)
    for name in "ab":
        put(project, f"media/2026/03/{name}.png.meta", SIDECAR.format(name))
        put(project, f"media/2026/03/{name}.png", b"\x89PNG")
        put(project, f"scripts/{name}.py", script_text(name, body=BODY))
    rebuild(project, index)


def set_row(project: Project, kind: str, path: str, /, **columns: object) -> None:
    """Change a row behind the index's back."""
    with closing(connect(project.index_path)) as database, database:
        sets = ", ".join(f"{name} = ?" for name in columns)
        done = database.execute(
            f"UPDATE {kind} SET {sets} WHERE path = ?", (*columns.values(), path)
        )
        assert done.rowcount == 1


def set_text(project: Project, kind: str, path: str, body: str) -> None:
    """Change the text that the index has of a file."""
    with closing(connect(project.index_path)) as database, database:
        done = database.execute(
            f"UPDATE {kind}_text SET body = ? WHERE rowid = "
            f"(SELECT number FROM {kind} WHERE path = ?)",
            (body, path),
        )
        assert done.rowcount == 1


def delete_row(project: Project, kind: str, path: str) -> None:
    """Take a row out; its text goes too, or may stay behind."""
    with closing(connect(project.index_path)) as database, database:
        assert database.execute(f"DELETE FROM {kind} WHERE path = ?", (path,)).rowcount == 1


def delete_text(project: Project, kind: str, path: str) -> None:
    """Take only the text of a row out."""
    with closing(connect(project.index_path)) as database, database:
        database.execute(
            f"DELETE FROM {kind}_text WHERE rowid = (SELECT number FROM {kind} WHERE path = ?)",
            (path,),
        )


def edit(project: Project, path: str, old: str, new: str) -> None:
    """Change a file as another program would."""
    place = project.root / path
    text = place.read_bytes().decode()
    assert text.count(old) == 1, text
    place.write_bytes(text.replace(old, new).encode())


def only_item(project: Project, index: Index) -> ItemDifference:
    """Compare, and give the one item that differs."""
    diff = compare(project, index)
    assert not diff.orphans
    assert not diff.unreadable
    (item,) = diff.items
    return item


def only_orphan(project: Project, index: Index) -> Orphan:
    """Compare, and give the one orphan."""
    diff = compare(project, index)
    assert not diff.items
    (orphan,) = diff.orphans
    return orphan


def told(diff: MetadataDiff) -> list[tuple[str, str, object, object]]:
    """Give path, label and both values of every difference."""
    return [
        (item.path, one.label, one.index_value, one.file_value)
        for item in diff.items
        for one in item.fields
    ]
