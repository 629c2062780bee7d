"""What a script may do with its project: `import app`. Made by `inkstand api`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, List, Literal, overload

class Record(dict[str, Any]):
    """What a function gives: a mapping whose keys are attributes, too."""

    def __getattr__(self, name: str) -> Any: ...

class Project(dict[str, Any]):
    """What meta/project.json says; "" and [] for what it does not say."""

    id: str
    name: str
    description: str
    language: str
    languages: List[str]
    author: str
    public_url: str
    posts_per_page: int
    bookmark_category: str
    @overload
    def __getitem__(self, key: Literal["id", "name", "description", "language", "author", "public_url", "bookmark_category"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["languages"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["posts_per_page"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class ProjectPaths(dict[str, Any]):
    """Where a project lies on the disk, absolute; a script cannot open these by itself."""

    root: str
    posts: str
    media: str
    scripts: str
    meta: str
    index: str
    @overload
    def __getitem__(self, key: Literal["root", "posts", "media", "scripts", "meta", "index"], /) -> str: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class ProjectStats(dict[str, Any]):
    """How many entries there are."""

    scripts: int
    posts: int
    media: int
    drafts: int
    published: int
    archived: int
    @overload
    def __getitem__(self, key: Literal["scripts", "posts", "media", "drafts", "published", "archived"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Rebuilt(dict[str, Any]):
    """What a rebuild of the index did."""

    scripts: int
    posts: int
    media: int
    unreadable: List[str]
    seconds: float
    was_cancelled: bool
    @overload
    def __getitem__(self, key: Literal["scripts", "posts", "media"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["unreadable"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["seconds"], /) -> float: ...
    @overload
    def __getitem__(self, key: Literal["was_cancelled"], /) -> bool: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class PublishingPreferences(dict[str, Any]):
    """Where the published site is sent to; "" for what is not set."""

    ssh_host: str
    ssh_user: str
    ssh_remote_path: str
    ssh_mode: Literal['scp', 'rsync']
    @overload
    def __getitem__(self, key: Literal["ssh_host", "ssh_user", "ssh_remote_path"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["ssh_mode"], /) -> Literal['scp', 'rsync']: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class PostRow(dict[str, Any]):
    """A post as lists have it: without its body. Times are ISO 8601 in UTC, "" for none.

    `path` is its file's from the project folder, `languages` those that it is translated to.
    """

    id: str
    title: str
    slug: str
    status: Literal['draft', 'published', 'archived']
    language: str
    tags: List[str]
    categories: List[str]
    created_at: str
    updated_at: str
    published_at: str
    excerpt: str
    author: str
    do_not_translate: bool
    template_slug: str
    path: str
    languages: List[str]
    @overload
    def __getitem__(self, key: Literal["id", "title", "slug", "language", "created_at", "updated_at", "published_at", "excerpt", "author", "template_slug", "path"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["status"], /) -> Literal['draft', 'published', 'archived']: ...
    @overload
    def __getitem__(self, key: Literal["tags", "categories", "languages"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["do_not_translate"], /) -> bool: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Post(PostRow):
    """A post with its body, which is Markdown."""

    body: str
    @overload
    def __getitem__(self, key: Literal["id", "title", "slug", "language", "created_at", "updated_at", "published_at", "excerpt", "author", "template_slug", "path", "body"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["status"], /) -> Literal['draft', 'published', 'archived']: ...
    @overload
    def __getitem__(self, key: Literal["tags", "categories", "languages"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["do_not_translate"], /) -> bool: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Page(dict[str, Any]):
    """Some entries as rows, and the cursor of the next page; "" at the end."""

    fields: List[str]
    rows: List[List[Any]]
    next: str
    @overload
    def __getitem__(self, key: Literal["fields"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["rows"], /) -> List[List[Any]]: ...
    @overload
    def __getitem__(self, key: Literal["next"], /) -> str: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class PostHit(dict[str, Any]):
    """A post or a translation that a search found; a translation has no id of its own."""

    path: str
    id: str
    slug: str
    title: str
    snippet: str
    @overload
    def __getitem__(self, key: Literal["path", "id", "slug", "title", "snippet"], /) -> str: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Month(dict[str, Any]):
    """A month, such as `2026-03`, and how many posts are from it."""

    month: str
    posts: int
    @overload
    def __getitem__(self, key: Literal["month"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["posts"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Translation(Post):
    """A post's text in another language; `translation_for` is the post's id."""

    translation_for: str
    @overload
    def __getitem__(self, key: Literal["id", "title", "slug", "language", "created_at", "updated_at", "published_at", "excerpt", "author", "template_slug", "path", "body", "translation_for"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["status"], /) -> Literal['draft', 'published', 'archived']: ...
    @overload
    def __getitem__(self, key: Literal["tags", "categories", "languages"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["do_not_translate"], /) -> bool: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Media(dict[str, Any]):
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
    tags: List[str]
    linked_post_ids: List[str]
    path: str
    url: str
    @overload
    def __getitem__(self, key: Literal["id", "original_name", "mime_type", "title", "alt", "caption", "author", "language", "created_at", "updated_at", "path", "url"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["size", "width", "height"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["tags", "linked_post_ids"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class MediaHit(dict[str, Any]):
    """A media file that a search found."""

    id: str
    path: str
    title: str
    @overload
    def __getitem__(self, key: Literal["id", "path", "title"], /) -> str: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class MediaMonth(dict[str, Any]):
    """A month, such as `2026-03`, and how many media are from it."""

    month: str
    media: int
    @overload
    def __getitem__(self, key: Literal["month"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["media"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class MediaTag(dict[str, Any]):
    """A tag and by how many media it is carried."""

    name: str
    media: int
    @overload
    def __getitem__(self, key: Literal["name"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["media"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class MediaTranslation(dict[str, Any]):
    """A media file's texts in another language; `translation_for` is the file's id."""

    translation_for: str
    language: str
    title: str
    alt: str
    caption: str
    created_at: str
    updated_at: str
    @overload
    def __getitem__(self, key: Literal["translation_for", "language", "title", "alt", "caption", "created_at", "updated_at"], /) -> str: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Script(dict[str, Any]):
    """A script with its text, which stands below the header."""

    path: str
    id: str
    slug: str
    title: str
    kind: Literal['macro', 'utility', 'transform']
    entrypoint: str
    enabled: bool
    version: int
    created_at: str
    updated_at: str
    body: str
    @overload
    def __getitem__(self, key: Literal["path", "id", "slug", "title", "entrypoint", "created_at", "updated_at", "body"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["kind"], /) -> Literal['macro', 'utility', 'transform']: ...
    @overload
    def __getitem__(self, key: Literal["enabled"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["version"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class ScriptRow(dict[str, Any]):
    """A script as lists have it; `problem` says in words what is wrong with it, "" for nothing."""

    path: str
    id: str
    slug: str
    title: str
    kind: Literal['macro', 'utility', 'transform']
    entrypoint: str
    enabled: bool
    version: int
    updated_at: str
    problem: str
    @overload
    def __getitem__(self, key: Literal["path", "id", "slug", "title", "entrypoint", "updated_at", "problem"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["kind"], /) -> Literal['macro', 'utility', 'transform']: ...
    @overload
    def __getitem__(self, key: Literal["enabled"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["version"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Tag(dict[str, Any]):
    """A tag and how often it is used; `is_listed` is whether meta/tags.json has it."""

    name: str
    color: str
    post_template_slug: str
    posts: int
    media: int
    is_listed: bool
    @overload
    def __getitem__(self, key: Literal["name", "color", "post_template_slug"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["posts", "media"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["is_listed"], /) -> bool: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class TagChange(dict[str, Any]):
    """What a change of tags did; `failures` are pairs of a path and the reason in words."""

    posts_updated: int
    media_updated: int
    failures: List[List[str]]
    @overload
    def __getitem__(self, key: Literal["posts_updated", "media_updated"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["failures"], /) -> List[List[str]]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class TagSync(dict[str, Any]):
    """How many tags posts carry, and which of them have been listed now."""

    discovered: int
    added: List[str]
    @overload
    def __getitem__(self, key: Literal["discovered"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["added"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Category(dict[str, Any]):
    """A category, how it is shown, and how many posts are in it."""

    name: str
    render_in_lists: bool
    show_title: bool
    title: str
    post_template_slug: str
    list_template_slug: str
    is_protected: bool
    posts: int
    @overload
    def __getitem__(self, key: Literal["name", "title", "post_template_slug", "list_template_slug"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["render_in_lists", "show_title", "is_protected"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["posts"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Task(dict[str, Any]):
    """A task; `progress` is from 0 to 1, times are seconds since 1970, None for not yet."""

    id: int
    name: str
    state: Literal['pending', 'running', 'completed', 'failed', 'cancelled']
    progress: float | None
    message: str
    error: str
    group: str
    started_at: float
    ended_at: float | None
    seconds: float
    @overload
    def __getitem__(self, key: Literal["id"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["name", "message", "error", "group"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["state"], /) -> Literal['pending', 'running', 'completed', 'failed', 'cancelled']: ...
    @overload
    def __getitem__(self, key: Literal["progress", "ended_at"], /) -> float | None: ...
    @overload
    def __getitem__(self, key: Literal["started_at", "seconds"], /) -> float: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Commit(dict[str, Any]):
    """A commit; `sync` is whether it is only here, only in the upstream, or in both."""

    hash: str
    short_hash: str
    date: str
    author: str
    subject: str
    sync: Literal['both', 'local-only', 'remote-only']
    @overload
    def __getitem__(self, key: Literal["hash", "short_hash", "date", "author", "subject"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["sync"], /) -> Literal['both', 'local-only', 'remote-only']: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class FileChange(dict[str, Any]):
    """A file that differs from the last commit; `obstacle` is why it cannot be committed."""

    path: str
    status: Literal['untracked', 'modified', 'deleted', 'renamed', 'staged', 'conflict']
    previous_path: str
    obstacle: str
    @overload
    def __getitem__(self, key: Literal["path", "previous_path", "obstacle"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["status"], /) -> Literal['untracked', 'modified', 'deleted', 'renamed', 'staged', 'conflict']: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class GitStatus(dict[str, Any]):
    """How the folder stands to git; `trouble` is why nothing is known, "" when all is well."""

    branch: str
    is_detached: bool
    has_commits: bool
    upstream: str
    is_upstream_gone: bool
    ahead: int
    behind: int
    changes: List[FileChange]
    remotes: List[str]
    trouble: str
    trouble_kind: Literal['', 'no-git', 'no-repository', 'no-commits', 'dubious', 'failed']
    @overload
    def __getitem__(self, key: Literal["branch", "upstream", "trouble"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["is_detached", "has_commits", "is_upstream_gone"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["ahead", "behind"], /) -> int: ...
    @overload
    def __getitem__(self, key: Literal["changes"], /) -> List[FileChange]: ...
    @overload
    def __getitem__(self, key: Literal["remotes"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: Literal["trouble_kind"], /) -> Literal['', 'no-git', 'no-repository', 'no-commits', 'dubious', 'failed']: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class GitResult(dict[str, Any]):
    """What came of an action of git; `guidance` is what to do when it failed."""

    success: bool
    code: Literal['', 'auth-required', 'conflict', 'network', 'action-failed', 'offline']
    error: str
    guidance: List[str]
    short_hash: str
    output: str
    @overload
    def __getitem__(self, key: Literal["success"], /) -> bool: ...
    @overload
    def __getitem__(self, key: Literal["code"], /) -> Literal['', 'auth-required', 'conflict', 'network', 'action-failed', 'offline']: ...
    @overload
    def __getitem__(self, key: Literal["error", "short_hash", "output"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["guidance"], /) -> List[str]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

class Buffer(dict[str, Any]):
    """Memory that scripts share; `size` is in bytes."""

    name: str
    shape: List[int]
    dtype: str
    size: int
    @overload
    def __getitem__(self, key: Literal["name", "dtype"], /) -> str: ...
    @overload
    def __getitem__(self, key: Literal["shape"], /) -> List[int]: ...
    @overload
    def __getitem__(self, key: Literal["size"], /) -> int: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...

args: List[str]
"""What stood behind the script's name: `inkstand run SLUG -- ARGS`."""

