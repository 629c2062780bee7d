from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import frontmatter
import pytest

from tests.unit.default_scripts.sources import DEMO, SCRIPTS, Json, entry, header

POSTS = sorted((DEMO / "posts").rglob("*.md"))
TRANSLATIONS = [path for path in POSTS if re.search(r"\.[a-z]{2}\.md$", path.name)]
CANONICAL = [path for path in POSTS if path not in TRANSLATIONS]
BINARIES = sorted(path for path in (DEMO / "media").rglob("*") if path.suffix in {".png", ".svg"})
KEYS = [
    "id",
    "title",
    "slug",
    "status",
    "createdAt",
    "updatedAt",
    "tags",
    "categories",
    "excerpt",
    "author",
    "language",
    "doNotTranslate",
    "templateSlug",
    "publishedAt",
]
MACRO = re.compile(r"\[\[(\w+)(?:\s+((?:\"[^\"]*\"|'[^']*'|[^\]])*))?\]\]")

every_post = pytest.mark.parametrize("path", POSTS, ids=lambda path: path.name)
canonical = pytest.mark.parametrize("path", CANONICAL, ids=lambda path: path.stem)
every_binary = pytest.mark.parametrize("path", BINARIES, ids=lambda path: path.name[:8])


def parsed(path: Path) -> Any:
    return frontmatter.loads(path.read_text("utf-8"))


def posts_by(key: str) -> dict[str, Any]:
    return {parsed(path)[key]: parsed(path) for path in CANONICAL}


def meta(name: str) -> Any:
    return json.loads((DEMO / "meta" / name).read_text("utf-8"))


def sidecar(path: Path) -> Json:
    """A sidecar as MediaData plus `url`, read as strictly as it has to be written."""
    raw = path.with_name(path.name + ".meta").read_text("utf-8")
    assert raw.startswith("---\n")
    assert raw.endswith("\n---")
    found: Json = {}
    for line in raw.split("\n")[1:-1]:
        key, _, value = line.partition(": ")
        is_json = value.startswith(('"', "["))
        found[key] = json.loads(value) if is_json else value
    found["filename"] = path.name
    found["url"] = "/" + path.relative_to(DEMO).as_posix()
    return found


def test_there_are_enough_posts_with_a_draft_and_a_translation() -> None:
    assert len(CANONICAL) == 13
    assert [path.stem for path in CANONICAL if parsed(path)["status"] == "draft"] == [
        "notes-on-marbling"
    ]
    assert [path.name for path in TRANSLATIONS] == ["ink-wash-in-four-steps.de.md"]


@canonical
def test_front_matter_is_as_the_project_writes_it(path: Path) -> None:
    text = path.read_text("utf-8")
    post = parsed(path)
    keys = re.findall(r"^(\w+):", text.split("\n---\n")[0], re.MULTILINE)
    assert keys == [key for key in KEYS if key in keys]
    assert keys[:8] == KEYS[:8]
    assert post["slug"] == path.stem
    assert UUID(post["id"]).version == 4
    assert ("publishedAt" in keys) == (post["status"] == "published")
    for key in ("createdAt", "updatedAt", "publishedAt"):
        if key in keys:
            assert re.search(rf"^{key}: '\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z'$", text, re.M)
            datetime.fromisoformat(post[key])
    assert path.parent == DEMO / "posts" / post["createdAt"][:4] / post["createdAt"][5:7]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert set(post["categories"]) <= set(meta("categories.json"))


@every_post
def test_a_post_is_long_enough_to_be_read(path: Path) -> None:
    assert 150 <= len(parsed(path).content.split()) <= 350


def test_the_translation_belongs_to_its_post() -> None:
    translation = parsed(TRANSLATIONS[0])
    assert list(translation.keys()) == ["translationFor", "language", "title", "excerpt"]
    post = posts_by("id")[translation["translationFor"]]
    assert post["slug"] == TRANSLATIONS[0].name.partition(".")[0]
    assert translation["language"] != post["language"]


def test_ids_are_unique() -> None:
    ids = [parsed(path)["id"] for path in CANONICAL]
    ids += [sidecar(path)["id"] for path in BINARIES]
    ids += [header(path)["id"].strip('"') for path in SCRIPTS]
    ids.append(meta("project.json")["id"])
    assert len(ids) == len(set(ids))


def test_every_macro_that_is_used_exists_and_every_built_in_is_used() -> None:
    macros = {path.stem for path in SCRIPTS if header(path)["kind"] == '"macro"'} | {"photo_album"}
    used = {name for path in POSTS for name, _ in MACRO.findall(parsed(path).content)}
    assert used <= macros
    assert used == macros - {"season_card"}


