"""What is open in the editor: a saved text, and what is not saved of it yet.

Owns the difference between the two, for every kind of document. It draws nothing and writes
nothing; what only one kind has is `script_document`'s and `post_document`'s.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from engine.child.protocol import Problem
    from store.files import Stamp


class Source(Protocol):
    """A text as it stands in its file: `header + body` is the file."""

    @property
    def path(self) -> Path:
        """The file, absolute."""

    @property
    def header(self) -> str:
        """What is not shown as text."""

    @property
    def body(self) -> str:
        """What is shown."""

    @property
    def text(self) -> str:
        """The whole file."""

    @property
    def stamp(self) -> Stamp:
        """Of the bytes that were read."""

    @property
    def first_body_line(self) -> int:
        """The line of the file in which the body starts, from 1."""


@dataclass(eq=False)
class OpenDocument(ABC):
    """A document's saved state, and what the person has changed since."""

    language: ClassVar[Literal["python", "markdown"]]
    """What its text is written in."""

    path: str
    """Relative to the project, with slashes: how the document is called everywhere."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with its text, in its order; lines are the file's."""
    is_body_changed: bool = False
    may_save_broken: bool = False
    """The person has seen what keeps it from being saved; saving again saves all the same."""
    read_only_reason: str = ""
    """Why it can be looked at but not changed; empty when it can."""
    is_deleted: bool = False
    """There is no file of it any more."""
    asked_about: str = ""
    """Digest of what another program wrote and the person has been asked about."""

    @property
    @abstractmethod
    def source(self) -> Source:
        """The text as it was read or saved last."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What its tab says."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What people call it."""

    @property
    @abstractmethod
    def details(self) -> str:
        """What stands behind the title."""

    @property
    def standing(self) -> str:
        """What stands below that where a document has no fields beside its text."""
        return ""

    @property
    @abstractmethod
    def buttons(self) -> frozenset[str]:
        """The actions that have a button over its text."""

    @property
    @abstractmethod
    def stops_saving(self) -> Problem | None:
        """The first problem for which a text is not saved before the person has seen it."""

    @abstractmethod
    def take(self, source: Source) -> None:
        """Let this be the saved text."""

    @abstractmethod
    def keep_over(self, on_disk: Source) -> None:
        """Let what is here be what the next save writes over what another program wrote.

        Only against that file is it unsaved, and only over that file, exactly as it is now, may it
        be written.
        """

    @abstractmethod
    def follow_move(self, source: Source) -> None:
        """Let the saved text lie where another program has moved it."""

    @abstractmethod
    def discard_changes(self) -> None:
        """Forget what was changed beside the text."""

    @property
    def changes(self) -> dict[str, str | bool]:
        """What was changed beside the text, by name."""
        return {}

    @property
    def has_changes(self) -> bool:
        """Whether the person has changed anything since it was read or saved."""
        return self.is_body_changed or bool(self.changes)

    @property
    def is_dirty(self) -> bool:
        """Whether anything would be lost by closing it."""
        return self.has_changes or self.is_deleted

    def change(self, name: str, value: str | bool) -> None:
        """Set something beside the text; setting the saved value takes the change back.

        Raises:
            KeyError: Such a document has nothing of this name.
        """
        raise KeyError(name)

    def whole(self, body: str) -> bytes:
        """Return the whole file with another text, as it would be read."""
        return (self.source.header + body).encode()

    def saved(self, source: Source, path: str) -> None:
        """Take over what has just been written."""
        self.take(source)
        self.path = path
        self.discard_changes()
        self.is_body_changed = False
        self.may_save_broken = False
        self.is_deleted = False
        self.asked_about = ""

    def kept_over(self, on_disk: Source) -> None:
        """Write over what another program wrote with the next save; see `keep_over`."""
        self.keep_over(on_disk)
        self.asked_about = ""