class _Project:
    """The project itself."""

    def get(self) -> Project:
        """Return the project's name, language, author, address and the like."""

    def paths(self) -> ProjectPaths:
        """Return where the project's files and its index lie."""

    def stats(self) -> ProjectStats:
        """Count scripts, posts by status, and media."""

    def update(self, *, name: str | None = None, description: str | None = None, language: str | None = None, languages: List[str] | None = None, author: str | None = None, public_url: str | None = None, posts_per_page: int | None = None, bookmark_category: str | None = None) -> Project:
        """Change settings of meta/project.json; what is not given stays, as do keys unknown here.

        Args:
            name: What the project is called; "" is its folder's name.
            description: What it is about.
            language: Of posts that name none, such as `en`.
            languages: All that it has posts in.
            author: Who wrote the posts that name nobody.
            public_url: Where the published site is to be found.
            posts_per_page: From 1 to 500.
            bookmark_category: Of posts that are made from bookmarks.
        """

    def rebuild(self, *, full: bool = False) -> Rebuilt:
        """Bring the index in line with the files: posts, media, scripts, their words and links.

        Args:
            full: Read every file, not just those whose size or time changed.
        """

    def publishing(self) -> PublishingPreferences:
        """Return where the published site is sent to."""

    def update_publishing(self, *, ssh_host: str | None = None, ssh_user: str | None = None, ssh_remote_path: str | None = None, ssh_mode: Literal['scp', 'rsync'] | None = None) -> PublishingPreferences:
        """Say where the published site is sent to; what is not given stays.

        Args:
            ssh_host: The machine's name.
            ssh_user: Who logs in there.
            ssh_remote_path: The folder there.
            ssh_mode: How files are sent.
        """

    def clear_publishing(self) -> PublishingPreferences:
        """Forget where the published site is sent to; keys unknown here stay."""

