"""Works out the text of a script after a change, before anything is written.

Files must never be written from here.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from store import headers
from store.files import FileError
from store.project import ProjectError, find_root, open_project
from store.script_text import KINDS, Script, ScriptKind, header_key, text_with_header
from store.slugs import slugify

_CHANGEABLE = ("title", "slug", "kind", "entrypoint", "enabled")


def wanted_changes(script: Script, changes: Mapping[str, str | bool]) -> dict[str, str | bool]:
    """Give the changes that change something, in the form they are stored in.

    Args:
        script: The script as it was read.
        changes: New values by field name.

    Returns:
        Those that differ from what the script has.

    Raises:
        ValueError: Another field, or a value that the field cannot have.
    """
    wanted: dict[str, str | bool] = {}
    for name, value in changes.items():
        if name not in _CHANGEABLE:
            raise ValueError(f"a script has no field {name!r} that can be changed")
        if name == "enabled" or isinstance(value, bool):
            if name != "enabled" or not isinstance(value, bool):
                raise ValueError(f"{name} cannot be {value!r}")
            stored: str | bool = value
        else:
            stored = slugify(value) if name == "slug" else headers.clean(value)
            if name == "kind" and stored not in KINDS:
                raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {value!r}")
        if name == "slug" and value == script.fields.slug:
            continue  # an old slug that is not in a slug's form stays until somebody changes it
        if stored != "" and stored != getattr(script.fields, name):
            wanted[name] = stored
    return wanted


def changed_text(script: Script, body: str, wanted: dict[str, str | bool], moment: str) -> str:
    """Write the script's text with a body and changed fields.

    Args:
        script: The script as it was read.
        body: The body to write.
        wanted: Changed fields, as `wanted_changes` gives them.
        moment: The time of the change, as headers hold it.

    Returns:
        The whole file. A file without header gets one only when a field changes.

    Raises:
        FileError: A field changes but the header is broken.
    """
    fields = script.fields
    if script.form != "none":
        header = headers.patch(
            headers.parse(script.text),
            {header_key(name): value for name, value in wanted.items()}
            | {"version": fields.version + 1, "updatedAt": moment},
        )
        # The file may end with its header; a body must not land in the header's last line.
        return header + ("\n" if body and not header.endswith("\n") else "") + body
    if not wanted:
        return body
    problem = headers.parse(script.text).problem
    if problem:
        raise FileError(script.path, problem, "Repair the header first.", action="write")
    changed = replace(
        fields,
        id=fields.id or new_id(),
        project_id=fields.project_id or _project_id(script.path),
        title=cast(str, wanted.get("title", fields.title)),
        slug=cast(str, wanted.get("slug", fields.slug)),
        kind=cast(ScriptKind, wanted.get("kind", fields.kind)),
        entrypoint=cast(str, wanted.get("entrypoint", fields.entrypoint)),
        enabled=bool(wanted.get("enabled", fields.enabled)),
        version=fields.version + 1,
        updated_at=moment,
    )
    return text_with_header(changed, body)


def encoded(path: Path, text: str) -> bytes:
    """Encode a script's text.

    Args:
        path: Its file, for the error.
        text: The whole file.

    Returns:
        UTF-8.

    Raises:
        FileError: It holds half a character, as some terminals paste them.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start]
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise FileError(
            path,
            f"line {line}, column {column} holds half a character (a lone surrogate)",
            "Delete it.",
            action="write",
        ) from error


def _project_id(path: Path) -> str:
    try:
        return open_project(find_root(path.parent)).id
    except ProjectError:
        return ""


def new_id() -> str:
    """Make an id for a script that has none."""
    import uuid  # here: only new scripts pay for it

    return str(uuid.uuid4())
