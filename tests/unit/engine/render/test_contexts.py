"""What macros are called with, made from a real index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.child.contexts import merged
from engine.render.context import Contexts, Page, ResolvedCall
from engine.render.strings import STRINGS, translations
from engine.render.wanted import DATA, wanted_data
from engine.samples import macro_arguments
from engine.workspace import Workspace
from store import macro_data
from store.posts import read_post
from tests.unit.engine.conftest import PROJECT_ID, put, with_header

FRONT = (
    "---\nid: {id}\ntitle: {title}\nslug: {slug}\nstatus: {status}\n"
    "createdAt: '2026-03-0{day}T10:00:00.000Z'\nupdatedAt: '2026-03-0{day}T11:00:00.000Z'\n"
    "tags: {tags}\ncategories: [article]\n---\n"
)
PLAIN = ResolvedCall("shout", "id-shout", {"name": "Alice", "count": "5"})


def post(root: Path, slug: str, tags: str = "[]", status: str = "published", day: int = 1) -> Path:
    path = root / "posts" / f"{slug}.md"
    values = {"id": f"id-{slug}", "title": slug.title(), "slug": slug, "status": status}
    path.write_text(FRONT.format(**values, tags=tags, day=day) + f"Text of {slug}\n")
    return path


def medium(
    root: Path, name: str, when: str, *posts: str, mime: str = "image/png", month: str = "03"
) -> None:
    folder = root / "media" / "2026" / month
    folder.mkdir(parents=True, exist_ok=True)
    linked = f"linkedPostIds: {json.dumps(posts)}\n" if posts else ""
    (folder / f"{name}.meta").write_text(
        f'---\nid: id-{name}\noriginalName: "original {name}"\nmimeType: {mime}\nsize: 3\n'
        f'alt: "Alt"\ncreatedAt: {when}\nupdatedAt: {when}\ntags: []\n{linked}---'
    )


async def page(workspace: Workspace, path: Path, original: Path | None = None) -> Page:
    facts = None if original is None else read_post(original).facts
    return Page.of(read_post(path), workspace.relative(path), facts)


def wanting(*names: str) -> ResolvedCall:
    return ResolvedCall("show", "id-show", {}, names)


def contexts(workspace: Workspace, *, is_preview: bool = False) -> Contexts:
    return Contexts(workspace.project, workspace.catalog, is_preview=is_preview)


async def data_of(workspace: Workspace, path: Path, *names: str) -> dict[str, Any]:
    await workspace.catalog.rebuild()
    made = await contexts(workspace).contexts_for(await page(workspace, path), [wanting(*names)])
    return made[0].context()["data"]


async def test_context_and_post_have_the_keys_that_scripts_know(kernelless: Workspace) -> None:
    path = post(kernelless.project.root, "trip", "[ink, paper]")
    shown = await page(kernelless, path)
    (made,) = await contexts(kernelless).contexts_for(shown, [PLAIN])
    assert made.context() == {
        "env": {
            "isPreview": False,
            "mainLanguage": "en",
            "languagePrefix": "",
            "hook": "shout",
            "source": {"kind": "macro", "id": "id-shout"},
            "translations": dict(STRINGS["en"]),
        },
        "params": {"name": "Alice", "count": "5"},
        "data": {},
    }
    assert made.post == {
        "id": "id-trip",
        "projectId": PROJECT_ID,
        "title": "Trip",
        "slug": "trip",
        "excerpt": None,
        "content": "Text of trip\n",
        "status": "published",
        "author": None,
        "createdAt": "2026-03-01T10:00:00.000Z",
        "updatedAt": "2026-03-01T11:00:00.000Z",
        "publishedAt": None,
        "tags": ["ink", "paper"],
        "categories": ["article"],
    }


def test_a_page_knows_the_line_in_which_its_body_begins(root: Path) -> None:
    for text, line in (
        ("---\nid: x\n---\nBody\n", 4),
        ("---\r\nid: x\r\n---\r\n\r\nBody", 4),
        ("\ufeff---\nid: x\ntitle: y\n---\n", 5),
        ("---\nid: x\n---", 3),
    ):
        path = root / "posts/x.md"
        path.write_bytes(text.encode())
        assert Page.of(read_post(path), "posts/x.md").first_line == line


async def test_a_translation_brings_its_language_and_the_rest_of_its_post(
    kernelless: Workspace,
) -> None:
    root = kernelless.project.root
    original = post(root, "trip", "[ink]")
    path = root / "posts" / "trip.fr.md"
    path.write_text("---\ntranslationFor: id-trip\nlanguage: fr\ntitle: Voyage\n---\nTexte\n")
    shown = await page(kernelless, path, original)
    (made,) = await contexts(kernelless, is_preview=True).contexts_for(shown, [PLAIN])
    env = made.context()["env"]
    assert (env["mainLanguage"], env["languagePrefix"], env["isPreview"]) == ("fr", "/fr", True)
    assert env["translations"]["render.month.2"] == "février"
    assert made.post is not None
    assert {
        key: made.post[key] for key in ("id", "title", "slug", "content", "status", "tags")
    } == {
        "id": "id-trip",
        "title": "Voyage",
        "slug": "trip",
        "content": "Texte\n",
        "status": "published",
        "tags": ["ink"],
    }
    assert made.post["createdAt"] == "2026-03-01T10:00:00.000Z"


@pytest.mark.parametrize(
    ("own", "project", "expected"),
    [
        ("", "de", "de"),
        ("fr", "de", "fr"),
        ("", None, "en"),
        ("", 7, "en"),
        ("de-AT", "en", "de-AT"),
    ],
)
async def test_the_language_is_the_posts_or_else_the_projects(
    root: Path, kernelless: Workspace, own: str, project: object, expected: str
) -> None:
    path = post(root, "trip")
    if own:
        path.write_text(path.read_text().replace("tags:", f"language: {own}\ntags:"))
    settings = {"mainLanguage": project} if project is not None else {}
    with_settings = replace(kernelless.project, settings=settings)
    maker = Contexts(with_settings, kernelless.catalog, is_preview=False)
    (made,) = await maker.contexts_for(await page(kernelless, path), [PLAIN])
    env = made.context()["env"]
    # The page of the post itself stands at the root, whatever its language is.
    assert (env["mainLanguage"], env["languagePrefix"]) == (expected, "")
    assert env["translations"] == dict(translations(expected))


async def test_linked_media_are_those_of_the_post_the_newest_first(kernelless: Workspace) -> None:
    root = kernelless.project.root
    path = post(root, "trip")
    medium(root, "old.png", "2026-01-01T10:00:00.000Z", "id-trip", month="01")
    medium(root, "new.png", "2026-03-01T10:00:00.000Z", "id-trip", "id-other")
    medium(root, "list.pdf", "2026-02-01T10:00:00.000Z", "id-trip", mime="application/pdf")
    medium(root, "other.png", "2026-02-01T10:00:00.000Z", "id-other")
    data = await data_of(kernelless, path, "linkedMedia")
    assert [item["filename"] for item in data["linkedMedia"]] == ["new.png", "list.pdf", "old.png"]
    assert data["linkedMedia"][0] == {
        "id": "id-new.png",
        "projectId": PROJECT_ID,
        "filename": "new.png",
        "originalName": "original new.png",
        "mimeType": "image/png",
        "size": 3,
        "width": None,
        "height": None,
        "title": None,
        "alt": "Alt",
        "caption": None,
        "author": None,
        "createdAt": "2026-03-01T10:00:00.000Z",
        "updatedAt": "2026-03-01T10:00:00.000Z",
        "tags": [],
        "linkedPostIds": ["id-trip", "id-other"],
        "url": "/media/2026/03/new.png",
    }
    assert data.keys() == {"linkedMedia"}


async def test_a_translation_has_the_media_of_its_post(kernelless: Workspace) -> None:
    root = kernelless.project.root
    post(root, "trip")
    path = root / "posts" / "trip.fr.md"
    path.write_text("---\nid: own\ntranslationFor: id-trip\nlanguage: fr\ntitle: V\n---\n")
    medium(root, "a.png", "2026-01-01T10:00:00.000Z", "id-trip")
    data = await data_of(kernelless, path, "linkedMedia")
    assert [item["id"] for item in data["linkedMedia"]] == ["id-a.png"]


async def test_media_are_all_images_of_the_project(kernelless: Workspace) -> None:
    root = kernelless.project.root
    path = post(root, "trip")
    medium(root, "a.png", "2026-01-01T10:00:00.000Z")
    medium(root, "b.AVIF", "2026-02-01T10:00:00.000Z", mime="application/octet-stream")
    medium(root, "c.pdf", "2026-03-01T10:00:00.000Z", mime="application/pdf")
    (root / "media/2026/03/a.png.de.meta").write_text(
        '---\ntranslationFor: id-a.png\nlanguage: de\nalt: "Bild"\n---'
    )
    data = await data_of(kernelless, path, "media")
    assert [item["filename"] for item in data["media"]] == ["b.AVIF", "a.png"]


async def test_tags_are_those_of_published_posts_counted_once_a_post(kernelless: Workspace) -> None:
    root = kernelless.project.root
    path = post(root, "a", "[' ink ', ink, paper]")
    post(root, "b", "[ink, Ink]")
    post(root, "c", "[paper, draft]", status="draft")
    post(root, "d", "[old]", status="archived")
    (root / "posts/a.fr.md").write_text(
        "---\nid: x\ntranslationFor: id-a\nlanguage: fr\ntitle: A\nstatus: published\n"
        "tags: [encre]\n---\n"
    )
    data = await data_of(kernelless, path, "tags")
    assert data["tags"] == [
        {"tag": "ink", "count": 2},
        {"tag": "Ink", "count": 1},
        {"tag": "paper", "count": 1},
    ]


async def test_a_call_without_a_post_has_no_media(kernelless: Workspace) -> None:
    await kernelless.catalog.rebuild()
    (made,) = await contexts(kernelless).contexts_for(None, [wanting("linkedMedia")])
    assert (made.post, made.context()["data"]) == (None, {"linkedMedia": []})


async def test_nothing_is_looked_up_for_macros_that_want_nothing(kernelless: Workspace) -> None:
    shown = await page(kernelless, post(kernelless.project.root, "trip"))
    await kernelless.catalog.close()  # any question fails now
    made = await contexts(kernelless).contexts_for_all([(shown, [PLAIN]), (shown, []), (None, [])])
    assert [len(one) for one in made] == [1, 0, 0]


async def test_the_project_is_read_if_nobody_has_yet(kernelless: Workspace) -> None:
    shown = await page(kernelless, post(kernelless.project.root, "trip", "[ink]"))
    (made,) = await contexts(kernelless).contexts_for(shown, [wanting("tags")])
    assert made.context()["data"]["tags"] == [{"tag": "ink", "count": 1}]


@pytest.mark.parametrize("number", [1, 30])
async def test_a_batch_looks_everything_up_once(
    kernelless: Workspace, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = kernelless.project.root
    paths = [post(root, f"p{at}", "[ink]") for at in range(number)]
    for at in range(number):
        medium(root, f"{at}.png", "2026-01-01T10:00:00.000Z", f"id-p{at}")
    await kernelless.catalog.rebuild()
    asked: list[str] = []
    for name in ("images", "media_of_posts", "published_tags"):
        monkeypatch.setattr(macro_data, name, _noting(asked, name))
    pages = [await page(kernelless, path) for path in paths]
    maker = contexts(kernelless)
    calls = [wanting("linkedMedia"), wanting("media", "tags"), wanting("media")]
    made = await maker.contexts_for_all([(one, calls) for one in pages])
    made += await maker.contexts_for_all([(one, calls[1:]) for one in pages])
    assert sorted(asked) == ["images", "media_of_posts", "published_tags"]
    for shown, (linked, *_) in zip(pages, made[:number], strict=True):
        (item,) = linked.context()["data"]["linkedMedia"]
        assert item["linkedPostIds"] == [shown.facts.id]
    env, media, tags = made[0][1].shared
    assert all(one[-1].shared == (env, media) for one in made)
    assert all(one[-1].shared[1] is media for one in made)
    assert all(one.post is shown[0].post for shown in made for one in shown)
    assert [part.values.keys() for part in (env, media, tags)] == [{"env"}, {"data"}, {"data"}]
    assert len({env.id, media.id, tags.id}) == 3
    assert msgspec.msgpack.decode(media.encoded) == media.values


def _noting(asked: list[str], name: str) -> Any:
    real = getattr(macro_data, name)

    def note(*args: Any) -> Any:
        asked.append(name)
        return real(*args)

    return note


async def test_shared_data_have_the_id_of_what_they_hold(kernelless: Workspace) -> None:
    root = kernelless.project.root
    path = post(root, "trip", "[ink]")
    await kernelless.catalog.rebuild()
    shown = await page(kernelless, path)
    ids: list[Sequence[str]] = []
    for _ in range(2):
        (made,) = await contexts(kernelless).contexts_for(shown, [wanting("tags")])
        ids.append([part.id for part in made.shared])
    post(root, "other", "[ink]")
    await kernelless.catalog.rebuild()
    (made,) = await contexts(kernelless).contexts_for(shown, [wanting("tags")])
    assert ids[0] == ids[1]
    assert [part.id for part in made.shared] != ids[0]
    assert made.shared[0].id == ids[0][0]


def test_what_a_script_puts_into_its_context_stays_with_it() -> None:
    shared: list[Any] = [{"env": {"mainLanguage": "en", "hook": "?"}}, {"data": {"tags": []}}]
    own: Any = {"env": {"hook": "a"}, "params": {"x": 1}, "data": {}}
    first = merged(own, shared)
    assert first == {
        "env": {"mainLanguage": "en", "hook": "a"},
        "params": {"x": 1},
        "data": {"tags": []},
    }
    for section in first.values():
        section["more"] = 1
    assert "more" not in str(merged(own, shared))


async def test_a_sample_call_is_given_what_the_unsaved_text_wants(kernelless: Workspace) -> None:
    root = kernelless.project.root
    put(root, "show", with_header("show", "def render(context): ...\n", kind="macro"))
    post(root, "new", day=2)
    caller = post(root, "old", "[ink]")
    caller.write_text(caller.read_text() + "`[[show x=0]]` [[Show x=1]] [[show x=2]]\n")
    post(root, "latest", "[draft]", status="draft", day=3)
    script = await kernelless.load_script("scripts/show.py")
    ask = macro_arguments
    context, shown = await ask(kernelless.project, kernelless.catalog, script)
    assert (context["data"], shown["slug"]) == ({}, "old")
    assert (context["params"], context["env"]["hook"]) == ({"x": 1}, "show")
    assert context["env"]["isPreview"] is True
    source = with_header("show", "# data: tags\ndef render(context): ...\n", kind="macro")
    context, _ = await ask(kernelless.project, kernelless.catalog, script, source)
    assert context["data"] == {"tags": [{"tag": "ink", "count": 1}]}


# What a script says it wants


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("", ()),
        ("def render(context): ...\n", ()),
        ("# data: media\n", ("media",)),
        ("\ufeff# data: media\r\n", ("media",)),
        ("# A macro.\n#\n\n#data: tags,media  linkedMedia\nimport re\n", DATA),
        ("# data: tags\n# data: media, tags\n", ("media", "tags")),
        ("# data:\ncontext['data']\n", ()),
        ("import re\n# data: media\n", ()),
        # From before there was such a line: all that posts share, which it picks its own from.
        ('media = (context.get("data") or {})\n', ("media", "tags")),
        ("media = context['data']['media']\n", ("media", "tags")),
        ('return {"html": "", "data": {}}\n', ()),
    ],
)
def test_a_script_says_what_it_wants(body: str, names: tuple[str, ...]) -> None:
    assert wanted_data(body).names == names
    assert wanted_data(body).problems == ()


def test_data_that_there_is_not_is_told_with_its_line() -> None:
    wanted = wanted_data("# A macro\n# data: media, tagz\n")
    assert wanted.names == ("media",)
    assert wanted.problems == ((2, "there is no data 'tagz'; there is linkedMedia, media, tags"),)


# The words of pages


def test_every_language_has_every_text() -> None:
    assert set(STRINGS) == {"en", "de", "fr", "it", "es"}
    for texts in STRINGS.values():
        assert texts.keys() == STRINGS["en"].keys()
        assert all(text and text == text.strip() for text in texts.values())
        assert len({texts[f"render.month.{number}"] for number in range(1, 13)}) == 12
    assert STRINGS["es"]["render.month.8"] == "agosto"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Archiv"),
        ("DE", "Archiv"),
        ("de-AT", "Archiv"),
        ("de_AT", "Archiv"),
        (" fr ", "Archives"),
        ("pt", "Archive"),
        ("", "Archive"),
        ("deutsch", "Archive"),
    ],
)
def test_a_language_finds_its_texts(language: str, text: str) -> None:
    assert translations(language)["render.archive"] == text