project: _Project

class _Posts:
    """Posts."""

    def get(self, name: str) -> Post:
        """Return a post with its body.

        Args:
            name: Its id or slug.

        Raises:
            LookupError: There is none; the message names close ones.
        """

    def list(self, *, status: Literal["draft", "published", "archived"] | None = None, tag: str = '', category: str = '', tags: List[str] = [], categories: List[str] = [], language: str = '', missing_translation: str = '', year: int = 0, month: int = 0, since: str = '', until: str = '', limit: int = 100, offset: int = 0) -> List[PostRow]:
        """List posts without their bodies, the newest first.

        Args:
            status: draft, published or archived.
            tag: A tag they have.
            category: A category they are in.
            tags: Tags they all have.
            categories: Categories they are all in.
            language: Their own, or one they are translated to.
            missing_translation: A language they are not translated to.
            year: Of their creation.
            month: With a year.
            since: Created at or after this date or time.
            until: Created up to the end of this day, or before this time.
            limit: How many at most.
            offset: How many to leave out first.
        """

    def count(self, *, status: Literal["draft", "published", "archived"] | None = None, tag: str = '', category: str = '', tags: List[str] = [], categories: List[str] = [], language: str = '', missing_translation: str = '', year: int = 0, month: int = 0, since: str = '', until: str = '') -> int:
        """Count posts; the parameters mean what they mean for `list`."""

    def iter(self, *, fields: Sequence[str] = (), status: Literal["draft", "published", "archived"] | None = None, tag: str = '', category: str = '', tags: Sequence[str] = (), categories: Sequence[str] = (), language: str = '', missing_translation: str = '', year: int = 0, month: int = 0, since: str = '', until: str = '') -> Iterator[Post]:
        """Yield posts one by one, the newest first; only some fields when they are named.

        Bodies come when asked for: `fields=["slug", "body"]`. The rest is as for `list`.
        """

    def search(self, query: str, *, tag: str = '', category: str = '', status: Literal["draft", "published", "archived"] | None = None, language: str = '', limit: int = 50) -> List[PostHit]:
        """Find posts by words, the best first; accents and letter case do not matter.

        Args:
            query: Words that all have to occur; "several in quotes" next to each other.
            tag: As for `list`.
            category: As for `list`.
            status: As for `list`.
            language: As for `list`.
            limit: How many at most.

        Returns:
            path, id, slug, title and a snippet of the text; a translation has no id of its own.
        """

    def linked_by(self, name: str) -> List[PostRow]:
        """List the posts that link to a post.

        Args:
            name: The post's id or slug.
        """

    def links_to(self, name: str) -> List[PostRow]:
        """List the posts that a post links to.

        Args:
            name: The post's id or slug.
        """

    def months(self) -> List[Month]:
        """Count the posts of each month, the newest first."""

    def is_slug_free(self, slug: str, *, exclude: str = '') -> bool:
        """Tell whether a post could have a slug; what is no slug is never free.

        Args:
            slug: Small letters, digits and `-`.
            exclude: The id or slug of a post that may have it already.
        """

    def free_slug(self, title: str, *, exclude: str = '') -> str:
        """Make a slug from a title that no other post has: with a number when it is taken.

        Args:
            title: What people read.
            exclude: The id or slug of a post that may have it already.
        """

    def translations(self, name: str) -> List[Translation]:
        """Return the translations of a post, by language.

        Args:
            name: The post's id or slug.
        """

    def translation(self, name: str, language: str) -> Translation:
        """Return a post's text in another language.

        Args:
            name: The post's id or slug.
            language: Such as `de`.

        Raises:
            LookupError: There is no such post, or it is not translated to that.
        """

    def create_translation(self, name: str, language: str, title: str, *, body: str, excerpt: str = '') -> Translation:
        """Write a post in another language.

        Args:
            name: The post's id or slug.
            language: Such as `de`.
            title: The title in that language.
            body: The text in that language.
            excerpt: A short text for lists.
        """

    def update_translation(self, name: str, language: str, *, title: str | None = None, body: str | None = None, excerpt: str | None = None) -> Translation:
        """Change a post's text in another language; what is not given stays.

        Args:
            name: The post's id or slug.
            language: Such as `de`.
            title: The new title.
            body: The new text.
            excerpt: A short text for lists.
        """

    def publish_translation(self, name: str, language: str) -> Translation:
        """Publish one translation; one without a status of its own has that of its post.

        Args:
            name: The post's id or slug.
            language: Such as `de`.
        """

    def delete_translation(self, name: str, language: str) -> bool:
        """Delete one translation; the person can bring it back.

        Args:
            name: The post's id or slug.
            language: Such as `de`.
        """

    def create(self, title: str, *, body: str = '', slug: str = '', tags: List[str] = [], categories: List[str] = [], excerpt: str = '', author: str = '', language: str = '') -> Post:
        """Make a draft.

        Args:
            title: What people read.
            body: Markdown.
            slug: Its name in addresses; made from the title when empty.
            tags: Its tags.
            categories: Its categories.
            excerpt: A short text for lists.
            author: The project's default author when empty.
            language: Such as `en`.
        """

    def update(self, name: str, *, title: str | None = None, body: str | None = None, slug: str | None = None, tags: List[str] | None = None, categories: List[str] | None = None, excerpt: str | None = None, author: str | None = None, language: str | None = None, do_not_translate: bool | None = None, template_slug: str | None = None) -> Post:
        """Change a post; what is not given stays. Only the lines that change are written.

        Args:
            name: Its id or slug.
            title: The new title.
            body: The new text.
            slug: The new slug, of a post that was never published; else see `rename`.
            tags: All its tags.
            categories: All its categories.
            excerpt: A short text for lists.
            author: Who wrote it.
            language: Such as `en`.
            do_not_translate: Whether it is meant to stay in its own language.
            template_slug: The template that its page is made with; "" for the usual one.
        """

    def rename(self, name: str, slug: str) -> Post:
        """Give a post another slug, also one that was published: links to the old one lead nowhere.

        Args:
            name: Its id or slug.
            slug: The new slug.
        """

    def publish(self, name: str) -> Post:
        """Publish a post and its translations.

        Args:
            name: Its id or slug.
        """

    def unpublish(self, name: str) -> Post:
        """Make a post a draft again.

        Args:
            name: Its id or slug.
        """

    def archive(self, name: str) -> Post:
        """Put a post into the archive.

        Args:
            name: Its id or slug.
        """

    def unarchive(self, name: str) -> Post:
        """Take a post out of the archive: published if it ever was, else a draft.

        Args:
            name: Its id or slug.
        """

    def discard(self, name: str) -> Post:
        """Put a post back to what git's last commit has of its file; its translations stay.

        Args:
            name: Its id or slug.

        Raises:
            LookupError: The last commit has no such file.
        """

    def delete(self, name: str) -> bool:
        """Delete a post with its translations; the person can bring it back.

        Args:
            name: Its id or slug.
        """

