"""What a macro is called with: `context` and `post`, the same for a run, a preview and a batch.

Owns their keys and shapes, and when data of the project are looked up for them. Which macros a text
calls, and running them, must never enter.

A batch gets 10,000 posts' contexts from one `Contexts`. What they share (texts of a language, the
project's images, tag counts) stands in few `SharedData`, made once and sent to a kernel once; a
`CallContext` holds the rest and refers to them. `engine.child.contexts.merged` joins them there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.catalog import Catalog
from engine.child.contexts import merged
from engine.child.msgspec_core import encode
from engine.render.strings import FALLBACK, translations
from engine.render.wanted import SHARED_DATA
from store.project import Project

if TYPE_CHECKING:
    from store.facts import MediaFacts, PostFacts
    from store.index import Index
    from store.posts import Post

Json: TypeAlias = dict[str, Any]

_FEW_POSTS = 20
"""Whose media are looked up by their ids; beyond it all links are read, once."""


@dataclass(frozen=True, slots=True)
class Page:
    """A post or a translation whose macros are called."""

    facts: PostFacts
    body: str
    """The text below the front matter, as it is rendered: unsaved changes included."""
    path: str = ""
    """From the project folder, with slashes; for messages."""
    first_line: int = 1
    """The line of the file in which the body begins."""
    original: PostFacts | None = None
    """What a translation translates; it has most of its facts from there."""

    @classmethod
    def of(cls, post: Post, path: str, original: PostFacts | None = None) -> Page:
        """Make a page of a post as it stands in its file, or in the text that is being edited."""
        first_line = post.text.count("\n") - post.body.count("\n") + 1
        return cls(post.facts, post.body, path, first_line, original)

    @property
    def post_id(self) -> str:
        """The id of the post, in its translations too."""
        return self.facts.translation_for or self.facts.id


@dataclass(frozen=True, slots=True)
class ResolvedCall:
    """A call whose macro has been found."""

    hook: str
    """The macro's name as it is used: `photo_album` where that is written."""
    script_id: str
    params: Mapping[str, Any]
    """As typed by the grammar; plain data."""
    wanted: tuple[str, ...] = ()
    """The data that its script wants, see `engine.render.wanted`."""


@dataclass(frozen=True, slots=True)
class SharedData:
    """A part of many contexts. Equal ids mean equal values, in other batches too."""

    id: str
    values: Mapping[str, Mapping[str, Any]]
    """By section: env or data."""
    encoded: bytes
    """The values as msgpack, to be sent as they are (`Raw`) to each kernel that lacks them. A
    kernel should decode them once for each script: one script cannot spoil another's then."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What one call is made with."""

    own: Mapping[str, Mapping[str, Any]]
    """What only this call has, by section: env (hook, source), params, data."""
    shared: tuple[SharedData, ...]
    """The rest. The same tuple in every call of a batch that shares it."""
    post: Json | None
    """The same object in every call of a page: a batch can send it once."""

    def context(self) -> dict[str, Json]:
        """Return the whole context, as the script sees it."""
        return merged(self.own, (part.values for part in self.shared))


