"""The macros that every project is given: their real scripts, in real kernels, on a real project.

All calls are made in one batch, once for the whole module.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest

from engine.kernel.pool import Pool
from engine.kernel.sources import Forks
from engine.render.batch import BatchItem, MacroCode, Rendered, rendering
from engine.render.context import Contexts, Page, ResolvedCall
from engine.render.executor import LocalKernels
from engine.render.grammar import parse
from engine.render.strings import STRINGS
from engine.render.wanted import wanted_data
from engine.workspace import Workspace, open_workspace
from store.posts import read_post
from store.scripts import read_script

FOLDER = Path(__file__).parents[4] / "default_scripts"
SCRIPTS = {
    slug: read_script(FOLDER / f"{slug}.py")
    for slug in ("youtube", "vimeo", "gallery", "photo_archive", "tag_cloud")
}
LANGUAGES = ("en", "de", "fr", "it", "es")


@dataclass(frozen=True)
class Case:
    """A call in a post, and what has to stand in its html."""

    call: str
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    whole: str | None = None
    project: str = "full"
    language: str = "en"
    order: tuple[str, ...] = field(default=())
    """Texts that have to come one after the other."""


def _in_all_languages() -> list[Case]:
    cases = []
    for language in LANGUAGES:
        texts = STRINGS[language]

        def case(call: str, *shown: str, project: str = "full", in_: str = language) -> None:
            cases.append(Case(call, tuple(shown), language=in_, project=project))

        case('[[youtube id="aqz-KE-bpKQ"]]', f'title="{texts["render.youtube.title"]}"')
        case("[[vimeo id=1084537]]", f'title="{texts["render.vimeo.title"]}"')
        empty = {"gallery": "gallery", "photo_archive": "photoArchive", "tag_cloud": "tagCloud"}
        for name, key in empty.items():
            css = name.replace("_", "-")
            text = texts[f"render.{key}.empty"]
            case(f"[[{name}]]", f'<div class="{css}-empty">{text}</div>', project="empty")
        case("[[tag_cloud]]", f'aria-label="{texts["render.tagCloud.label"]}"')
        # Linked to the post: so it is in its translations.
        case("[[gallery]]", 'data-lightbox="gallery-id-trip"', "/media/2026/03/one.png")
        for month in range(1, 13):
            label = f"<span>{texts[f'render.month.{month}']} 2025</span>"
            case(f"[[photo_archive year=2025 month={month}]]", label)
    return cases


ARCHIVE = "macro-photo-archive photo-archive-"
NOTHING = "No photos found for this archive."
CASES = [
    # 3.1 youtube
    Case(
        '[[youtube id=" aqz-KE-bpKQ " title="Ink & \\"paper\\""]]',
        whole='<div class="macro-youtube"><iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ'
        '?rel=0" title="Ink &amp; &quot;paper&quot;" frameborder="0" allow="accelerometer; '
        'autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture" '
        "allowfullscreen></iframe></div>",
    ),
    Case("[[youtube]]", whole="", warnings=("youtube: the id is missing",)),
    Case('[[youtube id="  "]]', whole="", warnings=("youtube: the id is missing",)),
    Case("[[youtube id=12345678901]]", ("/embed/12345678901?rel=0",)),
    Case(
        "[[youtube id=x start=30]]",
        ("/embed/x?",),
        warnings=("youtube: x is not an id of 11 characters",),
    ),
    # 3.2 vimeo
    Case(
        "[[VIMEO id=1084537]]",
        whole='<div class="macro-vimeo"><iframe src="https://player.vimeo.com/video/1084537" '
        'title="Vimeo video" frameborder="0" allow="autoplay; fullscreen; picture-in-picture" '
        "allowfullscreen></iframe></div>",
    ),
    Case("[[vimeo]]", whole="", warnings=("vimeo: the id is missing",)),
    Case("[[vimeo id=abc]]", ("/video/abc",), warnings=("vimeo: the id abc should be numeric",)),
    # 3.3 gallery
    Case(
        '[[gallery columns="4"]]',
        (
            'class="macro-gallery gallery-cols-4"',
            'class="gallery-item"',
            'data-columns="4"',
            'data-post-id="id-trip"',
            'data-lightbox="true"',
            '<div class="gallery-container gallery-lightbox">',
        ),
        hidden=("figcaption", "gallery-empty", "foreign.png", "notes.pdf"),
        order=("two.png", "one.png"),
    ),
    Case(
        '[[gallery columns="2" caption="Trip Photos"]]',
        (
            "gallery-cols-2",
            'href="/media/2026/03/one.png"',
            'href="/media/2026/04/two.png"',
            '</div><figcaption class="gallery-caption">Trip Photos</figcaption></div>',
        ),
    ),
    Case("[[gallery]]", ('data-title="One &amp; only"', 'alt="&lt;one&gt;"', 'loading="lazy"')),
    Case("[[gallery]]", ('data-title="two original.png"', 'alt="two original.png"')),
    *(
        Case(
            f"[[gallery columns={columns}]]",
            (f"gallery-cols-{cols}", f'data-columns="{cols}"'),
            warnings=(f"gallery: columns should be a whole number between 1 and 6, not {columns}",)
            if str(cols) != columns
            else (),
        )
        for columns, cols in (
            ("1", 1),
            ("6", 6),
            ("0", 3),
            ("7", 3),
            ("99", 3),
            ("4abc", 4),
            ("-1", 3),
            ("2.9", 2),
            ("x", 3),
        )
    ),
    Case("[[gallery link=file]]", ("gallery-cols-3",)),
    # 3.4 photo_archive
    Case(
        '[[photo_album year="2025" month="2"]]',
        (
            f'{ARCHIVE}single-month" data-year="2025" data-month="2"',
            'data-lightbox="photo-archive-2025-02"',
            'href="/media/2025/02/foreign.png"',
            '<div class="photo-archive-month-label"><span>February 2025</span></div>',
        ),
        hidden=("data-post-id", "data-recent"),
    ),
    Case(
        "[[photo_archive]]",
        (
            f'{ARCHIVE}recent-months" data-recent="10"',
            '<div class="photo-archive-container">'
            '<div class="photo-archive-month-wrapper"><div class="photo-archive-month">',
        ),
        hidden=("data-year", "data-post-id", "April 2025", "photo-archive-empty", "notes.pdf"),
        order=("April 2026", "March 2026", "December 2025", "November 2025", "May 2025"),
    ),
    Case(
        "[[photo_archive year=2025]]",
        (f'{ARCHIVE}full-year" data-year="2025"',),
        hidden=("2026", "data-month"),
        order=("December 2025", "June 2025", "January 2025"),
    ),
    Case(
        "[[photo_archive month=3]]",
        (f'{ARCHIVE}recent-months" data-recent="10"',),
        hidden=("April",),
        order=("March 2026", "March 2025"),
        warnings=("photo_archive: a month needs a year",),
    ),
    Case(
        "[[photo_archive year=abc]]",
        ("recent-months", "April 2026"),
        warnings=("photo_archive: the year should have 4 digits, not abc",),
    ),
    Case(
        "[[photo_archive year=999]]",
        (f'{ARCHIVE}full-year" data-year="999"', NOTHING),
        warnings=("photo_archive: the year should have 4 digits, not 999",),
    ),
    *(
        Case(
            f"[[photo_archive year=2025 month={month}]]",
            (f'{ARCHIVE}single-month" data-year="2025" data-month="{month}"', NOTHING),
            warnings=(f"photo_archive: the month should be between 1 and 12, not {month}",),
        )
        for month in (0, 13)
    ),
    Case(
        "[[photo_archive year=2025 month=6]]",
        order=("6-late.png", "6.png"),
        shown=('data-lightbox="photo-archive-2025-06"',),
    ),
    # 3.5 tag_cloud
    Case(
        "[[tag_cloud]]",
        (
            'data-tag-cloud="true"',
            'data-orientation="horizontal"',
            'data-color-distribution="quantile"',
            'data-color-easing="0.7"',
            'data-color-theme="pico"',
            "&quot;text&quot;:&quot;Rust &amp; SQLite&quot;",
            "/tag/Rust%20%26%20SQLite/",
            '<svg class="tag-cloud-canvas" viewBox="0 0 900 420" '
            'preserveAspectRatio="xMidYMid meet"',
        ),
        hidden=("only drafts", "tag-cloud-empty", "<b>"),
    ),
    Case(
        "[[tag_cloud orientation=hv width=99999 height=1]]",
        ('data-orientation="mixed-hv"', 'data-width="900"', 'data-height="420"'),
    ),
    *(
        Case(f"[[tag_cloud orientation={given}]]", (f'data-orientation="{shown}"',))
        for given, shown in (
            ("mixed_hv", "mixed-hv"),
            ("mixed-hv", "mixed-hv"),
            ("horizontal_vertical", "mixed-hv"),
            ("mixed_diagonal", "mixed-diagonal"),
            ("mixed-diagonal", "mixed-diagonal"),
            ("diagonal", "mixed-diagonal"),
            ("diag", "mixed-diagonal"),
            ("sideways", "horizontal"),
        )
    ),
    *(
        Case(
            f"[[tag_cloud width={width} height={height}]]",
            (f'data-width="{shown[0]}"', f'data-height="{shown[1]}"'),
        )
        for width, height, shown in (
            (320, 180, (320, 180)),
            (1600, 900, (1600, 900)),
            (319, 179, (900, 420)),
            (1601, 901, (900, 420)),
            ("4abc", "500px", (900, 500)),
        )
    ),
    *_in_all_languages(),
]


def _medium(root: Path, name: str, when: str, *posts: str, **texts: str) -> None:
    folder = root / "media" / when[:4] / when[5:7]
    folder.mkdir(parents=True, exist_ok=True)
    values = {"originalName": name, **texts}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in values.items())
    linked = f"linkedPostIds: {json.dumps(posts)}\n" if posts else ""
    mime = "application/pdf" if name.endswith(".pdf") else "image/png"
    (folder / f"{name}.meta").write_text(
        f"---\nid: id-{when}-{name}\nmimeType: {mime}\nsize: 3\n{lines}"
        f"createdAt: {when}T10:00:00.000Z\nupdatedAt: {when}T10:00:00.000Z\ntags: []\n{linked}---"
    )


def _project(root: Path, *, is_full: bool) -> None:
    for part in ("meta", "posts", "media", "scripts"):
        (root / part).mkdir(parents=True)
    (root / "meta/project.json").write_text(json.dumps({"id": root.name, "name": root.name}))
    (root / "scripts/x.py").write_text("")

    def write(slug: str, status: str, tags: list[str]) -> None:
        (root / f"posts/{slug}.md").write_text(
            f"---\nid: id-{slug}\ntitle: {slug}\nslug: {slug}\nstatus: {status}\n"
            f"createdAt: '2026-03-01T10:00:00.000Z'\nupdatedAt: '2026-03-01T10:00:00.000Z'\n"
            f"tags: {json.dumps(tags)}\n---\nText\n"
        )

    write("trip", "published", ["Rust & SQLite", "<b>"] if is_full else [])
    for language in LANGUAGES[1:]:
        (root / f"posts/trip.{language}.md").write_text(
            f"---\ntranslationFor: id-trip\nlanguage: {language}\ntitle: T\n---\nText\n"
        )
    if not is_full:
        return
    write("other", "draft", ["only drafts"])
    _medium(root, "one.png", "2026-03-01", "id-trip", caption="One & only", alt="<one>")
    _medium(root, "two.png", "2026-04-01", "id-trip", originalName="two original.png")
    _medium(root, "notes.pdf", "2026-04-02", "id-trip")
    for month in range(1, 13):
        name = "foreign.png" if month == 2 else f"{month}.png"
        _medium(root, name, f"2025-{month:02}-10", "id-other")
    _medium(root, "6-late.png", "2025-06-20")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Rendered]:
    """What each call gives."""
    return asyncio.run(_all_answers(tmp_path_factory.mktemp("builtins")))


async def _all_answers(folder: Path) -> dict[Case, Rendered]:
    cases: list[Case] = []
    items: list[BatchItem] = []
    for name in ("full", "empty"):
        _project(folder / name, is_full=name == "full")
        async with Pool(0) as none, open_workspace(folder / name, pool=none) as workspace:
            contexts = Contexts(workspace.project, workspace.catalog, is_preview=False)
            for case in CASES:
                if case.project == name:
                    cases.append(case)
                    items.append(await _item(workspace, contexts, case))
    macros = [
        MacroCode(name, script.source, f"scripts/{name}.py", script.fields.entrypoint)
        for name, script in SCRIPTS.items()
    ]
    found: dict[Case, Rendered] = {}
    async with (
        Pool(1, source=Forks()) as pool,
        LocalKernels(pool, jobs=1) as kernels,
        rendering(items, macros, kernels) as batch,
    ):
        outcomes = [outcome async for outcome in batch]
    for case, outcome in zip(cases, outcomes, strict=True):
        assert isinstance(outcome, Rendered), (case, outcome)
        found[case] = outcome
    return found


async def _item(workspace: Workspace, contexts: Contexts, case: Case) -> BatchItem:
    ending = ".md" if case.language == "en" else f".{case.language}.md"
    page = Page.of(read_post(workspace.project.root / f"posts/trip{ending}"), f"posts/trip{ending}")
    (call,) = parse(case.call).calls
    script = SCRIPTS[call.canonical]
    wanted = wanted_data(script.body).names
    resolved = ResolvedCall(call.name, script.fields.id, call.params, wanted)
    (made,) = await contexts.contexts_for(page, [resolved])
    return BatchItem(call.canonical, made.own, made.post, {}, made.shared)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.language}-{case.call}")
def test_a_call_gives_its_html(case: Case, answers: dict[Case, Rendered]) -> None:
    answer = answers[case]
    html = answer.html
    if case.whole is not None:
        assert html == case.whole
    for text in case.shown:
        assert text in html
    for text in case.hidden:
        assert text not in unescape(html) if text != "<b>" else text not in html
    places = [html.index(text) for text in case.order]
    assert places == sorted(places)
    assert tuple(answer.warnings) == case.warnings
    assert "\n" not in html, "an empty line would end the block in Markdown"


def test_a_tag_clouds_words_are_json_once_they_are_unescaped(
    answers: dict[Case, Rendered],
) -> None:
    html = next(answer.html for case, answer in answers.items() if case.call == "[[tag_cloud]]")
    words = html.partition('data-tag-cloud-words="')[2].partition('"')[0]
    assert json.loads(unescape(words)) == [
        {"text": "<b>", "size": 35, "count": 1, "url": "/tag/%3Cb%3E/"},
        {"text": "Rust & SQLite", "size": 35, "count": 1, "url": "/tag/Rust%20%26%20SQLite/"},
    ]
