from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from engine.render.strings import translations
from tests.unit.default_scripts.sources import Json, entry

POST: Json = {"id": "post-1", "title": "A post", "content": ""}
LANGUAGES = ("en", "de", "fr", "it", "es")


def render(slug: str, *, post: Json | None = POST, env: Any = None, **given: Any) -> str:
    """Call a macro; `linkedMedia`, `media`, `tags` are data, everything else its parameters."""
    data = {key: given.pop(key) for key in ("linkedMedia", "media", "tags") if key in given}
    context: Json = {"env": with_texts(env or {}), "params": given}
    if data:
        context["data"] = data
    html = entry(slug, "render")(context, post)["html"]
    assert isinstance(html, str)
    assert "\n" not in html, "an empty line would end the block in Markdown"
    return html


def with_texts(env: Json) -> Json:
    """Add the texts of the language, as the engine does."""
    return {"translations": translations(str(env.get("mainLanguage") or "")), **env}


def warned(slug: str, **params: Any) -> list[str]:
    answer = entry(slug, "render")({"env": {}, "params": params}, POST)
    found: list[str] = answer.get("warnings", [])
    assert found or "warnings" not in answer, "no warnings, no key"
    return found


def image(name: str = "a.png", when: str = "2026-03-14T15:20:00.000Z", **more: Any) -> Json:
    return {
        "id": name,
        "filename": name,
        "originalName": f"original {name}",
        "mimeType": "image/png",
        "createdAt": when,
        "url": f"/media/{when[:4]}/{when[5:7]}/{name}",
        "linkedPostIds": ["post-1"],
        **more,
    }


def attributes(html: str, name: str) -> list[str]:
    return [unescape(value) for value in re.findall(rf' {name}="([^"]*)"', html)]


# youtube and vimeo


def test_youtube() -> None:
    assert render("youtube", id=" aqz-KE-bpKQ ", title='Ink & "paper"') == (
        '<div class="macro-youtube">'
        '<iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ?rel=0"'
        ' title="Ink &amp; &quot;paper&quot;" frameborder="0"'
        ' allow="accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope;'
        ' picture-in-picture" allowfullscreen></iframe></div>'
    )


def test_vimeo() -> None:
    assert render("vimeo", id=1084537) == (
        '<div class="macro-vimeo"><iframe src="https://player.vimeo.com/video/1084537"'
        ' title="Vimeo video" frameborder="0" allow="autoplay; fullscreen; picture-in-picture"'
        " allowfullscreen></iframe></div>"
    )


@pytest.mark.parametrize("slug", ["youtube", "vimeo"])
def test_a_video_without_id_is_nothing_but_a_warning(slug: str) -> None:
    for params in ({}, {"id": ""}, {"id": "  "}):
        answer = entry(slug, "render")({"env": {}, "params": params}, POST)
        assert answer == {"html": "", "warnings": [f"{slug}: the id is missing"]}


def test_a_youtube_id_of_digits_may_arrive_as_a_number() -> None:
    answer = entry("youtube", "render")({"params": {"id": 12345678901}}, None)
    assert "/embed/12345678901?rel=0" in answer["html"]
    assert "warnings" not in answer


@pytest.mark.parametrize("slug", ["youtube", "vimeo"])
def test_an_odd_video_id_cannot_leave_the_address(slug: str) -> None:
    odd = '"><script>/x?y'
    answer = entry(slug, "render")({"params": {"id": odd}}, None)
    assert "%22%3E%3Cscript%3E%2Fx%3Fy" in answer["html"]
    assert "<script" not in answer["html"]
    assert odd in answer["warnings"][0]


@pytest.mark.parametrize(
    ("slug", "titles"),
    [
        (
            "youtube",
            [
                "YouTube video",
                "YouTube-Video",
                "Vidéo YouTube",
                "Video di YouTube",
                "Vídeo de YouTube",
            ],
        ),
        (
            "vimeo",
            ["Vimeo video", "Vimeo-Video", "Vidéo Vimeo", "Video di Vimeo", "Vídeo de Vimeo"],
        ),
    ],
)
def test_a_video_without_title_gets_one_in_the_language(slug: str, titles: list[str]) -> None:
    for language, title in zip(LANGUAGES, titles, strict=True):
        html = render(slug, id="aqz-KE-bpKQ", env={"mainLanguage": language}, title="")
        assert attributes(html, "title") == [title]


