"""A post that is open in the editor: front matter and text are one.

Owns what is told of it above the text. Nothing is drawn or written here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.child.protocol import Problem
from store.post_source import PostSource
from tui.editor.open_document import OpenDocument, Source

if TYPE_CHECKING:
    from engine.render.post_analysis import PostAnalysis
    from store.post_source import Trouble
    from tui.editor.completion import Macros
    from tui.editor.post_marks import Marks

_BUTTONS = frozenset({"save", "check"})


class PostDocument(OpenDocument):
    """A post's saved text, and what is wrong with the one that is typed."""

    language = "markdown"

    def __init__(self, post: PostSource, path: str, *, is_deleted: bool = False) -> None:
        """Open a post or a translation.

        Args:
            post: As it was read.
            path: Relative to the project, with slashes.
            is_deleted: Whether there is no file of it any more.
        """
        super().__init__(path, is_deleted=is_deleted)
        self.post = post
        self.facts = post.facts
        """What the text says about itself, as far as it was readable last."""
        self.trouble: Problem | None = None
        """What is wrong with the front matter of the text."""
        self.analysis: PostAnalysis | None = None
        """What was found in the text when it was looked at last."""
        self.marks: Marks = {}
        """The names of that text's parts."""
        self.macros: Macros | None = None
        """What the text can call; None before that is known."""
        self._looks = self._taken = 0

    @property
    def source(self) -> PostSource:
        """The post as it was read or saved last."""
        return self.post

    @property
    def name(self) -> str:
        """Its slug; with the language where it is a translation."""
        if self.facts is None:
            return self.post.path.stem
        is_translation = bool(self.facts.translation_for and self.facts.language)
        return f"{self.facts.slug}.{self.facts.language}" if is_translation else self.facts.slug

    @property
    def title(self) -> str:
        """The title of its front matter."""
        return self.post.path.stem if self.facts is None else self.facts.title

    @property
    def details(self) -> str:
        """Its slug."""
        return "" if self.facts is None else self.facts.slug

    @property
    def standing(self) -> str:
        """Status and language, in words."""
        facts = self.facts
        if facts is None:
            return "front matter cannot be read"
        parts = [facts.status, facts.language, "translation" if facts.translation_for else ""]
        return "  ".join(part for part in parts if part)

    @property
    def buttons(self) -> frozenset[str]:
        """It is not run."""
        return _BUTTONS

    @property
    def stops_saving(self) -> Problem | None:
        """What is wrong with its front matter; the index could not read it."""
        return self.trouble

    def begin_look(self) -> int:
        """Say that the text is going to be looked at; return the number of that look."""
        self._looks += 1
        return self._looks

    def take_analysis(self, look: int, analysis: PostAnalysis, marks: Marks) -> None:
        """Tell from now on what a look has found, unless a later one was faster."""
        if look < self._taken:
            return
        self._taken, self.analysis, self.marks = look, analysis, marks
        self.facts = analysis.facts or self.facts
        self.trouble = None if analysis.trouble is None else problem_of(analysis.trouble)
        self.problems = [] if self.trouble is None else [self.trouble]
        self.problems += [
            Problem(one.line, one.column, one.end_line, one.end_column, one.words)
            for one in analysis.problems
        ]

    def discard_changes(self) -> None:
        """There is nothing beside its text."""

    def take(self, source: Source) -> None:
        """Let this be the saved post."""
        assert isinstance(source, PostSource)
        self.post = source
        self.facts = source.facts or self.facts
        self.trouble = None if source.trouble is None else problem_of(source.trouble)

    def keep_over(self, on_disk: Source) -> None:
        """Keep the text."""
        self.post = replace(self.post, body=on_disk.body, stamp=on_disk.stamp)

    def follow_move(self, source: Source) -> None:
        """Let the post lie where it was moved; what was changed on the way comes later."""
        assert isinstance(source, PostSource)
        if source.stamp.digest == self.post.stamp.digest:
            self.post = source
        else:
            self.post = replace(self.post, path=source.path)


def problem_of(trouble: Trouble) -> Problem:
    """Return a trouble of front matter as documents have problems."""
    line, column = trouble.line, trouble.column
    return Problem(line, column, line, column, f"front matter: {trouble.reason}")