posts: _Posts

class _Media:
    """Media: images and other files, with their texts."""

    def get(self, media_id: str) -> Media:
        """Return what is known of a media file.

        Args:
            media_id: Its id.

        Raises:
            LookupError: There is none.
        """

    def list(self, *, tag: str = '', tags: List[str] = [], mime_type: str = '', year: int = 0, month: int = 0, limit: int = 100, offset: int = 0) -> List[Media]:
        """List media, the newest first.

        Args:
            tag: A tag they have.
            tags: Tags they all have.
            mime_type: Its beginning: `image/` for all images.
            year: Of their creation.
            month: With a year.
            limit: How many at most.
            offset: How many to leave out first.
        """

    def iter(self, *, fields: Sequence[str] = (), tag: str = '', mime_type: str = '', year: int = 0) -> Iterator[Media]:
        """Yield media one by one, the newest first; only some fields when they are named."""

    def search(self, query: str, *, limit: int = 50) -> List[MediaHit]:
        """Find media by the words of their texts and names, the best first.

        Args:
            query: Words that all have to occur.
            limit: How many at most.
        """

    def posts(self, media_id: str) -> List[PostRow]:
        """List the posts that show or link a media file.

        Args:
            media_id: Its id.
        """

    def create(self, file_name: str, data: bytes, *, title: str = '', alt: str = '', caption: str = '', author: str = '', tags: List[str] = []) -> Media:
        """Add a file with its sidecar.

        Args:
            file_name: Its original name, with the ending that says what it is.
            data: The file's bytes; up to 2 MB in one call.
            title: What people read.
            alt: What it shows, for who cannot see it.
            caption: What stands below it.
            author: Who made it.
            tags: Its tags.
        """

    def update(self, media_id: str, *, title: str | None = None, alt: str | None = None, caption: str | None = None, author: str | None = None, tags: List[str] | None = None) -> Media:
        """Change a media file's texts; what is not given stays.

        Args:
            media_id: Its id.
            title: What people read.
            alt: What it shows.
            caption: What stands below it.
            author: Who made it.
            tags: All its tags.
        """

    def replace(self, media_id: str, file_name: str, data: bytes) -> Media:
        """Put another file of the same type in the place of a media file's; its address stays.

        Args:
            media_id: Its id.
            file_name: The new file's original name, with its ending.
            data: The new file's bytes; up to 2 MB in one call.
        """

    def delete(self, media_id: str) -> bool:
        """Delete a file with its sidecars; the person can bring it back.

        Args:
            media_id: Its id.
        """

    def months(self) -> List[MediaMonth]:
        """Count the media of each month, the newest first."""

    def tags(self) -> List[MediaTag]:
        """List the tags that media carry by name, with by how many."""

    def translations(self, media_id: str) -> List[MediaTranslation]:
        """Return a media file's texts in other languages, by language.

        Args:
            media_id: Its id.
        """

    def import_file(self, path: str, *, title: str = '', alt: str = '', caption: str = '', author: str = '', language: str = '', tags: List[str] = []) -> Media:
        """Take a file of the project's folder into its media, with a sidecar; the file stays.

        Args:
            path: From the project's folder. What lies elsewhere a script cannot take in.
            title: What people read.
            alt: What it shows, for who cannot see it.
            caption: What stands below it.
            author: Who made it.
            language: Of the texts, such as `en`.
            tags: Its tags.
        """

    def replace_file(self, media_id: str, path: str) -> Media:
        """Put a copy of a file of the project in the place of a media file's; its address stays.

        Args:
            media_id: Its id.
            path: From the project's folder; a file of the same type.
        """