# gallery


def test_gallery() -> None:
    html = render("gallery", columns="4", media=[image(caption="One & only", alt="<one>")])
    assert html == (
        '<div class="macro-gallery gallery-cols-4" data-post-id="post-1" data-columns="4"'
        ' data-lightbox="true"><div class="gallery-container gallery-lightbox">'
        '<a class="gallery-item" href="/media/2026/03/a.png" data-lightbox="gallery-post-1"'
        ' data-title="One &amp; only"><img src="/media/2026/03/a.png" alt="&lt;one&gt;"'
        ' loading="lazy"></a></div></div>'
    )


def test_gallery_caption_stands_below_two_images_of_one_group() -> None:
    html = render(
        "gallery", columns="2", caption="Trip <Photos>", media=[image("a.png"), image("b.png")]
    )
    assert 'class="macro-gallery gallery-cols-2"' in html
    assert html.count('data-lightbox="gallery-post-1"') == 2
    assert attributes(html, "href") == ["/media/2026/03/a.png", "/media/2026/03/b.png"]
    assert html.endswith(
        '</div><figcaption class="gallery-caption">Trip &lt;Photos&gt;</figcaption></div>'
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (1, 1),
        (6, 6),
        ("5", 5),
        (2.9, 2),
        ("4abc", 4),
        (0, 3),
        (7, 3),
        (99, 3),
        (-1, 3),
        ("abc", 3),
        ("", 3),
        (None, 3),
        (float("inf"), 3),
    ],
)
def test_gallery_columns(columns: object, expected: int) -> None:
    html = render("gallery", columns=columns, media=[image()])
    assert f'gallery-cols-{expected}"' in html
    assert attributes(html, "data-columns") == [str(expected)]


@pytest.mark.parametrize("columns", [None, "", 1, 6, "3", " 4 "])
def test_gallery_has_no_word_about_columns_that_are_right(columns: object) -> None:
    assert warned("gallery", columns=columns, link="file") == []


@pytest.mark.parametrize("columns", [0, 7, 99, "4abc", 2.5, "many", -1])
def test_gallery_tells_columns_that_are_none(columns: object) -> None:
    assert warned("gallery", columns=columns) == [
        f"gallery: columns should be a whole number between 1 and 6, not {columns}"
    ]


def test_gallery_shows_the_images_that_it_is_told_are_linked() -> None:
    media = [
        image("old.png", "2026-01-10T10:00:00.000Z", linkedPostIds=[]),
        image("new.png", "2026-09-10T10:00:00.000Z"),
        image("notes.pdf", mimeType="application/pdf"),
    ]
    html = render("gallery", linkedMedia=media, media=[image("foreign.png", linkedPostIds=[])])
    assert attributes(html, "href") == ["/media/2026/09/new.png", "/media/2026/01/old.png"]
    assert "gallery-empty" not in html
    assert "gallery-empty" in render("gallery", linkedMedia=[], media=[image()])


def test_gallery_given_all_media_shows_only_linked_images_the_newest_first() -> None:
    media = [
        image("old.png", "2026-01-10T10:00:00.000Z"),
        image("new.png", "2026-09-10T10:00:00.000Z"),
        image("table.png", "2026-05-10T10:00:00.000Z", linkedPostIds=[], isLinked=True),
        image("foreign.png", linkedPostIds=["post-2"]),
        image("nowhere.png", linkedPostIds=None, isLinked=False),
        image("notes.pdf", mimeType="application/pdf"),
        image("by-ending.AVIF", "2026-02-10T10:00:00.000Z", mimeType="application/octet-stream"),
    ]
    html = render("gallery", media=media)
    assert [url.rpartition("/")[2] for url in attributes(html, "href")] == [
        "new.png",
        "table.png",
        "by-ending.AVIF",
        "old.png",
    ]


