"""The tags of a project as meta/tags.json lists them: their names, colours and templates.

Which posts carry a tag must never enter: they say so themselves, see `tag_changes`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from store.array_file import (
    ArrayFile,
    inserted,
    inserted_text,
    place_in_order,
    read_array,
    removed,
    replaced,
    write_array,
)
from store.files import FileError
from store.json_text import REMOVE, JsonTextError, KeyPath, patch
from store.one_line import clean
from store.project import Project

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class TagError(ValueError):
    """A tag or a category cannot be what was asked for; `str()` is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as meta/tags.json has it; "" for what it does not say."""

    name: str
    color: str
    """`#rgb` or `#rrggbb`."""
    post_template_slug: str


@dataclass(frozen=True, slots=True)
class TagList:
    """The tags that meta/tags.json lists."""

    tags: tuple[Tag, ...]
    problem: str
    """Why it cannot be read, in words and with the place; "" when it can."""


def read_tags(project: Project) -> TagList:
    """Read meta/tags.json. A broken file is no error: `problem` says it.

    Args:
        project: Whose.

    Returns:
        Its tags in the order of the file; items that are no tags are left out.
    """
    try:
        file = read_array(_path(project))
    except FileError as error:
        return TagList((), str(error))
    return TagList(tuple(tag for item in file.items if (tag := _tag(item))), "")


def tag_name(name: str) -> str:
    """Write a tag's or category's name as the project keeps it: trimmed, lower case, one line.

    Raises:
        TagError: Nothing is left of it.
    """
    if not (cleaned := clean(name).lower()):
        raise TagError("A name needs at least one letter.")
    return cleaned


def create_tag(
    project: Project, name: str, *, color: str = "", post_template_slug: str = ""
) -> Tag:
    """List a new tag.

    Args:
        project: Where.
        name: Its name; it is written in lower case.
        color: `#rgb` or `#rrggbb`; "" for none.
        post_template_slug: The template of posts that carry it; "" for none.

    Returns:
        The tag.

    Raises:
        TagError: There is one of that name, or the colour is none.
        FileError: The file is broken or could not be written; it is as it was.
    """
    name = tag_name(name)
    file = read_array(_path(project))
    if _find(file, name) is not None:
        raise TagError(f"There is a tag {name!r} already.")
    item = {"name": name}
    if color:
        item["color"] = _checked_color(color)
    if post_template_slug:
        item["postTemplateSlug"] = clean(post_template_slug)
    write_array(file, inserted(file, place_in_order(_names(file), name), item))
    return Tag(name, item.get("color", ""), item.get("postTemplateSlug", ""))


def update_tag(
    project: Project, name: str, *, color: str | None = None, post_template_slug: str | None = None
) -> Tag:
    """Change a tag's colour or template; a tag that only posts know gets listed.

    Args:
        project: Where.
        name: Which; letter case does not count.
        color: The new one, "" for none; None keeps it.
        post_template_slug: Likewise.

    Returns:
        The tag.

    Raises:
        TagError: The colour is none.
        FileError: The file is broken or could not be written; it is as it was.
    """
    file = read_array(_path(project))
    at = _find(file, name)
    if at is None:
        return create_tag(
            project, name, color=color or "", post_template_slug=post_template_slug or ""
        )
    changes: dict[KeyPath, object] = {}
    if color is not None:
        changes[("color",)] = _checked_color(color) if color else REMOVE
    if post_template_slug is not None:
        changes[("postTemplateSlug",)] = clean(post_template_slug) or REMOVE
    tag = _tag(write_array(file, _patched(file, at, changes)).items[at])
    assert tag is not None  # it was found by its name
    return tag


def check_tags(project: Project) -> None:
    """Find out whether meta/tags.json can be changed.

    Raises:
        FileError: It is broken; with its place.
    """
    read_array(_path(project))


def is_listed(project: Project, name: str) -> bool:
    """Say whether meta/tags.json lists a tag; letter case does not count.

    Raises:
        FileError: The file is broken.
    """
    return _find(read_array(_path(project)), name) is not None


def rename_listed(project: Project, old: str, new: str) -> None:
    """Give an entry another name and its place in the order; its colour and the rest stay.

    Where `new` is listed already, `old` just goes; where `old` is not, `new` is listed.

    Raises:
        FileError: The file is broken or could not be written; it is as it was.
    """
    before = file = read_array(_path(project))
    at, is_other_name = _find(file, old), old.casefold() != new.casefold()
    if is_other_name and _find(file, new) is not None:
        pass
    elif at is None:
        file = inserted(file, place_in_order(_names(file), new), {"name": new})
    else:
        file = _patched(file, at, {("name",): new})
        start, end = file.spans[at]
        written = file.text[start:end]
        without = removed(file, at)
        place = place_in_order(_names(without), new)
        file = file if place == at else inserted_text(without, place, written)
    while is_other_name and (at := _find(file, old)) is not None:
        file = removed(file, at)
    write_array(before, file)


def unlist(project: Project, names: Collection[str]) -> None:
    """Take entries out of meta/tags.json; letter case does not count.

    Raises:
        FileError: The file is broken or could not be written; it is as it was.
    """
    before = file = read_array(_path(project))
    for name in names:
        while (at := _find(file, name)) is not None:
            file = removed(file, at)
    write_array(before, file)


def _path(project: Project) -> Path:
    return project.meta_dir / "tags.json"


def _tag(item: object) -> Tag | None:
    if not isinstance(item, dict) or not (name := _text(item, "name")):
        return None
    return Tag(name, _text(item, "color"), _text(item, "postTemplateSlug"))


def _text(item: dict[str, object], key: str) -> str:
    value = item.get(key)
    return clean(value) if isinstance(value, str) else ""


def _names(file: ArrayFile) -> list[str | None]:
    return [tag.name if (tag := _tag(item)) else None for item in file.items]


def _find(file: ArrayFile, name: str) -> int | None:
    wanted = name.strip().casefold()
    for at, other in enumerate(_names(file)):
        if other is not None and other.casefold() == wanted:
            return at
    return None


def _patched(file: ArrayFile, at: int, changes: dict[KeyPath, object]) -> ArrayFile:
    try:
        return replaced(file, at, lambda text: patch(text, changes))
    except JsonTextError as error:
        line = file.text.count("\n", 0, file.spans[at][0]) + error.line
        raise FileError(
            file.path, f"line {line}: {error.reason}", "Put it right first.", action="change"
        ) from error


def _checked_color(color: str) -> str:
    if not _COLOR.fullmatch(color):
        raise TagError(f"A colour is written like #f80 or #ff8800, not {color!r}.")
    return color