media: _Media

class _Scripts:
    """Scripts: what a project can run."""

    def get(self, slug: str) -> Script:
        """Return a script with its text.

        Args:
            slug: Its name.

        Raises:
            LookupError: There is none; the message names close ones.
        """

    def list(self, *, kind: Literal["macro", "utility", "transform"] | None = None) -> List[ScriptRow]:
        """List scripts without their texts: by kind, the last changed first.

        Args:
            kind: Only macros, utilities or transforms.
        """

    def create(self, title: str, kind: Literal["macro", "utility", "transform"], body: str, *, slug: str = '', entrypoint: str = '', enabled: bool = True) -> Script:
        """Make a script.

        Args:
            title: What people read.
            kind: macro, utility or transform.
            body: Python.
            slug: Its name; made from the title when empty.
            entrypoint: The function that is called; the kind's usual one when empty.
            enabled: Whether it runs by itself.
        """

    def update(self, slug: str, *, body: str | None = None, title: str | None = None, kind: Literal["macro", "utility", "transform"] | None = None, entrypoint: str | None = None, enabled: bool | None = None) -> Script:
        """Change a script; what is not given stays.

        Args:
            slug: Its name.
            body: The new text.
            title: What people read.
            kind: macro, utility or transform.
            entrypoint: The function that is called.
            enabled: Whether it runs by itself.
        """

    def delete(self, slug: str) -> bool:
        """Delete a script; the person can bring it back.

        Args:
            slug: Its name.
        """