def test_gallery_without_a_post_shows_only_what_is_said_to_be_linked() -> None:
    html = render("gallery", post=None, media=[image(), image("b.png", isLinked=True)])
    assert attributes(html, "href") == ["/media/2026/03/b.png"]
    assert 'data-post-id=""' in html
    assert 'data-lightbox="gallery-post"' in html


@pytest.mark.parametrize("slug", ["gallery", "photo_archive"])
def test_title_and_alt_take_the_first_text_there_is(slug: str) -> None:
    full: Json = {"caption": "C", "alt": "A", "title": "T"}
    for given, title, alt in (
        (full, "C", "A"),
        ({"title": "T", "caption": "", "alt": None}, "T", "T"),
        ({"title": " "}, "original a.png", "original a.png"),
        ({"originalName": ""}, "a.png", "a.png"),
    ):
        html = render(slug, media=[image(**given)])
        assert attributes(html, "data-title") == [title]
        assert attributes(html, "alt") == [alt]


# photo_archive

YEAR_OF_MEDIA = [
    image(f"{month}.png", f"2025-{month:02}-15T10:00:00.000Z") for month in range(1, 13)
]


def months(html: str) -> list[str]:
    return re.findall(r'photo-archive-month-label"><span>([^<]*)</span>', html)


def test_photo_archive_of_one_month_includes_what_no_post_shows() -> None:
    media = [image("a.png", "2025-02-03T10:00:00.000Z", linkedPostIds=[], caption="A & B")]
    assert render("photo_archive", year="2025", month="2", media=media, post=None) == (
        '<div class="macro-photo-archive photo-archive-single-month" data-year="2025"'
        ' data-month="2"><div class="photo-archive-container">'
        '<div class="photo-archive-month-wrapper"><div class="photo-archive-month">'
        '<div class="photo-archive-month-label"><span>February 2025</span></div>'
        '<div class="photo-archive-gallery">'
        '<a class="photo-archive-item" href="/media/2025/02/a.png"'
        ' data-lightbox="photo-archive-2025-02" data-title="A &amp; B">'
        '<img src="/media/2025/02/a.png" alt="original a.png" loading="lazy"></a>'
        "</div></div></div></div></div>"
    )


def test_photo_archive_shows_the_ten_newest_months_that_have_pictures() -> None:
    media = [*YEAR_OF_MEDIA, image("new.png", "2026-11-15T10:00:00.000Z")]
    html = render("photo_archive", media=media)
    assert html.startswith(
        '<div class="macro-photo-archive photo-archive-recent-months" data-recent="10">'
    )
    assert months(html) == [
        "November 2026",
        "December 2025",
        "November 2025",
        "October 2025",
        "September 2025",
        "August 2025",
        "July 2025",
        "June 2025",
        "May 2025",
        "April 2025",
    ]
    assert "data-year" not in html
    assert "data-post-id" not in html


def test_photo_archive_of_a_year_has_all_its_months() -> None:
    media = [*YEAR_OF_MEDIA, image("other.png", "2024-06-15T10:00:00.000Z")]
    html = render("photo_archive", year=2025, media=media)
    assert 'class="macro-photo-archive photo-archive-full-year" data-year="2025">' in html
    assert len(months(html)) == 12
    assert months(html)[0] == "December 2025"


def test_photo_archive_inside_a_month_is_newest_first() -> None:
    media = [
        image("first.png", "2026-03-01T10:00:00.000Z"),
        image("last.png", "2026-03-30T10:00:00.000Z"),
        image("middle.png", "2026-03-15T10:00:00.000Z"),
    ]
    html = render("photo_archive", year=2026, month=3, media=media)
    assert [url.rpartition("/")[2] for url in attributes(html, "href")] == [
        "last.png",
        "middle.png",
        "first.png",
    ]


