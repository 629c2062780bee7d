"""tags.json: listed, changed entry by entry, and never written when it is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.array_file import ArrayFile, inserted, place_in_order, read_array, removed, replaced
from store.files import FileError
from store.project import Project
from store.tags import (
    Tag,
    TagError,
    create_tag,
    read_tags,
    rename_listed,
    unlist,
    update_tag,
)
from tests.unit.store.conftest import put

TAGS = """[
  {
    "name": "craft",
    "mood": [1, 2.50, "\\u00fc"]
  },
  {
    "name": "Ink",
    "color": "#123456"
  },
  {
    "name": "paper",
    "color": "#abc",
    "postTemplateSlug": "wide"
  }
]"""


def listed(project: Project, text: str = TAGS) -> Path:
    return put(project, "meta/tags.json", text)


def test_what_is_listed(project: Project) -> None:
    listed(project, TAGS.replace("[\n  {", '\ufeff[\n  7, "word", {"color": "#fff"},\n  {', 1))
    tags = read_tags(project)
    assert tags.tags == (
        Tag("craft", "", ""),
        Tag("Ink", "#123456", ""),
        Tag("paper", "#abc", "wide"),
    )
    assert tags.problem == ""


def test_a_project_without_the_file_has_no_tags_and_gets_one(project: Project) -> None:
    assert read_tags(project).tags == ()
    unlist(project, ["x"])
    assert not (project.meta_dir / "tags.json").exists()
    assert create_tag(project, "  New One ", color="#fff") == Tag("new one", "#fff", "")
    text = (project.meta_dir / "tags.json").read_text()
    assert text == '[\n  {\n    "name": "new one",\n    "color": "#fff"\n  }\n]\n'


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize(
    ("name", "neighbour"), [("brush", "craft"), ("desk", "Ink"), ("oil", "paper"), ("zinc", "")]
)
def test_a_new_tag_comes_in_order_and_nothing_else_changes(
    project: Project, eol: str, end: str, name: str, neighbour: str
) -> None:
    path = listed(project, (TAGS + end).replace("\n", eol))
    create_tag(project, name.upper())
    new = f'  {{\n    "name": "{name}"\n  }}'
    if neighbour:
        old = f'  {{\n    "name": "{neighbour}"'
        expected = TAGS.replace(old, f"{new},\n{old}")
    else:
        expected = TAGS.replace("  }\n]", f"  }},\n{new}\n]")
    assert path.read_bytes().decode() == (expected + end).replace("\n", eol)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", '[\n  {\n    "name": "b"\n  }\n]'),
        ('[{"name":"a"},{"name":"c"}]', '[{"name":"a"},{"name": "b"},{"name":"c"}]'),
        ('[{"name": "a"}]\n', '[{"name": "a"}, {"name": "b"}]\n'),
        ('[\n\t{"name": "c"}\n]', '[\n\t{"name": "b"},\n\t{"name": "c"}\n]'),
        (
            '[\n\t{\n\t\t"name": "a"\n\t}\n]\n',
            '[\n\t{\n\t\t"name": "a"\n\t},\n\t{\n\t\t"name": "b"\n\t}\n]\n',
        ),
    ],
)
def test_the_form_of_the_file_is_kept(project: Project, before: str, after: str) -> None:
    path = listed(project, before)
    create_tag(project, "b")
    assert path.read_text() == after


def test_names_are_unique_whatever_their_case(project: Project) -> None:
    path = listed(project)
    for name in ("ink", " INK", "Paper"):
        with pytest.raises(TagError, match="There is a tag"):
            create_tag(project, name)
    for name in ("", " \n", "\x1b"):
        with pytest.raises(TagError, match="at least one letter"):
            create_tag(project, name)
    assert path.read_text() == TAGS


@pytest.mark.parametrize(
    "color", ["red", "#12", "#1234", "#12345g", "fff", "#fff\n", "#\uff11\uff12\uff13"]
)
def test_colours_that_are_none_are_refused(project: Project, color: str) -> None:
    path = listed(project)
    with pytest.raises(TagError, match="A colour is written like"):
        create_tag(project, "new", color=color)
    with pytest.raises(TagError, match="A colour is written like"):
        update_tag(project, "ink", color=color)
    assert path.read_text() == TAGS


def test_an_update_touches_only_its_lines(project: Project) -> None:
    path = listed(project)
    assert update_tag(project, "ink", color="#FFF") == Tag("Ink", "#FFF", "")
    assert path.read_text() == TAGS.replace("#123456", "#FFF")
    update_tag(project, "Ink", color="#123456")
    assert update_tag(project, "craft", color="#000", post_template_slug="t") == Tag(
        "craft", "#000", "t"
    )
    added = '"\\u00fc"],\n    "color": "#000",\n    "postTemplateSlug": "t"\n'
    assert path.read_text() == TAGS.replace('"\\u00fc"]\n', added)
    assert update_tag(project, "craft", color="", post_template_slug="") == Tag("craft", "", "")
    before = path.stat().st_mtime_ns
    update_tag(project, "craft", color="")
    assert path.read_text() == TAGS
    assert path.stat().st_mtime_ns == before


def test_a_tag_that_only_posts_know_gets_listed_by_its_first_colour(project: Project) -> None:
    listed(project)
    assert update_tag(project, "desk", color="#abc") == Tag("desk", "#abc", "")
    assert [tag.name for tag in read_tags(project).tags] == ["craft", "desk", "Ink", "paper"]


def test_a_renamed_entry_keeps_all_and_finds_its_place(project: Project) -> None:
    path = listed(project)
    first, rest = TAGS.split(",\n  {\n", 1)
    craft = first.removeprefix("[\n").replace("craft", "wood")
    rename_listed(project, "Craft", "wood")
    assert path.read_text() == "[\n  {\n" + rest.removesuffix("\n]") + ",\n" + craft + "\n]"
    rename_listed(project, "wood", "craft")
    assert path.read_text() == TAGS
    rename_listed(project, "ink", "ink")
    assert path.read_text() == TAGS.replace("Ink", "ink")


def test_what_is_taken_out_leaves_the_rest(project: Project) -> None:
    path = listed(project)
    unlist(project, ["INK", "nothing"])
    assert path.read_text() == TAGS.replace(
        '  {\n    "name": "Ink",\n    "color": "#123456"\n  },\n', ""
    )
    unlist(project, ["paper"])
    unlist(project, ["craft"])
    assert path.read_text() == "[]"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[\n  {"name": }\n]', "line 2, column 12: expecting value"),
        ("{}", r"line 1, column 1: it should be a list \[...\]"),
        ("", "line 1, column 1: expecting value"),
        (b"[\n\xff]", "not UTF-8 in line 2"),
        ("[" * 100_000, "line 1, column 1: it cannot be read"),
        ("[" + "9" * 5000 + "]", "line 1, column 1: it cannot be read"),
    ],
)
def test_a_broken_file_is_never_written(project: Project, text: str | bytes, words: str) -> None:
    path = put(project, "meta/tags.json", text)
    before = path.read_bytes()
    tags = read_tags(project)
    assert tags.tags == ()
    assert "meta/tags.json" in tags.problem
    with pytest.raises(FileError, match=words) as caught:
        create_tag(project, "x")
    assert str(caught.value) == tags.problem
    for change in (
        lambda: update_tag(project, "x", color="#fff"),
        lambda: rename_listed(project, "x", "y"),
        lambda: unlist(project, ["x"]),
    ):
        with pytest.raises(FileError, match=words):
            change()
    assert path.read_bytes() == before


def test_an_entry_that_says_a_thing_twice_is_left_alone(project: Project) -> None:
    text = '[\n  {"name": "a"},\n  {"name": "b", "color": "#fff", "color": "#000"}\n]'
    path = listed(project, text)
    with pytest.raises(FileError, match='line 3: "color" stands there twice'):
        update_tag(project, "b", color="#123")
    assert path.read_text() == text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
FORMS = st.sampled_from([None, 1, 2, "\t"])


@given(st.lists(VALUES, max_size=5), FORMS, st.booleans(), st.integers(0, 5), VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_change_item_by_item(
    project: Project,
    items: list[object],
    indent: int | str | None,
    is_crlf: bool,
    at: int,
    new: object,
) -> None:
    text = "\n" + json.dumps(items, indent=indent) + " \n"
    path = put(project, "meta/list.json", text.replace("\n", "\r\n") if is_crlf else text)
    file = read_array(path)
    assert list(file.items) == items

    def same_but(changed: ArrayFile, gone: int, added: int) -> bool:
        """Say whether the other items are the same, character for character."""
        before = [file.text[start:end] for start, end in file.spans]
        after = [changed.text[start:end] for start, end in changed.spans]
        del before[at : at + gone]
        del after[at : at + added]
        return before == after

    at = min(at, len(items))
    more = inserted(file, at, new)
    assert list(more.items) == [*items[:at], new, *items[at:]]
    assert same_but(more, 0, 1)
    if at == len(items):
        return
    less = removed(file, at)
    assert list(less.items) == items[:at] + items[at + 1 :]
    assert same_but(less, 1, 0)
    if len(items) > 1:
        assert removed(more, at).text == file.text
    other = replaced(file, at, lambda _: '"x"')
    assert list(other.items) == [*items[:at], "x", *items[at + 1 :]]
    assert same_but(other, 1, 1)


@given(st.lists(st.text(max_size=3), unique=True), st.text(max_size=3))
def test_places_keep_the_order(names: list[str], name: str) -> None:
    names.sort(key=lambda one: (one.casefold(), one))
    names.insert(place_in_order([*names], name), name)
    assert names == sorted(names, key=lambda one: (one.casefold(), one))