scripts: _Scripts

class _Tags:
    """Tags of posts and media."""

    def list(self) -> List[Tag]:
        """List all tags by name, with how many posts and media carry them."""

    def get(self, name: str) -> Tag:
        """Return a tag.

        Args:
            name: Whatever its case.

        Raises:
            LookupError: Nothing carries it, and it is not listed.
        """

    def posts(self, name: str) -> List[PostRow]:
        """List the posts that carry a tag, the newest first.

        Args:
            name: The tag.
        """

    def create(self, name: str, *, color: str = '') -> Tag:
        """List a new tag, before any post has it.

        Args:
            name: In lower case.
            color: `#rgb` or `#rrggbb`.
        """

    def update(self, name: str, *, color: str | None = None, post_template_slug: str | None = None) -> Tag:
        """Change a tag's colour or template; what is not given stays. It is listed then.

        Args:
            name: The tag.
            color: `#rgb` or `#rrggbb`; "" for none.
            post_template_slug: The template of posts that carry it; "" for the usual one.
        """

    def rename(self, old: str, new: str) -> TagChange:
        """Give a tag another name wherever it is carried.

        Args:
            old: The tag.
            new: Its new name.
        """

    def merge(self, sources: List[str], target: str) -> TagChange:
        """Put one tag in the place of others.

        Args:
            sources: The tags that go.
            target: The tag that stays.
        """

    def delete(self, name: str) -> TagChange:
        """Take a tag away wherever it is carried.

        Args:
            name: The tag.
        """

    def sync(self) -> TagSync:
        """List the tags that posts carry and meta/tags.json does not have."""

