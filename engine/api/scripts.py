"""Scripts: what a project can run."""

from __future__ import annotations

from typing import Any, Literal

from engine.api.registry import reads, writes
from engine.api.session import Session
from engine.api.shapes import Script, ScriptRow, script_data, script_row

Kind = Literal["macro", "utility", "transform"]


@reads
async def get(session: Session, slug: str) -> Script:
    """Return a script with its text.

    Args:
        slug: Its name.

    Raises:
        LookupError: There is none; the message names close ones.

    Example:
        print(app.scripts.get("hello").body)
    """
    workspace = session.workspace
    return script_data(workspace.project.root, await workspace.find_script(slug))


@reads
async def list_(session: Session, *, kind: Kind | None = None) -> list[ScriptRow]:
    """List scripts without their texts: by kind, the last changed first.

    Args:
        kind: Only macros, utilities or transforms.

    Example:
        for script in app.scripts.list(kind="macro"):
            print(script.slug, script.title)
    """
    rows = await session.workspace.catalog.scripts()
    return [script_row(row) for row in rows if kind is None or row.kind == kind]


@writes
async def create(
    session: Session,
    title: str,
    kind: Kind,
    body: str,
    *,
    slug: str = "",
    entrypoint: str = "",
    enabled: bool = True,
) -> Script:
    """Make a script.

    Args:
        title: What people read.
        kind: macro, utility or transform.
        body: Python.
        slug: Its name; made from the title when empty.
        entrypoint: The function that is called; the kind's usual one when empty.
        enabled: Whether it runs by itself.

    Example:
        made = app.scripts.create("Count words", "utility", "print('counting')")
        assert made.slug == "count_words"
    """
    workspace = session.workspace
    made = await workspace.create_script(
        title,
        kind,
        body,
        slug=slug or None,
        entrypoint=entrypoint or None,
        enabled=enabled,
    )
    return script_data(workspace.project.root, made)


@writes
async def update(
    session: Session,
    slug: str,
    *,
    body: str | None = None,
    title: str | None = None,
    kind: Kind | None = None,
    entrypoint: str | None = None,
    enabled: bool | None = None,
) -> Script:
    """Change a script; what is not given stays.

    Args:
        slug: Its name.
        body: The new text.
        title: What people read.
        kind: macro, utility or transform.
        entrypoint: The function that is called.
        enabled: Whether it runs by itself.

    Example:
        assert not app.scripts.update("hello", enabled=False).enabled
    """
    workspace = session.workspace
    given: dict[str, Any] = {
        "title": title,
        "kind": kind,
        "entrypoint": entrypoint,
        "enabled": enabled,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    saved = await workspace.save_script(
        await workspace.find_script(slug), body=body, changes=changes
    )
    return script_data(workspace.project.root, saved)


@writes
async def delete(session: Session, slug: str) -> bool:
    """Delete a script; the person can bring it back.

    Args:
        slug: Its name.

    Example:
        app.scripts.create("Short lived", "utility", "")
        assert app.scripts.delete("short_lived")
    """
    workspace = session.workspace
    await workspace.delete_script(await workspace.find_script(slug))
    return True
