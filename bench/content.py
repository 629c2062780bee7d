"""Posts and media as a blog of many years has them: words that differ, links, images.

The same every time, and written plainly, without the store's fsync.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

RARE_WORD, COMMON_WORD = "quincunx", "lantern"
"""Words in the texts: the one in every 500th post, the other in every second."""

_SYLLABLES = (
    *(
        "ba",
        "ce",
        "di",
        "fo",
        "gu",
        "ha",
        "je",
        "ki",
        "lo",
        "mu",
        "na",
        "pe",
        "ri",
        "so",
        "tu",
        "va",
    ),
    *("we", "xi", "yo", "zu", "bra", "cle", "dri", "flo"),
)
_VOCABULARY = 20_000
_BODY_WORDS = 430
"""With the front matter 2.8 KB, like the posts that the goals speak of."""

_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def add_content(root: Path, *, posts: int, media: int) -> None:
    """Add posts and media to a project.

    Args:
        root: The project.
        posts: How many; every 20th has a German translation besides.
        media: How many images with their sidecars.
    """
    chance = random.Random(20260301)
    words = list(_words(chance))
    # As in real texts: the n-th word comes up about 1/n as often as the first.
    weights = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
    for number in range(media):
        _write_media(root, number)
    for number in range(posts):
        chosen = chance.choices(words, cum_weights=weights, k=_BODY_WORDS)
        _write_post(root, number, posts, media, chosen)


def post_path(root: Path, number: int) -> Path:
    """Return the file of a post."""
    return root / "posts" / _folder(number) / f"entry-{number:06}.md"


def _words(chance: random.Random) -> Iterator[str]:
    for number in range(_VOCABULARY):
        yield "".join(chance.choices(_SYLLABLES, k=1 + number % 4))


def _folder(number: int) -> str:
    return f"{2000 + number // 100 // 12 % 26}/{number // 100 % 12 + 1:02}"


def _moment(number: int) -> str:
    minute = number % 1440
    return f"{_folder(number).replace('/', '-')}-15T{minute // 60:02}:{minute % 60:02}:00.000Z"


def _id_of(kind: str, number: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}-{number}")


def _write_post(root: Path, number: int, posts: int, media: int, words: list[str]) -> None:
    if number % 500 == 0:
        words[7] = RARE_WORD
    if number % 2 == 0:
        words[11] = COMMON_WORD
    words[40] = f"[{words[40]}](/posts/entry-{number * 7 % posts:06})"
    if media:
        image = number % media
        words[90] = f"![{words[90]}](/media/{_folder(image)}/{_id_of('media', image)}.png)"
    lines = [" ".join(words[at : at + 14]) for at in range(0, len(words), 14)]
    body = "\n\n".join("\n".join(lines[at : at + 5]) for at in range(0, len(lines), 5))
    moment = _moment(number)
    path = post_path(root, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"""---
id: {_id_of("post", number)}
title: {words[0].title()} {words[1]} {number}
slug: entry-{number:06}
status: {"draft" if number % 25 == 0 else "published"}
createdAt: '{moment}'
updatedAt: '{moment}'
tags:
  - {words[2]}
  - tag-{number % 37}
categories:
  - article
excerpt: What happened on day {number}, in one sentence.
author: Mara Lindqvist
language: en
publishedAt: '{moment}'
---
{body}
""",
        encoding="utf-8",
    )
    if number % 20 == 0:
        path.with_suffix(".de.md").write_text(
            f"""---
translationFor: {_id_of("post", number)}
language: de
title: Übersetzung {number}
---
{lines[0]}
""",
            encoding="utf-8",
        )


def _write_media(root: Path, number: int) -> None:
    media_id = _id_of("media", number)
    path = root / "media" / _folder(number) / f"{media_id}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_PNG)
    moment = _moment(number)
    path.with_name(f"{path.name}.meta").write_text(
        f"""---
id: {media_id}
originalName: "image {number}.png"
mimeType: image/png
size: {len(_PNG)}
width: 1
height: 1
title: "Image {number}"
alt: "A picture of day {number}"
createdAt: {moment}
updatedAt: {moment}
tags: ["tag-{number % 37}", "picture"]
---""",
        encoding="utf-8",
    )
