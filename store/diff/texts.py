"""Works out what a file's text becomes when it is to say what the index says.

Only the lines of the fields that are asked for change. Files must never be written from here.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from store import frontmatter, headers, post_text, sidecar_text
from store.diff.differences import BODY, FieldValue
from store.diff.fields import file_key, is_same, label_of
from store.diff.reading import FileState, parse_state
from store.facts import PostFacts
from store.files import FileError, Stamp
from store.index import EntryKind
from store.index_tables import Facts
from store.project import Project
from store.script_changes import encoded, new_id
from store.script_text import ScriptFields, header_key, new_script_text, text_with_header

_REQUIRED = frozenset({"id", "title", "slug", "status", "created_at", "updated_at"})
"""Facts of a post that are written even when they say nothing."""


def changed_text(
    project: Project,
    kind: EntryKind,
    place: Path,
    state: FileState,
    changes: Mapping[str, FieldValue],
    body: str | None,
) -> bytes:
    """Change some fields of a file, its body or both.

    Args:
        project: The project it belongs to.
        kind: What the file is.
        place: Where it is.
        state: What it says now.
        changes: New values by the fact's name.
        body: The new text below front matter or header; None keeps it.

    Returns:
        The file's new bytes. Read back, they say what was asked for, and all else as before.

    Raises:
        FileError: The file is written in a way in which that cannot be done.
    """
    try:
        if kind == "posts":
            text = _changed_post(state, changes, body)
        elif kind == "scripts":
            text = _changed_script(project, place, state, changes, body)
        else:
            keys = {file_key(field): _sidecar_value(value) for field, value in changes.items()}
            text = sidecar_text.patch(state.text, keys)
    except (frontmatter.FrontMatterError, sidecar_text.SidecarError) as error:
        raise FileError(place, str(error), "Change it by hand.", action="write") from error
    data = encoded(place, text)
    written = _read_back(kind, place, data)
    facts: Any = state.facts
    wanted = replace(facts, **dict(changes))
    own = set(changes) if kind == "scripts" else None
    wrong = _different(wanted, written.facts, own)
    if written.body != (state.body if body is None else body):
        wrong.append(label_of(BODY))
    if wrong:
        raise FileError(
            place,
            f"this file cannot say it like the index: {', '.join(wrong)}",
            "Change it by hand.",
            action="write",
        )
    return data


def text_from_row(project: Project, kind: EntryKind, place: Path, facts: Facts, body: str) -> bytes:
    """Write a whole file from what the index knows about it.

    Args:
        project: The project it belongs to.
        kind: What the file is.
        place: Where it was.
        facts: What the index knows.
        body: The text below front matter or header.

    Returns:
        The file's bytes. Keys that the index does not keep are not in them.

    Raises:
        FileError: What the index knows is not enough to make the file again.
    """
    try:
        if isinstance(facts, PostFacts):
            # The body by itself: a new post's is put in order, this one comes back as it was.
            text = post_text.new_text(_front_matter(place, facts), "") + body
        elif isinstance(facts, ScriptFields):
            text = new_script_text(replace(facts, project_id=facts.project_id or project.id), body)
        else:
            values = {field.name: getattr(facts, field.name) for field in fields(facts)}
            text = sidecar_text.new_sidecar(
                {file_key(name): _sidecar_value(value) for name, value in values.items() if value}
            )
        data = encoded(place, text)
        written = _read_back(kind, place, data)
    except (frontmatter.FrontMatterError, sidecar_text.SidecarError) as error:
        raise FileError(place, _not_enough(str(error)), action="write") from error
    except FileError as error:
        raise FileError(place, _not_enough(error.reason), action="write") from error
    wrong = _different(facts, written.facts, None, ignored=("project_id",))
    if wrong or written.body != body:
        raise FileError(place, _not_enough(", ".join(wrong) or label_of(BODY)), action="write")
    return data


def _changed_post(state: FileState, changes: Mapping[str, FieldValue], body: str | None) -> str:
    assert isinstance(state.facts, PostFacts)
    is_translation = bool(state.facts.translation_for)
    values = {
        file_key(field): _post_value(field, value, is_translation)
        for field, value in changes.items()
    }
    return post_text.changed_text(state.text, values, body)


def _changed_script(
    project: Project,
    place: Path,
    state: FileState,
    changes: Mapping[str, FieldValue],
    body: str | None,
) -> str:
    header = headers.parse(state.text)
    new_body = state.body if body is None else body
    if header.form != "none":
        values: dict[str, headers.Value] = {
            header_key(field): value
            for field, value in changes.items()
            if not isinstance(value, tuple)
        }
        head = headers.patch(header, values)
        # The file may end with its header; a body must not land in the header's last line.
        return head + ("\n" if new_body and not head.endswith("\n") else "") + new_body
    if not changes:
        return new_body
    if header.problem:
        raise FileError(place, header.problem, "Repair the header first.", action="write")
    assert isinstance(state.facts, ScriptFields)
    named: Any = replace(
        state.facts,
        id=state.facts.id or new_id(),
        project_id=state.facts.project_id or project.id,
    )
    return text_with_header(replace(named, **dict(changes)), new_body)


def _front_matter(place: Path, facts: PostFacts) -> dict[str, frontmatter.NewValue]:
    is_translation = bool(facts.translation_for)
    values: dict[str, frontmatter.NewValue] = {}
    for name in (field.name for field in fields(facts)):
        value = getattr(facts, name)
        if is_translation and (not value or _is_named(place, name, value)):
            continue
        if not value and name == "translation_for":
            continue
        values[file_key(name)] = list(value) if isinstance(value, tuple) else value
    return values


def _is_named(place: Path, field: str, value: str) -> bool:
    """Tell whether a translation says something by its file's name alone."""
    return field == "slug" and place.name.startswith(f"{value}.")


def _post_value(field: str, value: FieldValue, is_translation: bool) -> frontmatter.NewValue:
    if isinstance(value, tuple):
        return list(value) if value or not is_translation else None
    return value if value or (field in _REQUIRED and not is_translation) else None


def _sidecar_value(value: FieldValue) -> sidecar_text.NewValue:
    return list(value) if isinstance(value, tuple) else value


def _read_back(kind: EntryKind, place: Path, data: bytes) -> FileState:
    return parse_state(kind, place, data, Stamp(0, len(data), ""))


def _different(
    wanted: Any, written: Any, names: Collection[str] | None, ignored: Collection[str] = ()
) -> list[str]:
    """Give the labels of what does not read back as it should.

    Of a script only `names` are looked at: what its header does not say depends on the file's time.
    """
    return [
        label_of(field.name)
        for field in fields(wanted)
        if (names is None or field.name in names)
        and field.name not in ignored
        and not is_same(field.name, getattr(wanted, field.name), getattr(written, field.name))
    ]


def _not_enough(what: str) -> str:
    return f"the index does not know enough to write the file again: {what}"
