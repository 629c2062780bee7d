"""Finds where a post's text points: other posts by slug, media by file.

Whether a target exists, and how links are written on a page, must never enter.
"""

import re
from urllib.parse import unquote

_CODE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?(?:^\1|\Z)|(`+)(?!`)[^\n]+?(?<!`)\2(?!`)", re.M | re.S)
_TARGET = re.compile(
    r"""\]\(\s*<?([^)\s>]+)"""  # [text](target) and ![text](target)
    r"""|^\ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)"""  # [name]: target
    r"""|(?:href|src)\s*=\s*["']?([^"'\s>]+)""",
    re.M | re.I,
)
# As the origin writes them: /posts/slug, /post/YYYY/M/slug, and a page's own /YYYY/MM/DD/slug.
_POST = re.compile(
    r"/?(?:posts?/(?:\d{4}/\d{1,2}/)?|\d{4}/\d{1,2}/\d{1,2}/)"
    r"(?P<slug>[^/?#]+?)(?:\.html?|\.md)?/?(?:[?#].*)?",
    re.I,
)
_MEDIA = re.compile(r"/?media/(?P<file>\d{4}/\d{1,2}/[^/?#]+)(?:[?#].*)?", re.I)


def links_in(body: str, site: str = "") -> tuple[str, ...]:
    """List the targets of a post's links, each once, in their order; code is left out.

    Args:
        body: Markdown.
        site: The site's own public URL; links to it count like those that begin with a slash.

    Returns:
        `post:<slug>` and `media:<yyyy/mm/file>`, in lower case.
    """
    if "](" not in body and "]:" not in body and "=" not in body:
        return ()
    if "`" in body or "~~~" in body:
        body = _CODE.sub("", body)
    site = site.rstrip("/")
    found: dict[str, None] = {}
    for match in _TARGET.finditer(body):
        url = match[match.lastindex or 1]
        if site and url.lower().startswith(f"{site.lower()}/"):
            url = url[len(site) :]
        target = _target_of(url)
        if target:
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
