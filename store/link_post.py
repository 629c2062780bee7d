"""What becomes of a link from outside: its address and title made safe, and the draft's fields.

Owns what a post made of a link must look like. Scripts, and writing the post, must never enter.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from store.one_line import clean

MAX_TITLE_CHARS = 200
MAX_URL_CHARS = 2048

_REMOVED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends, overrides of the writing direction, half characters."""
_SPACES = re.compile(r"\s+")
_NOT_IN_A_PATH = re.compile(r'[\s"<>\\^`{|}\[\]]')
"""What no address holds as it is. Two brackets in a row would be a macro in the post."""
_TEXT_ESCAPES = re.compile(
    r"""
      (?P<mark> [\\`*\[\]] | (?<![^\W_])_ | _(?![^\W_]) )  # snake_case is no emphasis
    | (?P<html> < | &(?=\#?\w+;) )
    """,
    re.VERBOSE,
)


class LinkError(ValueError):
    """An address that no post is made of; `str()` is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address with the title of what is there, both fit for a post."""

    url: str
    """http or https, without credentials and fragment."""
    title: str
    """One line, never empty."""


@dataclass(frozen=True, slots=True)
class LinkPost:
    """The fields of a post that a link becomes."""

    title: str
    content: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]


def clean_link(url: str, title: str = "") -> Link:
    """Make an address and a title from outside safe.

    Args:
        url: The address. Control characters, credentials and the fragment are taken out.
        title: Any text; when nothing of it can be shown the host's name takes its place.

    Returns:
        The link.

    Raises:
        LinkError: The address is none, or not one of the web, or too long.
    """
    parts, host, port = _split(_REMOVED.sub("", url).strip())
    place = f"[{host}]" if ":" in host else host
    if port is not None:
        place += f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    rest = _NOT_IN_A_PATH.sub(lambda match: quote(match[0]), parts.path + query)
    address = f"{parts.scheme}://{place}{rest}"
    if len(address) > MAX_URL_CHARS:
        raise LinkError(
            f"the address has {len(address):,} characters, where a post takes {MAX_URL_CHARS:,}. "
            "Leave away what stands behind the question mark, perhaps."
        )
    shown = _REMOVED.sub("", _SPACES.sub(" ", title)).strip()[:MAX_TITLE_CHARS].rstrip()
    return Link(address, clean(shown) or host[:MAX_TITLE_CHARS])


def draft_of(link: Link, category: str = "") -> LinkPost:
    """Return the post that a link becomes before any script has seen it.

    Args:
        link: The link.
        category: The category of such posts; "" for none.
    """
    # A bracket would end the address early; it is still the same one.
    address = link.url.replace("(", "%28").replace(")", "%29")
    address = re.sub(r"&(?=#?\w+;)", "&amp;", address)
    content = f"[{escaped(link.title)}]({address})"
    return LinkPost(link.title, content, (), (category,) if category else ())


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it as it is: no mark-up, no HTML, no macro."""

    def escape(match: re.Match[str]) -> str:
        return f"\\{match[0]}" if match["mark"] else {"<": "&lt;", "&": "&amp;"}[match[0]]

    return _TEXT_ESCAPES.sub(escape, text)


def checked_post(
    title: str, content: str, tags: Sequence[str], categories: Sequence[str]
) -> LinkPost:
    """Take over fields that a script has given.

    Returns:
        The post, with spaces around title and terms taken away.

    Raises:
        ValueError: One of them is empty; with words for a person.
    """
    title = clean(title)
    if not title:
        raise ValueError("its title is empty")
    if not content.strip():
        raise ValueError("its content is empty")
    kept = []
    for name, terms in (("tags", tags), ("categories", categories)):
        kept.append(tuple(map(clean, terms)))
        if not all(kept[-1]):
            raise ValueError(f"one of its {name} is empty")
    return LinkPost(title, content, *kept)


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise LinkError(f"{_quoted(url)} is no address: {error}.") from error
    if parts.scheme not in ("http", "https"):
        raise LinkError(f"{_quoted(url)} is no address that begins with http:// or https://.")
    # What stands behind a backslash is a host here and a path in browsers.
    if "\\" in parts.netloc or not _is_host(host):
        raise LinkError(f"{_quoted(url)} names no host that can be reached.")
    return parts, host, port


def _is_host(host: str) -> bool:
    if ":" in host and "%" not in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return re.fullmatch(r"[^\W_]([\w.-]*\w\.?)?", host) is not None and ".." not in host


def _quoted(url: str) -> str:
    shown = clean(url)
    return repr(shown if len(shown) <= 60 else f"{shown[:59]}…")