def test_photo_archive_month_without_year_is_that_month_of_ten_years() -> None:
    media = [
        image(f"{year}-{month}.png", f"{year}-{month:02}-15T10:00:00.000Z")
        for year in range(2010, 2024)
        for month in (3, 4)
    ]
    html = render("photo_archive", month="3", media=media)
    assert 'photo-archive-recent-months" data-recent="10">' in html
    assert months(html) == [f"March {year}" for year in range(2023, 2013, -1)]


@pytest.mark.parametrize("month", [13, "13", 0])
def test_photo_archive_month_that_does_not_exist_is_empty(month: object) -> None:
    html = render("photo_archive", year=2025, month=month, media=YEAR_OF_MEDIA)
    assert f'photo-archive-single-month" data-year="2025" data-month="{month}">' in html
    assert '<div class="photo-archive-empty">No photos found for this archive.</div>' in html
    assert months(html) == []


def test_photo_archive_words_in_place_of_numbers_count_as_absent() -> None:
    assert "recent-months" in render("photo_archive", year="abc", media=YEAR_OF_MEDIA)
    assert "full-year" in render("photo_archive", year="2025", month="abc", media=YEAR_OF_MEDIA)
    assert months(render("photo_archive", year="2025.", month="3rd", media=YEAR_OF_MEDIA)) == [
        "March 2025"
    ]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, []),
        ({"year": "2025", "month": 2}, []),
        ({"year": 999}, ["the year should have 4 digits, not 999"]),
        ({"year": "abc"}, ["the year should have 4 digits, not abc"]),
        ({"year": 10000}, ["the year should have 4 digits, not 10000"]),
        ({"month": 3}, ["a month needs a year"]),
        ({"year": 2025, "month": 13}, ["the month should be between 1 and 12, not 13"]),
        ({"year": 2025, "month": "0"}, ["the month should be between 1 and 12, not 0"]),
        ({"month": "x"}, ["a month needs a year", "the month should be between 1 and 12, not x"]),
    ],
)
def test_photo_archive_tells_what_is_odd(params: Json, words: list[str]) -> None:
    assert warned("photo_archive", **params) == [f"photo_archive: {word}" for word in words]


def test_photo_archive_sorts_one_list_once_and_another_one_anew() -> None:
    show = entry("photo_archive", "render")
    media = [image("a.png")]

    def shown(media: list[Json]) -> list[str]:
        return attributes(show({"data": {"media": media}}, None)["html"], "href")

    assert shown(media) == shown(media) == ["/media/2026/03/a.png"]
    assert shown([*media, image("b.png", "2026-04-01T10:00:00.000Z")])[0].endswith("b.png")
    assert shown([]) == []


def test_photo_archive_shows_one_list_in_the_language_of_each_page() -> None:
    show = entry("photo_archive", "render")
    media = [image("a.png")]
    labels = [
        months(
            show({"env": with_texts({"mainLanguage": language}), "data": {"media": media}}, None)[
                "html"
            ]
        )
        for language in ("de", "en", "de")
    ]
    assert labels == [["März 2026"], ["March 2026"], ["März 2026"]]


def test_tag_cloud_shows_the_tags_of_each_call() -> None:
    show = entry("tag_cloud", "render")
    for tag in ("ink", "paper", "ink"):
        html = show({"data": {"tags": [{"tag": tag, "count": 1}]}}, None)["html"]
        assert [word["text"] for word in words(html)] == [tag]


def test_photo_archive_takes_the_month_from_the_folder_not_from_utc() -> None:
    late = image("late.png", "2026-03-31T23:30:00.000Z", url="/media/2026/04/late.png")
    assert months(render("photo_archive", media=[late])) == ["April 2026"]
    elsewhere = image("x.png", "2026-03-31T23:30:00.000Z", url="https://cdn.example/x.png")
    assert months(render("photo_archive", media=[elsewhere])) == ["March 2026"]
    undated = image("x.png", url="https://cdn.example/x.png", createdAt=None)
    assert months(render("photo_archive", media=[undated])) == []


