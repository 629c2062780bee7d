"""What posts and media say about themselves, as lists and the index keep it.

Reading it from files must never enter: the index imports these, and the start of the screen need
not load YAML for them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a post says about itself; "" for what it does not say."""

    id: str
    """A uuid; "" in translations that have none of their own."""
    title: str
    slug: str
    status: str
    """draft, published or archived."""
    language: str
    translation_for: str
    """The id of the post that this file translates; "" for the post itself."""
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    created_at: str
    updated_at: str
    published_at: str
    excerpt: str
    author: str
    do_not_translate: bool = False
    """Whether it is meant to stay in its own language."""
    template_slug: str = ""
    """The template that its page is made with, if not the usual one."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a sidecar says about its file; "" and 0 for what it does not say."""

    id: str
    original_name: str
    mime_type: str
    size: int
    """Length of the binary in bytes."""
    width: int
    height: int
    title: str
    alt: str
    caption: str
    author: str
    language: str
    created_at: str
    updated_at: str
    tags: tuple[str, ...]
    linked_post_ids: tuple[str, ...]
    translation_for: str
    """The id of the file whose texts this sidecar translates; "" for the sidecar itself."""
