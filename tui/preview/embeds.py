"""What stands in a page and cannot be shown in a terminal: videos, other pages, tag clouds.

Owns how they are called. What is around them must never enter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tui.preview.blocks import Cloud, CloudWord

MAX_CLOUD_WORDS = 500

_HOSTS = (
    (re.compile(r"(https?:)?//(www\.)?youtube(-nocookie)?\.com/", re.IGNORECASE), "YouTube video"),
    (re.compile(r"(https?:)?//player\.vimeo\.com/", re.IGNORECASE), "Vimeo video"),
)


def embedded(name: str, attributes: Mapping[str, str]) -> tuple[str, str]:
    """Tell what is embedded.

    Args:
        name: The tag's.
        attributes: The tag's.

    Returns:
        In words, with the title where there is one; and its address.
    """
    url = attributes.get("src", "")
    title = " ".join(attributes.get("title", "").split())
    what = {"video": "Video", "audio": "Sound"}.get(name, "Page")
    what = next((words for host, words in _HOSTS if host.match(url)), what)
    return (what if not title or title == what else f"{what}: {title}"), url


def cloud_of(written: str, fit: Callable[[str], str]) -> Cloud | None:
    """Read the words of a tag cloud.

    Args:
        written: The attribute that holds them: JSON.
        fit: Makes a text fit to be shown.

    Returns:
        None when there are none.
    """
    try:
        # A list in lists in lists ... raises RecursionError.
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    items = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    items = [one for one in items if fit(str(one.get("text", ""))).strip()][:MAX_CLOUD_WORDS]
    sizes = [_number(one.get("size")) for one in items]
    if not sizes:
        return None
    least, most = min(sizes), max(sizes)
    words = [
        CloudWord(
            fit(str(one["text"])).strip(),
            (size - least) / (most - least) if most > least else 0.5,
            int(_number(one.get("count"))),
        )
        for one, size in zip(items, sizes, strict=True)
    ]
    return Cloud(words=words)


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Not what is infinite or no number, nor what no float holds.
    return float(value) if is_number and -1e9 < value < 1e9 else 0.0
