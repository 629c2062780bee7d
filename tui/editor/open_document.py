"""A script that is open in the editor: what is saved, and what is not yet.

Owns the difference between the two. It draws nothing and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.child.protocol import WHOLE_FILE, Problem

if TYPE_CHECKING:
    from store.scripts import Script, ScriptKind


@dataclass
class OpenDocument:
    """A script's saved state, and the header fields the person has changed since."""

    script: Script
    path: str
    """Relative to the project, with slashes: how the document is called everywhere."""
    changes: dict[str, str | bool] = field(default_factory=dict)
    """Header fields that differ from the saved ones."""
    entrypoints: list[str] = field(default_factory=lambda: [WHOLE_FILE])
    problems: list[Problem] = field(default_factory=list)
    is_body_changed: bool = False
    may_save_broken: bool = False
    """The person has seen the syntax errors; saving again saves all the same."""
    read_only_reason: str = ""
    """Why it can be looked at but not changed; empty when it can."""
    is_deleted: bool = False
    """There is no file of it any more."""
    asked_about: str = ""
    """Digest of what another program wrote and the person has been asked about."""

    @property
    def has_changes(self) -> bool:
        """Whether the person has changed anything since it was read or saved."""
        return self.is_body_changed or bool(self.changes)

    @property
    def is_dirty(self) -> bool:
        """Whether anything would be lost by closing it."""
        return self.has_changes or self.is_deleted

    @property
    def kind(self) -> ScriptKind:
        """The kind as the header row shows it."""
        return self.changes.get("kind", self.script.fields.kind)  # type: ignore[return-value]

    @property
    def entrypoint(self) -> str:
        """The entrypoint as the header row shows it."""
        return str(self.changes.get("entrypoint", self.script.fields.entrypoint))

    @property
    def is_enabled(self) -> bool:
        """The enabled flag as the header row shows it."""
        return bool(self.changes.get("enabled", self.script.fields.enabled))

    def change(self, name: str, value: str | bool) -> None:
        """Set a header field; setting the saved value takes the change back."""
        if getattr(self.script.fields, name) == value:
            self.changes.pop(name, None)
        else:
            self.changes[name] = value

    def source(self, body: str) -> bytes:
        """Return the whole file as it would run: the header's lines stay where they are."""
        return (self.script.header + body).encode()

    def saved(self, script: Script, path: str) -> None:
        """Take over what has just been written."""
        self.script, self.path = script, path
        self.changes.clear()
        self.is_body_changed = False
        self.may_save_broken = False
        self.is_deleted = False
        self.asked_about = ""

    def kept_over(self, on_disk: Script) -> None:
        """Let what is here be what the next save writes over what another program wrote.

        Header and text stay; only against that file are they unsaved, and only over that file,
        exactly as it is now, may they be written.
        """
        version = max(self.script.fields.version, on_disk.fields.version)
        self.script = replace(
            self.script,
            fields=replace(self.script.fields, version=version),
            body=on_disk.body,
            stamp=on_disk.stamp,
        )
        self.asked_about = ""