class Contexts:
    """Makes contexts that show the project as it was when each kind of data was first wanted."""

    def __init__(self, project: Project, catalog: Catalog, *, is_preview: bool) -> None:
        """Prepare; nothing is looked up yet.

        Args:
            project: Whose language and id to use.
            catalog: Where images, links and tags are looked up.
            is_preview: What macros read as `env.isPreview`.
        """
        self._project = project
        self._catalog = catalog
        self._is_preview = is_preview
        language = project.settings.get("mainLanguage")
        self._language = language if isinstance(language, str) and language else FALLBACK
        self._envs: dict[tuple[str, str], SharedData] = {}
        self._data: dict[str, SharedData] = {}
        self._shares: dict[tuple[str, tuple[str, ...]], tuple[SharedData, ...]] = {}
        """By an env's id and the data wanted beside it."""
        self._linked: dict[str, list[Json]] | None = None

    async def contexts_for(
        self, page: Page | None, calls: Sequence[ResolvedCall]
    ) -> list[CallContext]:
        """Make the contexts of one page's calls; see `contexts_for_all`."""
        return (await self.contexts_for_all([(page, calls)]))[0]

    async def contexts_for_all(
        self, pages: Sequence[tuple[Page | None, Sequence[ResolvedCall]]]
    ) -> list[list[CallContext]]:
        """Make the contexts of many pages' calls, in a thread.

        Args:
            pages: Pages (None for a call without a post), each with its calls.

        Returns:
            For each page one context per call, in their order.

        Raises:
            ClosedResourceError: The project is closed.
        """
        if not any(calls for _, calls in pages):
            return [[] for _ in pages]
        if any(call.wanted for _, calls in pages for call in calls):
            await self._catalog.see_content()
            return await self._catalog.question(partial(self._made, pages))
        if len(pages) == 1:
            return self._made(pages, None)
        from anyio.to_thread import run_sync

        return await run_sync(self._made, pages, None)

    def _made(
        self, pages: Sequence[tuple[Page | None, Sequence[ResolvedCall]]], index: Index | None
    ) -> list[list[CallContext]]:
        linked = {} if index is None else self._fetch(pages, index)
        # Few macros are called often: what their calls have in common is made once. For 30,000
        # calls that is a third of the time, most of it the garbage collector's.
        callers: dict[tuple[str, str], Json] = {}
        nothing: Json = {}
        made: list[list[CallContext]] = []
        for page, calls in pages:
            contexts: list[CallContext] = []
            made.append(contexts)
            if not calls:
                continue
            env = self._env_of(page)
            post = None if page is None else post_data(page, self._project.id)
            for call in calls:
                caller = callers.get(who := (call.hook, call.script_id))
                if caller is None:
                    source = {"kind": "macro", "id": call.script_id}
                    caller = callers[who] = {"hook": call.hook, "source": source}
                shared = self._shares.get(which := (env.id, call.wanted))
                if shared is None:
                    more = (self._data[name] for name in call.wanted if name in self._data)
                    shared = self._shares[which] = (env, *more)
                data = nothing
                if "linkedMedia" in call.wanted:
                    own = [] if page is None else linked.get(page.post_id, [])
                    data = {"linkedMedia": own}
                own_parts = {"env": caller, "params": call.params, "data": data}
                contexts.append(CallContext(own_parts, shared, post))
        return made

    def _fetch(
        self, pages: Sequence[tuple[Page | None, Sequence[ResolvedCall]]], index: Index
    ) -> Mapping[str, list[Json]]:
        """Look up what the calls want and is not there yet; return the media of posts."""
        from store import macro_data  # peewee, which only a project with data pays

        wanted = {name for _, calls in pages for call in calls for name in call.wanted}
        for name in wanted - self._data.keys():
            if name not in SHARED_DATA:
                continue
            found: list[Json] = (
                [self._media(*one) for one in macro_data.images(index)]
                if name == "media"
                else [
                    {"tag": one.name, "count": one.posts}
                    for one in macro_data.published_tags(index)
                ]
            )
            self._data[name] = _shared("data", {name: found})
        if "linkedMedia" not in wanted:
            return {}
        if self._linked is not None:
            return self._linked
        ids = {page.post_id for page, _ in pages if page is not None}
        few = len(ids) <= _FEW_POSTS
        linked = macro_data.media_of_posts(index, ids if few else None)
        made = {post: [self._media(*one) for one in media] for post, media in linked.items()}
        if not few:
            self._linked = made
        return made

    def _media(self, path: str, facts: MediaFacts) -> Json:
        return media_data(path, facts, self._project.id)

    def _env_of(self, page: Page | None) -> SharedData:
        language, prefix = self._language, ""
        if page is not None and page.facts.language:
            language = page.facts.language
            if page.facts.translation_for and language.lower() != self._language.lower():
                prefix = f"/{language.lower()}"
        found = self._envs.get((language, prefix))
        if found is None:
            values = {
                "isPreview": self._is_preview,
                "mainLanguage": language,
                "languagePrefix": prefix,
                "translations": dict(translations(language)),
            }
            found = self._envs[language, prefix] = _shared("env", values)
        return found


def post_data(page: Page, project_id: str) -> Json:
    """Return a page as macros see it: the post, in a translation with its texts."""
    facts, source = page.facts, page.original or page.facts
    return {
        "id": page.post_id,
        "projectId": project_id,
        "title": facts.title,
        "slug": source.slug,
        "excerpt": facts.excerpt or source.excerpt or None,
        "content": page.body,
        "status": facts.status or source.status,
        "author": facts.author or source.author or None,
        "createdAt": facts.created_at or source.created_at,
        "updatedAt": facts.updated_at or source.updated_at,
        "publishedAt": facts.published_at or source.published_at or None,
        "tags": list(facts.tags or source.tags),
        "categories": list(facts.categories or source.categories),
    }


def media_data(path: str, facts: MediaFacts, project_id: str) -> Json:
    """Return a medium as macros see it.

    Args:
        path: Of its sidecar, from the project folder.
        facts: What the sidecar says.
        project_id: The project's id.
    """
    file = path.removesuffix(".meta")
    return {
        "id": facts.id,
        "projectId": project_id,
        "filename": file.rpartition("/")[2],
        "originalName": facts.original_name,
        "mimeType": facts.mime_type,
        "size": facts.size,
        "width": facts.width or None,
        "height": facts.height or None,
        "title": facts.title or None,
        "alt": facts.alt or None,
        "caption": facts.caption or None,
        "author": facts.author or None,
        "createdAt": facts.created_at,
        "updatedAt": facts.updated_at,
        "tags": list(facts.tags),
        "linkedPostIds": list(facts.linked_post_ids),
        "url": f"/{file}",
    }


def _shared(section: str, values: Mapping[str, Any]) -> SharedData:
    parts = {section: values}
    encoded = encode(parts)
    return SharedData(blake2b(encoded, digest_size=12).hexdigest(), parts, encoded)