tags: _Tags

class _Categories:
    """Categories of posts."""

    def list(self) -> List[Category]:
        """List the project's categories by name, with how many posts are in them."""

    def add(self, name: str) -> Category:
        """Add a category.

        Args:
            name: In lower case.
        """

    def update(self, name: str, *, title: str | None = None, render_in_lists: bool | None = None, show_title: bool | None = None, post_template_slug: str | None = None, list_template_slug: str | None = None) -> Category:
        """Change how a category is shown; what is not given stays.

        Args:
            name: The category.
            title: What people read.
            render_in_lists: Whether lists hold its posts.
            show_title: Whether its posts have their titles shown.
            post_template_slug: The template of its posts; "" for the usual one.
            list_template_slug: The template of its lists; "" for the usual one.
        """

    def remove(self, name: str) -> bool:
        """Take a category out of the project's list; posts keep theirs.

        Args:
            name: One that is not protected.
        """

categories: _Categories

class _Tasks:
    """Tasks: what runs beside, and what has run."""

    def list(self) -> List[Task]:
        """List tasks, the newest first; the run that asks is one of them."""

    def cancel(self, task_id: int) -> bool:
        """Ask a task to stop.

        Args:
            task_id: Its id.

        Returns:
            Whether there is one that had not ended.
        """

    def clear_finished(self) -> int:
        """Forget the tasks that have ended.

        Returns:
            How many there were.
        """

tasks: _Tasks

class _Git:
    """The project's history in git."""

    def branch(self) -> str | None:
        """Return the branch, or None outside of a repository."""

    def log(self, *, limit: int = 50) -> List[Commit]:
        """List the commits that touch the project, the newest first; none without a repository.

        Args:
            limit: How many at most.
        """

    def changes(self) -> List[FileChange]:
        """List the files that differ from the last commit."""

    def status(self) -> GitStatus:
        """Return branch, upstream, remotes and the files that differ from the last commit."""

    def commit(self, message: str) -> GitResult:
        """Commit all changes of the project.

        Args:
            message: Its first line says what was done.

        Raises:
            RuntimeError: It is a dry run.
        """

git: _Git

