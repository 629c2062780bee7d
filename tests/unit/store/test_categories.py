"""Categories: the list, how each is shown, and the four that every project has."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.categories import (
    PROTECTED,
    Category,
    Setting,
    add_category,
    change_category,
    read_categories,
    remove_category,
)
from store.files import FileError
from store.project import Project
from store.tags import TagError
from tests.unit.store.conftest import put

LIST = '[\n  "article",\n  "aside",\n  "notes",\n  "page",\n  "picture"\n]'
META = """{
  "aside": {
    "renderInLists": true,
    "showTitle": false,
    "title": "Asides",
    "icon": "x"
  },
  "notes": {
    "renderInLists": false,
    "showTitle": true,
    "title": "My notes",
    "listTemplateSlug": "cards"
  }
}
"""


def given(project: Project, categories: str = LIST, meta: str = META) -> tuple[Path, Path]:
    return (
        put(project, "meta/categories.json", categories),
        put(project, "meta/category-meta.json", meta),
    )


def test_categories_with_how_they_are_shown(project: Project) -> None:
    given(project, '["notes", "Odd", 7, " "]')
    found = read_categories(project)
    assert found.problems == ()
    assert [category.name for category in found.categories] == [
        "Odd",
        "article",
        "aside",
        "notes",
        "page",
        "picture",
    ]
    by_name = {category.name: category for category in found.categories}
    assert by_name["notes"] == Category("notes", False, True, "My notes", "", "cards", False)
    assert by_name["aside"] == Category("aside", True, False, "Asides", "", "", True)
    assert by_name["page"] == Category("page", False, True, "page", "", "", True)
    assert by_name["Odd"] == Category("Odd", True, True, "Odd", "", "", False)


def test_a_project_without_the_files_has_the_defaults(project: Project) -> None:
    assert [one.name for one in read_categories(project).categories] == list(PROTECTED)
    add_category(project, " Notes ")
    assert (project.meta_dir / "categories.json").read_text() == LIST + "\n"
    assert not (project.meta_dir / "category-meta.json").exists()


def test_a_new_category_comes_in_order_and_nothing_else_changes(project: Project) -> None:
    categories, meta = given(project)
    assert add_category(project, "Links").title == "links"
    assert categories.read_text() == LIST.replace('  "notes"', '  "links",\n  "notes"')
    assert meta.read_text() == META
    with pytest.raises(TagError, match="There is a category 'notes' already"):
        add_category(project, "NOTES")


def test_a_removed_category_takes_its_settings_along(project: Project) -> None:
    categories, meta = given(project)
    remove_category(project, "Notes")
    assert categories.read_text() == LIST.replace('  "notes",\n', "")
    assert meta.read_text() == META[: META.index(',\n  "notes"')] + "\n}\n"
    with pytest.raises(TagError, match="There is no category 'notes'"):
        remove_category(project, "notes")


@pytest.mark.parametrize("name", [*PROTECTED, " Page"])
def test_the_four_stay(project: Project, name: str) -> None:
    categories, meta = given(project)
    with pytest.raises(TagError, match="belongs to every project"):
        remove_category(project, name)
    assert (categories.read_text(), meta.read_text()) == (LIST, META)


def test_a_change_touches_only_its_lines(project: Project) -> None:
    categories, meta = given(project)
    changes: dict[Setting, str | bool] = {
        "title": 'The "notes"',
        "render_in_lists": True,
        "show_title": True,
        "post_template_slug": "",
        "list_template_slug": "",
    }
    changed = change_category(project, "notes", changes)
    assert changed == Category("notes", True, True, 'The "notes"', "", "", False)
    assert meta.read_text() == META.replace(
        '"renderInLists": false', '"renderInLists": true'
    ).replace('"My notes",\n    "listTemplateSlug": "cards"', '"The \\"notes\\""')
    before = meta.stat().st_mtime_ns
    assert change_category(project, "notes", changes) == changed
    assert meta.stat().st_mtime_ns == before
    assert categories.read_text() == LIST


def test_a_category_that_was_never_changed_gets_its_entry(project: Project) -> None:
    _, meta = given(project)
    assert change_category(project, "page", {"title": ""}).title == "page"
    assert meta.read_text() == META
    change_category(project, "page", {"title": "Pages", "post_template_slug": "wide"})
    entry = (
        ',\n  "page": {\n    "renderInLists": false,\n    "showTitle": true,\n'
        '    "title": "Pages",\n    "postTemplateSlug": "wide"\n  }\n}\n'
    )
    assert meta.read_text() == META.removesuffix("\n}\n") + entry


def test_what_cannot_be_set_is_refused(project: Project) -> None:
    _, meta = given(project)
    with pytest.raises(TagError, match="There is no category 'none'"):
        change_category(project, "none", {"title": "x"})
    wrong: list[dict[Setting, str | bool]] = [{"show_title": "yes"}, {"title": True}]
    for changes in wrong:
        with pytest.raises(ValueError, match="cannot be"):
            change_category(project, "notes", changes)
    assert meta.read_text() == META


def test_broken_files_give_the_defaults_and_are_never_written(project: Project) -> None:
    categories, meta = given(project, '["a",\n "b"', '{"notes": {,}}')
    found = read_categories(project)
    assert [one.name for one in found.categories] == list(PROTECTED)
    assert "categories.json: line 2, column 5: expecting ',' delimiter" in found.problems[0]
    assert found.problems[1].startswith("meta/category-meta.json:1:12: ")
    for change in (
        lambda: add_category(project, "x"),
        lambda: remove_category(project, "a"),
        lambda: change_category(project, "page", {"title": "x"}),
    ):
        with pytest.raises(FileError):
            change()
    put(project, "meta/categories.json", LIST)
    with pytest.raises(FileError, match=r"Put meta/category-meta\.json:1:12 right first"):
        remove_category(project, "notes")
    assert (categories.read_text(), meta.read_text()) == (LIST, '{"notes": {,}}')
