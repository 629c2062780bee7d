"""Which media a post has linked to itself: taken out of their sidecars with it, and put back.

Posts' own files must never enter.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from store.files import FileError
from store.media import Media, read_media
from store.media_changes import update_media

_Change: TypeAlias = Callable[[Sequence[str]], list[str]]


def unlink_post(sidecars: Sequence[Path], post_id: str) -> list[Path]:
    """Take a post out of the sidecars that link it.

    Args:
        sidecars: Those that may.
        post_id: The post.

    Returns:
        The sidecars that are changed. One that cannot be read or written keeps its link, which
        leads nowhere then and does no harm.
    """
    return _change(sidecars, lambda ids: [one for one in ids if one != post_id])


def link_post(sidecars: Sequence[Path], post_id: str) -> list[Path]:
    """Put a post back into sidecars.

    Returns:
        The sidecars that are changed.
    """
    return _change(sidecars, lambda ids: [*ids, *([] if post_id in ids else [post_id])])


def _change(sidecars: Sequence[Path], changed: _Change) -> list[Path]:
    done = []
    for path in sidecars:
        try:
            media: Media = read_media(path)
            wanted = changed(media.facts.linked_post_ids)
            if update_media(media, {"linked_post_ids": wanted}) is not media:
                done.append(path)
        except FileError:
            continue
    return done