def test_photo_archive_leaves_out_what_is_no_image() -> None:
    assert months(render("photo_archive", media=[image("a.pdf", mimeType="application/pdf")])) == []


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", "January February March August December"),
        ("de", "Januar Februar März August Dezember"),
        ("fr", "janvier février mars août décembre"),
        ("it", "gennaio febbraio marzo agosto dicembre"),
        ("es", "enero febrero marzo agosto diciembre"),
    ],
)
def test_month_names(language: str, names: str) -> None:
    html = render("photo_archive", year=2025, media=YEAR_OF_MEDIA, env={"mainLanguage": language})
    found = [label.removesuffix(" 2025") for label in reversed(months(html))]
    assert len(set(found)) == 12
    assert [found[number - 1] for number in (1, 2, 3, 8, 12)] == names.split()


# tag_cloud


def words(html: str) -> list[Json]:
    found: list[Json] = json.loads(attributes(html, "data-tag-cloud-words")[0])
    return found


def test_tag_cloud() -> None:
    html = render("tag_cloud", tags=[{"tag": "Rust & SQLite", "count": 3}])
    assert html == (
        '<div class="macro-tag-cloud" data-tag-cloud="true" data-orientation="horizontal"'
        ' data-color-distribution="quantile" data-color-easing="0.7" data-color-theme="pico"'
        ' data-tag-cloud-words="[{&quot;text&quot;:&quot;Rust &amp; SQLite&quot;,'
        "&quot;size&quot;:35,&quot;count&quot;:3,"
        '&quot;url&quot;:&quot;/tag/Rust%20%26%20SQLite/&quot;}]"'
        ' data-width="900" data-height="420">'
        '<svg class="tag-cloud-canvas" viewBox="0 0 900 420"'
        ' preserveAspectRatio="xMidYMid meet" aria-label="Tag cloud"></svg></div>'
    )


def test_tag_cloud_sizes_are_linear_and_the_order_is_count_then_name() -> None:
    counts = {"b": 1, "ink": 11, "a": 1, "pen": 6, "paper": 4}
    html = render("tag_cloud", tags=[{"tag": tag, "count": n} for tag, n in counts.items()])
    assert [(word["text"], word["size"]) for word in words(html)] == [
        ("ink", 56),
        ("pen", 35),
        ("paper", 27),  # 14 + 42 * 3 / 10 = 26.6
        ("a", 14),
        ("b", 14),
    ]


def test_tag_cloud_of_equal_counts_is_of_middle_size() -> None:
    tags = [{"tag": tag, "count": 2} for tag in ("b", "a", " c ")]
    assert [(word["text"], word["size"]) for word in words(render("tag_cloud", tags=tags))] == [
        ("a", 35),
        ("b", 35),
        ("c", 35),
    ]


@pytest.mark.parametrize(
    ("tag", "url"),
    [
        ("Rust & SQLite", "/tag/Rust%20%26%20SQLite/"),
        ("a/b", "/tag/a%2Fb/"),
        ("Tinte & Füller", "/tag/Tinte%20%26%20F%C3%BCller/"),
        ("what's (not) it!~*", "/tag/what's%20(not)%20it!~*/"),
        ('<b>"quoted"</b>', "/tag/%3Cb%3E%22quoted%22%3C%2Fb%3E/"),
    ],
)
def test_tag_cloud_addresses_are_encoded_as_a_browser_does(tag: str, url: str) -> None:
    html = render("tag_cloud", tags=[{"tag": tag, "count": 1}])
    assert words(html)[0]["url"] == url
    assert words(html)[0]["text"] == tag
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mixed_hv", "mixed-hv"),
        ("mixed-hv", "mixed-hv"),
        ("hv", "mixed-hv"),
        (" HV ", "mixed-hv"),
        ("horizontal_vertical", "mixed-hv"),
        ("mixed_diagonal", "mixed-diagonal"),
        ("mixed-diagonal", "mixed-diagonal"),
        ("diagonal", "mixed-diagonal"),
        ("diag", "mixed-diagonal"),
        ("horizontal", "horizontal"),
        ("sideways", "horizontal"),
        (90, "horizontal"),
        (None, "horizontal"),
    ],
)
def test_tag_cloud_orientation(given: object, expected: str) -> None:
    html = render("tag_cloud", orientation=given)
    assert attributes(html, "data-orientation") == [expected]


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (99999, 1, ("900", "420")),
        ("320", "180", ("320", "180")),
        (1600, 900, ("1600", "900")),
        (319, 179, ("900", "420")),
        (1601, 901, ("900", "420")),
        (640.5, "500px", ("640", "500")),
        ("wide", None, ("900", "420")),
    ],
)
def test_tag_cloud_width_and_height(
    width: object, height: object, expected: tuple[str, str]
) -> None:
    html = render("tag_cloud", width=width, height=height, tags=[{"tag": "ink", "count": 1}])
    assert attributes(html, "data-width") == [expected[0]]
    assert attributes(html, "data-height") == [expected[1]]
    assert attributes(html, "viewBox") == [f"0 0 {expected[0]} {expected[1]}"]


