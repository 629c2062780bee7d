"""The categories of a project: meta/categories.json, and how each is shown: category-meta.json.

Which posts are in a category must never enter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from store.array_file import inserted, place_in_order, read_array, removed, write_array
from store.files import FileError
from store.json_text import REMOVE, KeyPath
from store.one_line import clean
from store.project import Project
from store.settings_file import SettingsFile, change_settings, read_settings
from store.tags import TagError, tag_name

Setting = Literal[
    "render_in_lists", "show_title", "title", "post_template_slug", "list_template_slug"
]

PROTECTED = ("article", "aside", "page", "picture")
"""Every project has these; they cannot be removed."""

_SHOWN: Mapping[str, tuple[bool, bool]] = {"aside": (True, False), "page": (False, True)}
"""Where it is not (True, True): whether lists hold a category's posts, and show their titles."""
_KEYS: Mapping[str, str] = {
    "render_in_lists": "renderInLists",
    "show_title": "showTitle",
    "title": "title",
    "post_template_slug": "postTemplateSlug",
    "list_template_slug": "listTemplateSlug",
}


@dataclass(frozen=True, slots=True)
class Category:
    """A category and how it is shown, defaults filled in."""

    name: str
    render_in_lists: bool
    show_title: bool
    title: str
    post_template_slug: str
    """"" for none, as `list_template_slug`."""
    list_template_slug: str
    is_protected: bool


@dataclass(frozen=True, slots=True)
class CategoryList:
    """The categories of a project."""

    categories: tuple[Category, ...]
    """By name; the protected ones are there whatever the file says."""
    problems: tuple[str, ...]
    """What is wrong with the files, in words and with the place."""


def read_categories(project: Project) -> CategoryList:
    """Read the categories. Broken files are no error: defaults hold, and `problems` says it.

    Args:
        project: Whose.

    Returns:
        Its categories.
    """
    problems = []
    names: set[str] = set(PROTECTED)
    try:
        items = read_array(_path(project)).items
        names |= {clean(item) for item in items if isinstance(item, str) and clean(item)}
    except FileError as error:
        problems.append(str(error))
    meta = _read_meta(project)
    if meta.problem:
        problems.append(meta.problem)
    found = (_category(name, meta.values.get(name)) for name in sorted(names))
    return CategoryList(tuple(found), tuple(problems))


def add_category(project: Project, name: str) -> Category:
    """List a new category.

    Args:
        project: Where.
        name: Its name; it is written in lower case.

    Returns:
        The category.

    Raises:
        TagError: There is one of that name.
        FileError: The file is broken or could not be written; it is as it was.
    """
    name = tag_name(name)
    file = read_array(_path(project))
    names = [item if isinstance(item, str) else None for item in file.items]
    if file.stamp is not None and name in _folded(names):
        raise TagError(f"There is a category {name!r} already.")
    after = file
    # A file that is made now lists the protected ones, too.
    for new in (name, *(PROTECTED if file.stamp is None else ())):
        if new not in _folded(names):
            at = place_in_order(names, new)
            names.insert(at, new)
            after = inserted(after, at, new)
    write_array(file, after)
    return _category(name, _read_meta(project).values.get(name))


def remove_category(project: Project, name: str) -> None:
    """Take a category and its settings out of the project's lists; posts keep theirs.

    Args:
        project: Where.
        name: Which; letter case does not count.

    Raises:
        TagError: It is protected, or there is none of that name.
        FileError: A file is broken or could not be written.
    """
    wanted = name.strip().casefold()
    if wanted in PROTECTED:
        raise TagError(f"The category {wanted!r} belongs to every project and cannot be removed.")
    file = read_array(_path(project))
    names = [item if isinstance(item, str) else None for item in file.items]
    if wanted not in _folded(names):
        raise TagError(f"There is no category {name!r}.")
    meta = _read_meta(project)
    # First what can fail for being broken; an entry too few in it is just defaults.
    change_settings(meta, {(key,): REMOVE for key in meta.values if key.casefold() == wanted})
    after = file
    for at in reversed([at for at, other in enumerate(_folded(names)) if other == wanted]):
        after = removed(after, at)
    write_array(file, after)


def change_category(project: Project, name: str, changes: Mapping[Setting, str | bool]) -> Category:
    """Change how a category is shown.

    Args:
        project: Where.
        name: Which.
        changes: New values; an empty template takes that key away.

    Returns:
        The category.

    Raises:
        TagError: There is none of that name.
        FileError: A file is broken or could not be written; it is as it was.
        ValueError: Another setting, or a value that it cannot have.
    """
    known = {category.name: category for category in read_categories(project).categories}
    if name not in known:
        raise TagError(f"There is no category {name!r}.")
    meta = _read_meta(project)
    wanted: dict[KeyPath, object] = {}
    if not isinstance(meta.values.get(name), dict):
        category = known[name]
        wanted[(name,)] = {
            "renderInLists": category.render_in_lists,
            "showTitle": category.show_title,
            "title": category.title,
        }
    for setting, value in changes.items():
        if setting not in _KEYS or isinstance(value, bool) != (
            setting in {"render_in_lists", "show_title"}
        ):
            raise ValueError(f"a category's {setting} cannot be {value!r}")
        new: object = clean(value) if isinstance(value, str) else value
        if setting == "title":
            new = new or name
        if new == getattr(known[name], setting):
            continue
        is_gone = setting.endswith("slug") and not new
        wanted[(name, _KEYS[setting])] = REMOVE if is_gone else new
    if all(len(path) == 1 for path in wanted):  # nothing but defaults: they hold unwritten
        return known[name]
    return _category(name, change_settings(meta, wanted).values.get(name))


def _path(project: Project) -> Path:
    return project.meta_dir / "categories.json"


def _read_meta(project: Project) -> SettingsFile:
    name = "category-meta.json"
    return read_settings(project.meta_dir / name, f"meta/{name}", may_be_missing=True)


def _category(name: str, said: Any) -> Category:
    values = said if isinstance(said, dict) else {}
    in_lists, with_title = _SHOWN.get(name, (True, True))

    def flag(key: str, default: bool) -> bool:
        value = values.get(key)
        return value if isinstance(value, bool) else default

    def text(key: str) -> str:
        value = values.get(key)
        return clean(value) if isinstance(value, str) else ""

    return Category(
        name=name,
        render_in_lists=flag("renderInLists", in_lists),
        show_title=flag("showTitle", with_title),
        title=text("title") or name,
        post_template_slug=text("postTemplateSlug"),
        list_template_slug=text("listTemplateSlug"),
        is_protected=name in PROTECTED,
    )


def _folded(names: list[str | None]) -> list[str | None]:
    return [name and clean(name).casefold() for name in names]