def test_macros_are_written_in_every_way() -> None:
    text = "\n".join(parsed(path).content for path in POSTS)
    for written in (
        "[[gallery columns=3]]",
        "[[photo_archive]]",
        "[[photo_album year=2026 month=3]]",
        'columns="2"\n',
        "caption='",
        "takes [[reading_time]] to read",
        "[[vimeo id=1084537]]",
        "```markdown\n[[gallery]]\n",
    ):
        assert written in text


@every_post
def test_every_internal_link_leads_somewhere(path: Path) -> None:
    slugs = posts_by("slug")
    for target in re.findall(r"\]\((/[^)]*)\)", parsed(path).content):
        assert target.startswith("/posts/")
        assert target.removeprefix("/posts/") in slugs


def test_every_gallery_has_a_picture_and_every_link_of_a_picture_a_gallery() -> None:
    media = [sidecar(path) for path in BINARIES]
    with_gallery = set()
    for path in CANONICAL:
        post = parsed(path)
        prose = re.sub(r"^```.*?^```", "", post.content, flags=re.M | re.S)
        if "[[gallery" in prose:
            with_gallery.add(post["id"])
            html = entry("gallery", "render")({"data": {"media": media}}, {"id": post["id"]})
            assert "gallery-item" in html["html"], path
    assert {post for item in media for post in item["linkedPostIds"]} == with_gallery


@every_binary
def test_a_sidecar_tells_the_truth(path: Path) -> None:
    said = sidecar(path)
    data = path.read_bytes()
    assert list(said)[:6] == ["id", "originalName", "mimeType", "size", "width", "height"]
    assert said["id"] == path.stem
    assert UUID(said["id"]).version == 4
    assert said["size"] == str(len(data))
    assert len(data) < 30_000
    if path.suffix == ".png":
        assert said["mimeType"] == "image/png"
        size = struct.unpack(">II", data[16:24])
    else:
        assert said["mimeType"] == "image/svg+xml"
        root = ET.fromstring(data.decode())
        size = (int(root.attrib["width"]), int(root.attrib["height"]))
    assert (int(said["width"]), int(said["height"])) == size
    assert path.parent == DEMO / "media" / said["createdAt"][:4] / said["createdAt"][5:7]
    assert said["title"]
    assert said["alt"]
    assert said["caption"]


def test_the_translated_sidecar_belongs_to_its_picture() -> None:
    (path,) = (DEMO / "media").rglob("*.de.meta")
    text = path.read_text("utf-8")
    assert text.startswith(f"---\ntranslationFor: {path.name[:36]}\nlanguage: de\n")
    assert text.endswith("\n---")


def test_the_demo_holds_nothing_else() -> None:
    known = {*POSTS, *BINARIES, *(path.with_name(path.name + ".meta") for path in BINARIES)}
    known |= set((DEMO / "media").rglob("*.de.meta"))
    known |= {path for path in SCRIPTS if path.is_relative_to(DEMO)}
    rest = {
        path.relative_to(DEMO).as_posix()
        for path in DEMO.rglob("*")
        if path.is_file() and path not in known and "__pycache__" not in path.parts
    }
    assert rest == {
        "meta/project.json",
        "meta/categories.json",
        "meta/category-meta.json",
        "meta/tags.json",
        "meta/publishing.json",
        "meta/menu.opml",
    }


def test_meta_files_agree_with_the_posts() -> None:
    project = meta("project.json")
    assert project["name"] == "Ink & Paper"
    assert UUID(project["id"]).version == 4
    assert meta("categories.json") == sorted(meta("categories.json"))
    assert list(meta("category-meta.json")) == meta("categories.json")

    tags = [tag["name"] for tag in meta("tags.json")]
    assert tags == sorted(set(tags))
    used = {tag for path in CANONICAL for tag in parsed(path)["tags"]}
    used |= {tag for path in BINARIES for tag in sidecar(path)["tags"]}
    assert used == set(tags)
    for tag in meta("tags.json"):
        assert re.fullmatch(r"#[0-9a-f]{6}", tag.get("color", "#000000"))

    for path in (DEMO / "meta").glob("*.json"):
        text = path.read_text("utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_menu_leads_to_pages_and_categories_that_exist() -> None:
    root = ET.fromstring((DEMO / "meta/menu.opml").read_bytes().decode())
    outlines = list(root.iter("outline"))
    assert root.findtext("head/title") == "Blog Menu"
    assert outlines[0].attrib["id"] == "menu-home"
    assert outlines[0].attrib["pageSlug"] == "home"
    for outline in outlines[1:]:
        assert re.fullmatch(r"menu-item-\d{13}-[a-z0-9]{6}", outline.attrib["id"])
        if outline.attrib["type"] == "page":
            assert posts_by("id")[outline.attrib["pageId"]]["slug"] == outline.attrib["pageSlug"]
        elif outline.attrib["type"] == "category-archive":
            assert outline.attrib["categoryName"] in meta("categories.json")