class _Output:
    """What a run shows besides what it prints."""

    def table(self, rows: Iterable[Any], *, columns: Sequence[str] = (), title: str = '') -> None:
        """Print rows as a table; each is a mapping or a sequence."""

    def image(self, pixels: Any, *, columns: int = 60, depth: Literal[24, 8] = 24) -> None:
        """Print a picture as half blocks.

        `pixels` are rows of grey values or of (r, g, b), 0 to 255, or an array of the shape
        (rows, columns), (rows, columns, 3) or (rows, columns, 4), as numpy has them. A picture
        wider than `columns` (200 at most) is scaled down. `depth` 8 is for terminals of 256
        colours. What is transparent becomes black. A text is the name of a buffer.
        """

output: _Output

class _Buffers:
    """Memory that scripts and Inkstand share without a copy: arrays with a name."""

    def create(self, name: str, shape: int | Sequence[int], dtype: Any = 'uint8', *, replace: bool = False) -> Any:
        """Make a buffer: an array of zeros that other scripts of the project can open.

        `name` takes letters, digits, dots, hyphens and underscores. `dtype` is one of int8 to
        int64, uint8 to uint64, float32, float64, bool. The array is one of numpy where that is
        there, else a memoryview of that shape. It goes when the project is closed. A name that
        is taken is a FileExistsError, unless `replace` is true.
        """

    def open(self, name: str, *, writable: bool = False) -> Any:
        """Give the array of a buffer that this or another script has made: its memory, no copy.

        With `writable` it can be changed, which takes the right to write. `LookupError` when
        there is none.
        """

    def list(self) -> List[Buffer]:
        """List the buffers there are; they go when the project is closed."""

    def delete(self, name: str) -> bool:
        """Delete a buffer. A script that has it open keeps it until its run ends.

        Args:
            name: The buffer's.

        Raises:
            LookupError: There is none.
        """

    def save_as_media(self, name: str, file_name: str, *, title: str = '', alt: str = '', caption: str = '', author: str = '', tags: List[str] = []) -> Media:
        """Save a buffer as a picture among the media: a PNG with its sidecar.

        Args:
            name: The buffer's: `uint8` of (rows, columns), (rows, columns, 3) or (rows, columns, 4).
            file_name: The picture's original name; it ends in .png.
            title: What people read.
            alt: What it shows, for who cannot see it.
            caption: What stands below it.
            author: Who made it.
            tags: Its tags.

        Raises:
            LookupError: There is no such buffer.
        """

buffers: _Buffers

class _Ui:
    """What a run says to the person, and asks."""

    def toast(self, message: str, *, severity: Literal['information', 'warning', 'error'] = 'information') -> None:
        """Show a short message for a moment.

        Args:
            message: Up to 300 characters; 20 messages a run.
            severity: How it looks.
        """

    def progress(self, done: float, total: float = 1.0, text: str = '') -> None:
        """Show how far the run is, in the Tasks tab and the status bar.

        Args:
            done: How much is done.
            total: How much there is.
            text: What is being done.
        """

    def read_line(self, prompt: str = '') -> str | None:
        """Ask for a line of text; `input` uses it.

        Args:
            prompt: What is asked.

        Returns:
            The line without its end; None when there is nobody to answer.
        """

    def ask(self, question: str, *, default: str = '') -> str:
        """Ask for a line of text.

        Args:
            question: What is asked.
            default: What an empty answer means.

        Raises:
            EOFError: There is nobody to answer.
        """

    def choose(self, question: str, options: List[str]) -> str | None:
        """Ask for one of a few options.

        Args:
            question: What is asked.
            options: What can be chosen.

        Returns:
            The option; None when the person goes back.
        """

    def confirm(self, question: str) -> bool:
        """Ask yes or no.

        Args:
            question: What is asked.

        Returns:
            Whether the answer was yes.
        """

    def open_document(self, slug: str, *, line: int = 1, column: int = 1) -> bool:
        """Show a script or a post in the editor.

        Args:
            slug: A script's name, or a post's path: `posts/2026/03/hello.md`.
            line: Where the cursor goes, from 1.
            column: Likewise.

        Returns:
            Whether there is an editor.
        """

    def copy(self, text: str) -> bool:
        """Put a text into the clipboard of the person's terminal; it goes through SSH.

        Args:
            text: Up to 100,000 characters.

        Returns:
            Whether it was sent; whether the terminal takes it cannot be told.

        Raises:
            ValueError: It is too long.
        """

    def language(self) -> str:
        """Return the language of the person's system, such as `de`."""

ui: _Ui
