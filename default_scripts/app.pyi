"""What a script may do with its project: `import app`. Made by `inkstand api`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, List, Literal

class Record(dict[str, Any]):
    """What a function gives: a mapping whose keys are attributes, too."""

    def __getattr__(self, name: str) -> Any: ...

args: List[str]
"""What stood behind the script's name: `inkstand run SLUG -- ARGS`."""

class _Project:
    """The project itself."""

    def get(self) -> Record:
        """Return the project's name, language, author and address."""

    def stats(self) -> Record:
        """Count scripts, posts by status, and media."""

project: _Project

class _Posts:
    """Posts: read, found, written, published."""

    def get(self, name: str) -> Record:
        """Return a post with its body.

        Args:
            name: Its id or slug.

        Raises:
            LookupError: There is none; the message names close ones.
        """

    def list(self, *, status: Literal["draft", "published", "archived"] | None = None, tag: str = '', category: str = '', language: str = '', missing_translation: str = '', year: int = 0, month: int = 0, since: str = '', until: str = '', limit: int = 100, offset: int = 0) -> List[Record]:
        """List posts without their bodies, the newest first.

        Args:
            status: draft, published or archived.
            tag: A tag they have.
            category: A category they are in.
            language: Their own, or one they are translated to.
            missing_translation: A language they are not translated to.
            year: Of their creation.
            month: With a year.
            since: Created at or after this date or time.
            until: Created up to the end of this day, or before this time.
            limit: How many at most.
            offset: How many to leave out first.
        """

    def count(self, *, status: Literal["draft", "published", "archived"] | None = None, tag: str = '', category: str = '', language: str = '', year: int = 0, month: int = 0) -> int:
        """Count posts; the parameters mean what they mean for `list`."""

    def iter(self, *, fields: Sequence[str] = (), status: str = '', tag: str = '', category: str = '', language: str = '', year: int = 0) -> Iterator[Record]:
        """Yield posts one by one, the newest first; only some fields when they are named."""

    def search(self, query: str, *, tag: str = '', category: str = '', status: Literal["draft", "published", "archived"] | None = None, language: str = '', limit: int = 50) -> List[Record]:
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

    def translations(self, name: str) -> List[Record]:
        """Return the translations of a post, by language.

        Args:
            name: The post's id or slug.
        """

    def linked_by(self, name: str) -> List[Record]:
        """List the posts that link to a post.

        Args:
            name: The post's id or slug.
        """

    def links_to(self, name: str) -> List[Record]:
        """List the posts that a post links to.

        Args:
            name: The post's id or slug.
        """

    def months(self) -> List[Record]:
        """Count the posts of each month, the newest first."""

    def create(self, title: str, *, body: str = '', slug: str = '', tags: List[str] = [], categories: List[str] = [], excerpt: str = '', author: str = '', language: str = '') -> Record:
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

    def update(self, name: str, *, title: str | None = None, body: str | None = None, slug: str | None = None, tags: List[str] | None = None, categories: List[str] | None = None, excerpt: str | None = None, author: str | None = None, language: str | None = None) -> Record:
        """Change a post; what is not given stays. Only the lines that change are written.

        Args:
            name: Its id or slug.
            title: The new title.
            body: The new text.
            slug: The new slug.
            tags: All its tags.
            categories: All its categories.
            excerpt: A short text for lists.
            author: Who wrote it.
            language: Such as `en`.
        """

    def publish(self, name: str) -> Record:
        """Publish a post and its translations.

        Args:
            name: Its id or slug.
        """

    def unpublish(self, name: str) -> Record:
        """Make a post a draft again.

        Args:
            name: Its id or slug.
        """

    def archive(self, name: str) -> Record:
        """Put a post into the archive.

        Args:
            name: Its id or slug.
        """

    def unarchive(self, name: str) -> Record:
        """Take a post out of the archive: published if it ever was, else a draft.

        Args:
            name: Its id or slug.
        """

    def delete(self, name: str) -> bool:
        """Delete a post with its translations; the person can bring it back.

        Args:
            name: Its id or slug.
        """

    def create_translation(self, name: str, language: str, title: str, *, body: str, excerpt: str = '') -> Record:
        """Write a post in another language.

        Args:
            name: The post's id or slug.
            language: Such as `de`.
            title: The title in that language.
            body: The text in that language.
            excerpt: A short text for lists.
        """

posts: _Posts

