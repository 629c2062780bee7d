"""Tags renamed, merged and deleted in every file that carries them, also when it is cut short."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import files, frontmatter, sidecar_text, tag_changes
from store.files import FileError, Stamp
from store.media import read_media
from store.posts import read_post
from store.project import Project, open_project
from store.tag_changes import TagProgress, TagReport, delete, merge, rename
from store.tags import TagError, read_tags, tag_name
from tests.unit.store.conftest import put

NOW = datetime(2026, 4, 1, tzinfo=UTC)
POST = """---
id: p1
title: 'It''s: here'  # the title
updatedAt: '2026-03-01T10:00:00.000Z'
tags:
  - one   # first
  - "Ink"
  - 'two, [2]'
categories: []
---
Body with ink
---
"""
SIDECAR = """---
id: m1
originalName: "a.png"
mimeType: image/png
size: 3
camera: Leica
updatedAt: 2026-03-01T10:00:00.000Z
tags: ["ink", one]
---"""
TRANSLATION = "---\ntranslationFor: p1\nlanguage: de\ntags:\n  - ink\n---\nText\n"
TAGS = '[\n  {\n    "name": "ink",\n    "color": "#123456"\n  },\n  {\n    "name": "one"\n  }\n]\n'


@pytest.fixture
def paths(project: Project) -> list[str]:
    """A post, its translation, a picture and a post without the tag, and tags.json."""
    put(project, "meta/tags.json", TAGS)
    texts = {
        "posts/a.md": POST,
        "posts/a.de.md": TRANSLATION,
        "media/a.png.meta": SIDECAR,
        "posts/other.md": POST.replace('  - "Ink"\n', ""),
    }
    for path, text in texts.items():
        put(project, path, text)
    return list(texts)


def texts_of(project: Project, paths: list[str]) -> dict[str, str]:
    return {path: (project.root / path).read_text() for path in [*paths, "meta/tags.json"]}


def names(project: Project) -> list[str]:
    return [tag.name for tag in read_tags(project).tags]


def test_a_rename_changes_only_the_lines_of_the_tag(project: Project, paths: list[str]) -> None:
    before = texts_of(project, paths)
    report = rename(project, "INK", " Dark: Ink ", paths, now=NOW)
    assert report.changed == ("posts/a.md", "posts/a.de.md", "media/a.png.meta")
    assert (report.posts_updated, report.media_updated, report.failures) == (2, 1, ())
    assert report.is_complete
    assert texts_of(project, paths) == before | {
        "posts/a.md": POST.replace('"Ink"', "'dark: ink'").replace(
            "2026-03-01T10:00", "2026-04-01T00:00"
        ),
        "posts/a.de.md": TRANSLATION.replace("- ink", "- 'dark: ink'"),
        "media/a.png.meta": SIDECAR.replace('"ink", one', '"dark: ink", "one"').replace(
            "2026-03-01T10:00", "2026-04-01T00:00"
        ),
        "meta/tags.json": TAGS.replace('"ink"', '"dark: ink"'),
    }


def test_a_rename_to_another_tag_is_a_merge(project: Project, paths: list[str]) -> None:
    before = texts_of(project, paths)
    with pytest.raises(TagError, match="There is a tag 'one' already; merge 'ink' into it"):
        rename(project, "ink", "one", paths)
    assert texts_of(project, paths) == before


def test_a_rename_may_change_the_case_only(project: Project, paths: list[str]) -> None:
    assert rename(project, "Ink", "ink", paths, now=NOW).changed == ("posts/a.md",)
    assert read_post(project.root / "posts/a.md").facts.tags == ("one", "ink", "two, [2]")
    assert rename(project, "Ink", "ink", paths).changed == ()


def test_merged_tags_keep_the_first_place_and_stand_there_once(
    project: Project, paths: list[str]
) -> None:
    before = texts_of(project, paths)
    report = merge(project, ["ink", "two, [2]", "One", "none"], "one", paths, now=NOW)
    assert report.changed == tuple(paths)
    posts = [read_post(project.root / path).facts for path in paths if path.endswith(".md")]
    assert [facts.tags for facts in posts] == [("one",), ("one",), ("one",)]
    assert read_media(project.root / "media/a.png.meta").facts.tags == ("one",)
    text = (project.root / "posts/a.md").read_text()
    assert text == before["posts/a.md"].replace("  - \"Ink\"\n  - 'two, [2]'\n", "").replace(
        "2026-03-01T10:00", "2026-04-01T00:00"
    )
    assert (project.meta_dir / "tags.json").read_text() == '[\n  {\n    "name": "one"\n  }\n]\n'


def test_the_target_of_a_merge_gets_listed(project: Project, paths: list[str]) -> None:
    merge(project, ["ink"], "Colour", paths)
    assert names(project) == ["colour", "one"]
    with pytest.raises(TagError, match="Name the tags that 'one' should take the place of"):
        merge(project, ["one", " "], "one", paths)


def test_a_tag_that_is_none_makes_no_other(project: Project, paths: list[str]) -> None:
    before = texts_of(project, paths)
    assert rename(project, "typo", "new", paths).is_complete
    assert merge(project, ["typo"], "new", paths).is_complete
    assert delete(project, "typo", paths).is_complete
    calls: list[Callable[[], TagReport]] = [
        lambda: rename(project, " ", "new", paths),
        lambda: rename(project, "ink", "\n", paths),
        lambda: delete(project, "", paths),
    ]
    for call in calls:
        with pytest.raises(TagError, match="at least one letter"):
            call()
    assert texts_of(project, paths) == before


def test_there_and_back_again_only_times_differ(demo: Path) -> None:
    project = open_project(demo)
    folders = (project.posts_dir, project.media_dir)
    paths = [
        path.relative_to(demo).as_posix()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".md", ".meta"}
    ]
    before = texts_of(project, paths)
    tag = read_tags(project).tags[-1].name
    there = rename(project, tag, "a: new [one]", paths, now=NOW)
    back = rename(project, "a: new [one]", tag, paths, now=NOW)
    assert there.changed == back.changed != ()
    after = texts_of(project, paths)
    assert after["meta/tags.json"] == before["meta/tags.json"]
    for path, text in after.items():
        pairs = zip(before[path].splitlines(), text.splitlines(), strict=True)
        differing = [old for old, new in pairs if old != new]
        assert all(line.startswith("updatedAt: ") for line in differing)
        assert len(differing) == (path in back.changed)


def test_a_deleted_tag_is_gone_everywhere(project: Project, paths: list[str]) -> None:
    report = delete(project, "ink", paths, now=NOW)
    assert report.posts_updated == 2
    assert (project.root / "posts/a.de.md").read_text() == TRANSLATION.replace(
        "tags:\n  - ink", "tags: []"
    )
    assert read_post(project.root / "posts/a.md").facts.tags == ("one", "two, [2]")
    assert names(project) == ["one"]


def test_files_are_decided_by_what_they_hold(project: Project, paths: list[str]) -> None:
    (project.root / "posts/a.md").write_text(POST.replace("Ink", "paper"))  # since it was indexed
    (project.root / "posts/a.de.md").unlink()
    report = rename(project, "ink", "new", paths)
    assert report.changed == ("media/a.png.meta",)
    assert report.is_complete


def test_one_file_that_cannot_be_changed_does_not_end_it(
    project: Project, paths: list[str]
) -> None:
    put(project, "posts/broken.md", "---\nid: x\ntags: [ink\n---\n")
    braces = put(project, "posts/braces.md", "---\n{id: x, tags: [ink]}\n---\n")
    put(project, "media/b.png.meta", "---\nid: x\ntags: [ink]\n---")
    protected = put(project, "posts/protected.md", POST)
    everything = ["posts/broken.md", "posts/braces.md", "media/b.png.meta", *paths]
    everything.insert(3, "posts/protected.md")
    real_access = os.access
    with pytest.MonkeyPatch.context() as patch:  # root may write what nobody may
        patch.setattr(
            os, "access", lambda path, mode: path != protected and real_access(path, mode)
        )
        report = rename(project, "ink", "new", everything, now=NOW)
    assert [path for path, _ in report.failures] == everything[:4]
    reasons = [reason for _, reason in report.failures]
    assert "line 4, column 1" in reasons[0]
    assert "cannot be changed line by line" in reasons[1]
    assert "originalName and mimeType missing" in reasons[2]
    assert "permission denied" in reasons[3]
    assert len(report.changed) == 3
    assert not report.is_complete
    assert "not changed: posts/broken.md (and 3 more)" in report.summary
    assert report.summary.endswith("do it again for the rest")
    assert names(project) == ["new", "one"]
    assert braces.read_text() == "---\n{id: x, tags: [ink]}\n---\n"
    # What can be written by now is finished by the same call.
    again = rename(project, "ink", "new", everything, now=NOW)
    assert again.changed == ("posts/protected.md",)
    assert names(project) == ["new", "one"]
    assert read_tags(project).tags[0].color == "#123456"


def test_what_changes_in_between_is_not_overwritten(
    project: Project, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.write
    theirs = POST.replace("Body", "Their body")

    def write(path: Path, data: bytes, *, expected: Stamp | None) -> Stamp:
        if path.name == "a.md":
            path.write_text(theirs)
        return real(path, data, expected=expected)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write)
        report = rename(project, "ink", "new", paths)
    assert [path for path, _ in report.failures] == ["posts/a.md"]
    assert "another program changed it" in report.failures[0][1]
    assert (project.root / "posts/a.md").read_text() == theirs
    assert rename(project, "ink", "new", paths).changed == ("posts/a.md",)


def test_a_broken_tags_file_stops_it_before_anything_is_written(
    project: Project, paths: list[str]
) -> None:
    put(project, "meta/tags.json", "[")
    before = texts_of(project, paths)
    calls: list[Callable[[], TagReport]] = [
        lambda: rename(project, "ink", "new", paths),
        lambda: merge(project, ["ink"], "new", paths),
        lambda: delete(project, "ink", paths),
    ]
    for call in calls:
        with pytest.raises(FileError, match="line 1, column 2"):
            call()
    assert texts_of(project, paths) == before


def test_a_tags_file_that_cannot_be_written_is_told(
    project: Project, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real_access, path = os.access, project.meta_dir / "tags.json"
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda one, mode: one != path and real_access(one, mode))
        report = rename(project, "ink", "new", paths)
    assert report.failures == (("meta/tags.json", "permission denied"),)
    assert len(report.changed) == 3
    assert rename(project, "ink", "new", paths).is_complete
    assert names(project) == ["new", "one"]


@pytest.mark.parametrize("stop_after", range(13))
def test_a_change_cut_short_anywhere_is_finished_by_the_same_call(
    project: Project, stop_after: int
) -> None:
    put(project, "meta/tags.json", TAGS)
    paths = [f"posts/p{number:02}.md" for number in range(12)]
    for path in paths:
        put(project, path, POST)
    asked = 0

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > stop_after

    def merged(**more: object) -> TagReport:
        return merge(project, ["ink", "two, [2]"], "one", paths, now=NOW, **more)  # type: ignore[arg-type]

    first = merged(is_cancelled=is_cancelled)
    assert first.was_cancelled == (stop_after < 12)
    assert first.changed == tuple(paths[:stop_after])
    for path in paths:  # each file is the old one or the new one
        tags = read_post(project.root / path).facts.tags
        assert tags == (("one",) if path in first.changed else ("one", "Ink", "two, [2]"))
    assert names(project) == (["ink", "one"] if first.was_cancelled else ["one"])
    second = merged()
    assert second.changed == tuple(paths[stop_after:])
    assert second.is_complete
    assert names(project) == ["one"]


def test_progress_is_told(project: Project) -> None:
    paths = [f"posts/p{number:02}.md" for number in range(25)]
    for path in paths:
        put(project, path, POST)
    told: list[TagProgress] = []
    delete(project, "ink", paths, on_progress=told.append)
    assert [(one.done, one.total) for one in told] == [(0, 25), (10, 25), (20, 25), (25, 25)]


TAG = st.text(
    st.sampled_from("aB:,[]{}'\"\\#-? \U0001f58bé&*!|>%@`0~\t"), min_size=1, max_size=6
).filter(lambda tag: bool(tag.strip()))


@given(st.lists(TAG, max_size=4), st.lists(TAG, min_size=1, max_size=3), TAG)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_tags_are_called_they_are_merged_and_all_else_stays(
    project: Project, others: list[str], sources: list[str], target: str
) -> None:
    carried = [*others, *sources]
    post = put(project, "posts/a.md", frontmatter.patch(POST, {"tags": carried}))
    sidecar = put(project, "media/a.png.meta", sidecar_text.patch(SIDECAR, {"tags": carried}))
    put(project, "meta/tags.json", "[]")
    before = read_post(post)
    try:
        report = merge(project, sources, target, ["posts/a.md", "media/a.png.meta"], now=NOW)
    except TagError:
        assert {tag_changes._folded(tag) for tag in sources} == {tag_changes._folded(target)}
        return
    assert report.failures == ()
    name = tag_name(target)
    going = {tag_changes._folded(tag) for tag in sources} - {tag_changes._folded(target)}
    for tags in (read_post(post).facts.tags, read_media(sidecar).facts.tags):
        folded = [tag_changes._folded(tag) for tag in tags]
        assert going.isdisjoint(folded)
        assert folded.count(name.casefold()) == 1
        stays = [tag_changes._folded(tag) for tag in carried]
        rest = [tag for tag in stays if tag not in going and tag != name.casefold()]
        assert [tag for tag in folded if tag != name.casefold()] == rest
    after = read_post(post)
    assert after.body == before.body
    was, now = (dict(frontmatter.parse(one.text).metadata) for one in (before, after))
    assert {key for key in was if now.pop(key) != was[key]} <= {"tags", "updatedAt"}
    assert now == {}
    assert merge(project, sources, target, ["posts/a.md", "media/a.png.meta"]).changed == ()
