"""How entries look to scripts: the shapes of results, and facts made into them.

What a script is given is made here and nowhere else. The stub `app.pyi` has a class for each shape.
"""

# Without `annotations` from the future: shapes of texts take five times as long to make, in the
# first call of every command.

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar

if TYPE_CHECKING:
    from store import facts as store_facts
    from store import posts, scripts
    from store.index import ScriptRow as IndexedScript

Data: TypeAlias = dict[str, Any]
T = TypeVar("T")


class Project(TypedDict):
    """What meta/project.json says; "" and [] for what it does not say."""

    id: str
    name: str
    description: str
    language: str
    languages: list[str]
    author: str
    public_url: str
    posts_per_page: int
    bookmark_category: str


class ProjectStats(TypedDict):
    """How many entries there are."""

    scripts: int
    posts: int
    media: int
    drafts: int
    published: int
    archived: int


class ProjectPaths(TypedDict):
    """Where a project lies on the disk, absolute; a script cannot open these by itself."""

    root: str
    posts: str
    media: str
    scripts: str
    meta: str
    index: str


class Buffer(TypedDict):
    """Memory that scripts share; `size` is in bytes."""

    name: str
    shape: list[int]
    dtype: str
    size: int


class Rebuilt(TypedDict):
    """What a rebuild of the index did."""

    scripts: int
    posts: int
    media: int
    unreadable: list[str]
    seconds: float
    was_cancelled: bool


class PublishingPreferences(TypedDict):
    """Where the published site is sent to; "" for what is not set."""

    ssh_host: str
    ssh_user: str
    ssh_remote_path: str
    ssh_mode: Literal["scp", "rsync"]


class PostRow(TypedDict):
    """A post as lists have it: without its body. Times are ISO 8601 in UTC, "" for none.

    `path` is its file's from the project folder, `languages` those that it is translated to.
    """

    id: str
    title: str
    slug: str
    status: Literal["draft", "published", "archived"]
    language: str
    tags: list[str]
    categories: list[str]
    created_at: str
    updated_at: str
    published_at: str
    excerpt: str
    author: str
    do_not_translate: bool
    template_slug: str
    path: str
    languages: list[str]


class Post(PostRow):
    """A post with its body, which is Markdown."""

    body: str


class Translation(Post):
    """A post's text in another language; `translation_for` is the post's id."""

    translation_for: str


class PostHit(TypedDict):
    """A post or a translation that a search found; a translation has no id of its own."""

    path: str
    id: str
    slug: str
    title: str
    snippet: str


class Month(TypedDict):
    """A month, such as `2026-03`, and how many posts are from it."""

    month: str
    posts: int


class MediaMonth(TypedDict):
    """A month, such as `2026-03`, and how many media are from it."""

    month: str
    media: int


class Media(TypedDict):
    """A media file with its texts; `path` is the file's own, `url` what posts write.

    Width and height are 0 where they are not known.
    """

    id: str
    original_name: str
    mime_type: str
    size: int
    width: int
    height: int
    title: str
    alt: str
    caption: str
    author: str
    language: str
    created_at: str
    updated_at: str
    tags: list[str]
    linked_post_ids: list[str]
    path: str
    url: str


class MediaTranslation(TypedDict):
    """A media file's texts in another language; `translation_for` is the file's id."""

    translation_for: str
    language: str
    title: str
    alt: str
    caption: str
    created_at: str
    updated_at: str


class MediaHit(TypedDict):
    """A media file that a search found."""

    id: str
    path: str
    title: str


class ScriptRow(TypedDict):
    """A script as lists have it; `problem` says in words what is wrong with it, "" for nothing."""

    path: str
    id: str
    slug: str
    title: str
    kind: Literal["macro", "utility", "transform"]
    entrypoint: str
    enabled: bool
    version: int
    updated_at: str
    problem: str


class Script(TypedDict):
    """A script with its text, which stands below the header."""

    path: str
    id: str
    slug: str
    title: str
    kind: Literal["macro", "utility", "transform"]
    entrypoint: str
    enabled: bool
    version: int
    created_at: str
    updated_at: str
    body: str


class Tag(TypedDict):
    """A tag and how often it is used; `is_listed` is whether meta/tags.json has it."""

    name: str
    color: str
    post_template_slug: str
    posts: int
    media: int
    is_listed: bool


class TagChange(TypedDict):
    """What a change of tags did; `failures` are pairs of a path and the reason in words."""

    posts_updated: int
    media_updated: int
    failures: list[list[str]]


