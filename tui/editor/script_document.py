"""A script that is open in the editor: its header's fields stand above the text.

Owns which of them are unsaved. Nothing is drawn, run or written here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.child.protocol import WHOLE_FILE
from store.scripts import Script
from tui.editor.open_document import OpenDocument, Source

if TYPE_CHECKING:
    from engine.child.protocol import Problem
    from store.scripts import ScriptKind

_BUTTONS = frozenset({"run", "stop", "save", "check"})


class ScriptDocument(OpenDocument):
    """A script's saved state, and the header fields the person has changed since."""

    language = "python"

    def __init__(self, script: Script, path: str, *, is_deleted: bool = False) -> None:
        """Open a script.

        Args:
            script: As it was read.
            path: Relative to the project, with slashes.
            is_deleted: Whether there is no file of it any more.
        """
        super().__init__(path, is_deleted=is_deleted)
        self.script = script
        self.entrypoints: list[str] = [WHOLE_FILE]
        self._changes: dict[str, str | bool] = {}

    @property
    def source(self) -> Script:
        """The script as it was read or saved last."""
        return self.script

    @property
    def changes(self) -> dict[str, str | bool]:
        """Header fields that differ from the saved ones."""
        return self._changes

    @property
    def name(self) -> str:
        """Its slug."""
        return self.script.fields.slug

    @property
    def title(self) -> str:
        """The title of its header."""
        return self.script.fields.title

    @property
    def details(self) -> str:
        """Slug and version."""
        return f"{self.script.fields.slug}  v{self.script.fields.version}"

    @property
    def buttons(self) -> frozenset[str]:
        """It can be run, too."""
        return _BUTTONS

    @property
    def stops_saving(self) -> Problem | None:
        """The first syntax error."""
        return self.problems[0] if self.problems else None

    @property
    def kind(self) -> ScriptKind:
        """The kind as the header row shows it."""
        return self._changes.get("kind", self.script.fields.kind)  # type: ignore[return-value]

    @property
    def entrypoint(self) -> str:
        """The entrypoint as the header row shows it."""
        return str(self._changes.get("entrypoint", self.script.fields.entrypoint))

    @property
    def is_enabled(self) -> bool:
        """The enabled flag as the header row shows it."""
        return bool(self._changes.get("enabled", self.script.fields.enabled))

    def change(self, name: str, value: str | bool) -> None:
        """Set a header field; setting the saved value takes the change back."""
        if getattr(self.script.fields, name) == value:
            self._changes.pop(name, None)
        else:
            self._changes[name] = value

    def discard_changes(self) -> None:
        """Show the saved header fields."""
        self._changes.clear()

    def take(self, source: Source) -> None:
        """Let this be the saved script."""
        assert isinstance(source, Script)
        self.script = source

    def keep_over(self, on_disk: Source) -> None:
        """Keep header and text; the version is to rise above both."""
        assert isinstance(on_disk, Script)
        version = max(self.script.fields.version, on_disk.fields.version)
        self.script = replace(
            self.script,
            fields=replace(self.script.fields, version=version),
            body=on_disk.body,
            stamp=on_disk.stamp,
        )

    def follow_move(self, source: Source) -> None:
        """Let the script lie where it was moved; what was changed on the way comes later."""
        assert isinstance(source, Script)
        if source.stamp.digest == self.script.stamp.digest:
            self.script = source
        else:
            self.script = replace(self.script, path=source.path)