def test_tag_cloud_label_in_every_language() -> None:
    labels = [
        attributes(
            render("tag_cloud", tags=[{"tag": "a", "count": 1}], env={"mainLanguage": language}),
            "aria-label",
        )[0]
        for language in LANGUAGES
    ]
    assert labels == [
        "Tag cloud",
        "Schlagwortwolke",
        "Nuage d\u2019étiquettes",
        "Nuvola di tag",
        "Nube de etiquetas",
    ]


# What they all share

EMPTY = {
    "gallery": [
        "No linked images found.",
        "Keine verknüpften Bilder gefunden.",
        "Aucune image liée trouvée.",
        "Nessuna immagine collegata trovata.",
        "No se encontraron imágenes vinculadas.",
    ],
    "photo_archive": [
        "No photos found for this archive.",
        "Keine Fotos für dieses Archiv gefunden.",
        "Aucune photo trouvée pour ces archives.",
        "Nessuna foto trovata per questo archivio.",
        "No se encontraron fotos para este archivo.",
    ],
    "tag_cloud": [
        "No tags found.",
        "Keine Schlagwörter gefunden.",
        "Aucune étiquette trouvée.",
        "Nessun tag trovato.",
        "No se encontraron etiquetas.",
    ],
}


@pytest.mark.parametrize("slug", EMPTY)
def test_nothing_to_show_is_said_in_every_language(slug: str) -> None:
    css = slug.replace("_", "-") + "-empty"
    for language, text in zip(LANGUAGES, EMPTY[slug], strict=True):
        for code in (language, f"{language}-XX", language.upper()):
            assert f'<div class="{css}">{text}</div>' in render(slug, env={"mainLanguage": code})
    for unknown in ("pt", "", None):
        assert EMPTY[slug][0] in render(slug, env={"mainLanguage": unknown})


@pytest.mark.parametrize("slug", EMPTY)
@pytest.mark.parametrize(
    "context", [{}, {"params": {}}, {"env": None, "params": None, "data": None}, {"data": {}}]
)
def test_a_bare_context_gives_the_empty_text(slug: str, context: Json) -> None:
    call: Callable[..., Json] = entry(slug, "render")
    assert EMPTY[slug][0] in call(context, None)["html"]


@pytest.mark.parametrize(
    ("slug", "key", "given"),
    [
        ("youtube", "render.youtube.title", {"id": "aqz-KE-bpKQ"}),
        ("vimeo", "render.vimeo.title", {"id": 1}),
        ("gallery", "render.gallery.empty", {}),
        ("photo_archive", "render.photoArchive.empty", {}),
        ("photo_archive", "render.month.3", {"media": [image()]}),
        ("tag_cloud", "render.tagCloud.empty", {}),
        ("tag_cloud", "render.tagCloud.label", {"tags": [{"tag": "a", "count": 1}]}),
    ],
)
def test_translations_of_the_project_win_and_are_escaped(slug: str, key: str, given: Json) -> None:
    env = {"mainLanguage": "de", "translations": {key: "Eigenes & mehr"}}
    assert "Eigenes &amp; mehr" in render(slug, env=env, **given)