class _Media:
    """Media: images and other files, with their texts."""

    def get(self, media_id: str) -> Record:
        """Return what is known of a media file.

        Args:
            media_id: Its id.

        Raises:
            LookupError: There is none.
        """

    def list(self, *, tag: str = '', mime_type: str = '', year: int = 0, month: int = 0, limit: int = 100, offset: int = 0) -> List[Record]:
        """List media, the newest first.

        Args:
            tag: A tag they have.
            mime_type: Its beginning: `image/` for all images.
            year: Of their creation.
            month: With a year.
            limit: How many at most.
            offset: How many to leave out first.
        """

    def iter(self, *, fields: Sequence[str] = (), tag: str = '', mime_type: str = '', year: int = 0) -> Iterator[Record]:
        """Yield media one by one, the newest first; only some fields when they are named."""

    def search(self, query: str, *, limit: int = 50) -> List[Record]:
        """Find media by the words of their texts and names, the best first.

        Args:
            query: Words that all have to occur.
            limit: How many at most.
        """

    def posts(self, media_id: str) -> List[Record]:
        """List the posts that show or link a media file.

        Args:
            media_id: Its id.
        """

    def create(self, file_name: str, data: bytes, *, title: str = '', alt: str = '', caption: str = '', author: str = '', tags: List[str] = []) -> Record:
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

    def update(self, media_id: str, *, title: str | None = None, alt: str | None = None, caption: str | None = None, author: str | None = None, tags: List[str] | None = None) -> Record:
        """Change a media file's texts; what is not given stays.

        Args:
            media_id: Its id.
            title: What people read.
            alt: What it shows.
            caption: What stands below it.
            author: Who made it.
            tags: All its tags.
        """

    def delete(self, media_id: str) -> bool:
        """Delete a file with its sidecars; the person can bring it back.

        Args:
            media_id: Its id.
        """

media: _Media

class _Scripts:
    """Scripts: what a project can run."""

    def get(self, slug: str) -> Record:
        """Return a script with its text.

        Args:
            slug: Its name.

        Raises:
            LookupError: There is none; the message names close ones.
        """

    def list(self, *, kind: Literal["macro", "utility", "transform"] | None = None) -> List[Record]:
        """List scripts without their texts: by kind, the last changed first.

        Args:
            kind: Only macros, utilities or transforms.
        """

    def create(self, title: str, kind: Literal["macro", "utility", "transform"], body: str) -> Record:
        """Make a script.

        Args:
            title: What people read; its slug is made from it.
            kind: macro, utility or transform.
            body: Python.
        """

    def update(self, slug: str, *, body: str | None = None, title: str | None = None, kind: Literal["macro", "utility", "transform"] | None = None, entrypoint: str | None = None, enabled: bool | None = None) -> Record:
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

    def list(self) -> List[Record]:
        """List all tags by name, with how many posts and media carry them."""

    def create(self, name: str, *, color: str = '') -> Record:
        """List a new tag, before any post has it.

        Args:
            name: In lower case.
            color: `#rgb` or `#rrggbb`.
        """

    def rename(self, old: str, new: str) -> Record:
        """Give a tag another name wherever it is carried.

        Args:
            old: The tag.
            new: Its new name.
        """

    def merge(self, sources: List[str], target: str) -> Record:
        """Put one tag in the place of others.

        Args:
            sources: The tags that go.
            target: The tag that stays.
        """

    def delete(self, name: str) -> Record:
        """Take a tag away wherever it is carried.

        Args:
            name: The tag.
        """

tags: _Tags

class _Categories:
    """Categories of posts."""

    def list(self) -> List[Record]:
        """List the project's categories by name, with how many posts are in them."""

    def add(self, name: str) -> Record:
        """Add a category.

        Args:
            name: In lower case.
        """

    def remove(self, name: str) -> bool:
        """Take a category out of the project's list; posts keep theirs.

        Args:
            name: One that is not protected.
        """

categories: _Categories

class _Tasks:
    """Tasks: what runs beside, and what has run."""

    def list(self) -> List[Record]:
        """List tasks, the newest first; the run that asks is one of them."""

    def cancel(self, task_id: int) -> bool:
        """Ask a task to stop.

        Args:
            task_id: Its id.

        Returns:
            Whether there is one that had not ended.
        """

tasks: _Tasks

class _Git:
    """The project's history in git."""

    def branch(self) -> str | None:
        """Return the branch, or None outside of a repository."""

    def log(self, *, limit: int = 50) -> List[Record]:
        """List the commits that touch the project, the newest first; none without a repository.

        Args:
            limit: How many at most.
        """

    def changes(self) -> List[Record]:
        """List the files that differ from the last commit."""

    def commit(self, message: str) -> Record:
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

    def list(self) -> List[Record]:
        """List the buffers there are; they go when the project is closed."""

    def delete(self, name: str) -> bool:
        """Delete a buffer. A script that has it open keeps it until its run ends.

        Args:
            name: The buffer's.

        Raises:
            LookupError: There is none.
        """

    def save_as_media(self, name: str, file_name: str, *, title: str = '', alt: str = '', caption: str = '', author: str = '', tags: List[str] = []) -> Record:
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
        """Show a script in the editor.

        Args:
            slug: Its name.
            line: Where the cursor goes, from 1.
            column: Likewise.

        Returns:
            Whether there is an editor.
        """

ui: _Ui
