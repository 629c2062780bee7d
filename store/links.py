"""Finds where a post's text points: other posts by slug, media by file.

Whether a target exists, and how links are written on a page, must never enter.
"""

import re
from urllib.parse import unquote

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
# Three patterns that each begin with fixed characters: in one they take ten times as long.
_INLINE = re.compile(r"\]\(\s*<?([^)\s>]+)")  # [text](target), ![text](target)
_DEFINED = re.compile(r"\]:\s*<?([^\s>]+)")  # [name]: target
_HTML = re.compile(r"""(?:href|src)\s*=\s*["']?([^"'\s>]+)""", re.I)
# As the origin writes them: /posts/slug, /post/YYYY/M/slug, and a page's own /YYYY/MM/DD/slug.
_POST = re.compile(
    r"/?(?:posts?/(?:\d{4}/\d{1,2}/)?|\d{4}/\d{1,2}/\d{1,2}/)"
    r"(?P<slug>[^/?#]+?)(?:\.html?|\.md)?/?(?:[?#].*)?",
    re.I,
)
_MEDIA = re.compile(r"/?media/(?P<file>\d{4}/\d{1,2}/[^/?#]+)(?:[?#].*)?", re.I)


def links_in(body: str, site: str = "") -> tuple[str, ...]:
    """List the targets of a post's links, each once; code is left out.

    Args:
        body: Markdown.
        site: The site's own public URL; links to it count like those that begin with a slash.

    Returns:
        `post:<slug>` and `media:<yyyy/mm/file>`, in lower case.
    """
    if "`" in body or "~~~" in body:
        body = _without_code(body)
    urls = _INLINE.findall(body)
    if "]:" in body:
        urls += _DEFINED.findall(body)
    if "<" in body:
        urls += _HTML.findall(body)
    site = site.rstrip("/").lower()
    found: dict[str, None] = {}
    for url in urls:
        local = url[len(site) :] if site and url.lower().startswith(f"{site}/") else url
        if target := _target_of(local):
            found[target] = None
    return tuple(found)


def post_target(slug: str) -> str:
    """Give the target that stands for a post."""
    return f"post:{slug.lower()}"


def media_target(path: str) -> str:
    """Give the target that stands for a media file, named from the project folder."""
    return f"media:{path.removeprefix('media/').lower()}"


def _target_of(url: str) -> str:
    if post := _POST.fullmatch(url):
        return post_target(unquote(post["slug"]))
    if media := _MEDIA.fullmatch(url):
        return media_target(unquote(media["file"]))
    return ""


def _without_code(body: str) -> str:
    """Take out fenced blocks, and code spans that end in their line."""
    kept: list[str] = []
    fence = ""
    for line in body.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line[opening.end() :].strip():
                fence = ""
        elif opening:
            fence = opening[1]
        else:
            kept.append(_without_spans(line) if "`" in line else line)
    return "\n".join(kept)


def _without_spans(line: str) -> str:
    runs = list(_TICKS.finditer(line))
    # From the right: the next run of the same length, by number. A search for each is quadratic.
    closing: list[int] = []
    following: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        length = len(runs[number][0])
        closing.append(following.get(length, -1))
        following[length] = number
    closing.reverse()
    kept: list[str] = []
    at = number = 0
    while number < len(runs):
        if closing[number] < 0:
            number += 1
            continue
        kept.append(line[at : runs[number].start()])
        number = closing[number]
        at = runs[number].end()
        number += 1
    return "".join([*kept, line[at:]])