class Category(TypedDict):
    """A category, how it is shown, and how many posts are in it."""

    name: str
    render_in_lists: bool
    show_title: bool
    title: str
    post_template_slug: str
    list_template_slug: str
    is_protected: bool
    posts: int


class TagSync(TypedDict):
    """How many tags posts carry, and which of them have been listed now."""

    discovered: int
    added: list[str]


class MediaTag(TypedDict):
    """A tag and by how many media it is carried."""

    name: str
    media: int


class Task(TypedDict):
    """A task; `progress` is from 0 to 1, times are seconds since 1970, None for not yet."""

    id: int
    name: str
    state: Literal["pending", "running", "completed", "failed", "cancelled"]
    progress: float | None
    message: str
    error: str
    group: str
    started_at: float
    ended_at: float | None
    seconds: float


class Commit(TypedDict):
    """A commit; `sync` is whether it is only here, only in the upstream, or in both."""

    hash: str
    short_hash: str
    date: str
    author: str
    subject: str
    sync: Literal["both", "local-only", "remote-only"]


class FileChange(TypedDict):
    """A file that differs from the last commit; `obstacle` is why it cannot be committed."""

    path: str
    status: Literal["untracked", "modified", "deleted", "renamed", "staged", "conflict"]
    previous_path: str
    obstacle: str


class GitStatus(TypedDict):
    """How the folder stands to git; `trouble` is why nothing is known, "" when all is well."""

    branch: str
    is_detached: bool
    has_commits: bool
    upstream: str
    is_upstream_gone: bool
    ahead: int
    behind: int
    changes: list[FileChange]
    remotes: list[str]
    trouble: str
    trouble_kind: Literal["", "no-git", "no-repository", "no-commits", "dubious", "failed"]


class GitResult(TypedDict):
    """What came of an action of git; `guidance` is what to do when it failed."""

    success: bool
    code: Literal["", "auth-required", "conflict", "network", "action-failed", "offline"]
    error: str
    guidance: list[str]
    short_hash: str
    output: str


class Page(TypedDict):
    """Some entries as rows, and the cursor of the next page; "" at the end."""

    fields: list[str]
    rows: list[list[Any]]
    next: str


EXTENDS: Mapping[type, type] = {Post: PostRow, Translation: Post}
"""Which shape a shape extends; Python 3.11 forgets it."""

POST_FIELDS = tuple(PostRow.__annotations__)
"""What lists of posts can give; a single post has its `body` besides."""

MEDIA_FIELDS = tuple(Media.__annotations__)


def shaped(shape: type[T], facts: Any, **others: Any) -> T:
    """Give facts in a shape: each key is an attribute of `facts`, or one of the others.

    Lists stand where facts have tuples.
    """
    return {  # type: ignore[return-value]  # a TypedDict, made of its own keys
        name: _plain(others[name] if name in others else getattr(facts, name))
        for name in shape.__annotations__
    }


def post_row(path: str, facts: "store_facts.PostFacts", languages: tuple[str, ...]) -> PostRow:
    """Give a post as lists have it."""
    # The index has 0 and 1 for it.
    is_kept = bool(facts.do_not_translate)
    return shaped(PostRow, facts, path=path, languages=languages, do_not_translate=is_kept)


def post_data(root: Path, post: "posts.Post", languages: tuple[str, ...] = ()) -> Post:
    """Give a post with its body."""
    path = post.path.relative_to(root).as_posix()
    return shaped(Post, post.facts, path=path, languages=languages, body=post.body)


def translation_data(root: Path, one: "posts.Post", post: "posts.Post") -> Translation:
    """Give a translation with its body; its status is its post's if it has none of its own."""
    path = one.path.relative_to(root).as_posix()
    status = one.facts.status or post.facts.status
    return shaped(Translation, one.facts, path=path, languages=(), body=one.body, status=status)


def media_row(path: str, facts: "store_facts.MediaFacts") -> Media:
    """Give a media file; `path` is its sidecar's."""
    binary = path.removesuffix(".meta")
    return shaped(Media, facts, path=binary, url=f"/{binary}")


def script_row(row: "IndexedScript") -> ScriptRow:
    """Give a script as lists have it."""
    return shaped(ScriptRow, row)


def script_data(root: Path, script: "scripts.Script") -> Script:
    """Give a script with its body."""
    path = script.path.relative_to(root).as_posix()
    return shaped(Script, script.fields, path=path, body=script.body)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
