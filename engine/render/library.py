"""The macros of an open project, ready to be called: their scripts, and what they declare.

Owns which script answers a name, the bundled ones where a project has none, and what is kept of
what kernels read in them. Calling one must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.agreement import NotAgreed
from engine.child.chunks import MacroSource
from engine.kernel.process import KernelError
from engine.render.calls import ALIASES, MacroCall
from engine.render.context import ResolvedCall
from engine.render.expand import MacroError
from engine.render.macros import MacroScript, MacroTable
from engine.render.parameters import TAKES_ALL, ParameterSpec, spec_of
from engine.render.wanted import wanted_data
from store import resources, scripts
from store.files import FileError, Stamp
from store.scripts import Script, parse_script

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from store.index import ScriptRow

DEFAULTS_FOLDER = "default_scripts"
"""Stands before the name of a bundled macro that the project has no copy of."""

_MAX_KEPT_SPECS = 2_000
_MAY_DECLARE = re.compile(rb"[(,](?:\s++|\\|#[^\n]*+\n){0,24}+\*")
"""Only functions with a star in their parameters declare some by name; a kernel looks closer. The
star stands behind a bracket or a comma, perhaps with comments between."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A macro as it stands in the editor."""

    script: Script
    """As it was read."""
    source: bytes
    """The whole file's text as it is now."""


@dataclass(frozen=True, slots=True)
class ReadyMacro:
    """A macro that can be called."""

    number: int
    """Its place in `ReadyMacros.sources`."""
    script: Script
    spec: ParameterSpec
    wanted: tuple[str, ...] = ()
    """The data that it wants, see `engine.render.wanted`."""
    refusal: MacroError | None = None
    """Why it must not run; None when it may."""

    def resolved(self, call: MacroCall) -> ResolvedCall:
        """Join it and a call of it."""
        return ResolvedCall(call.name, self.script.fields.id, call.params, self.wanted)


@dataclass(frozen=True, slots=True)
class ReadyMacros:
    """Those macros that a batch may call."""

    table: MacroTable
    """By name; disabled and unreadable ones too."""
    sources: tuple[MacroSource, ...]
    by_path: Mapping[str, ReadyMacro]
    unreadable: Mapping[str, MacroError]
    """By path."""

    def answer(self, call: MacroCall) -> ReadyMacro | MacroError | None:
        """Return what answers a call: a macro, why it cannot, or None for an unknown name."""
        found = self.table.answers(call)
        if found is None:
            return None
        macro = self.by_path.get(found.path)
        if macro is None:
            return self.unreadable.get(found.path)
        return macro.refusal or macro


class Library:
    """The macros of one open project."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._specs: dict[bytes, ParameterSpec] = {}
        """By digest of source and entrypoint."""

    async def ready(
        self, names: Collection[str] | None = None, draft: Draft | None = None
    ) -> ReadyMacros:
        """Read macros and what they declare.

        Args:
            names: Those that are called, in lower case; None for all.
            draft: A script to be taken as it stands in the editor: enabled, and a macro.

        Raises:
            FileError: The draft is not UTF-8.
            KernelError: No interpreter can be had that reads what they declare.
            ClosedResourceError: The project is closed.
        """
        rows = await self._workspace.catalog.scripts()
        wanted = None if names is None else {*names, *(ALIASES.get(name, "") for name in names)}
        read, unreadable = await anyio.to_thread.run_sync(
            partial(_read, self._workspace.project.root, rows, wanted, draft)
        )
        macros = [
            MacroScript(row.slug, row.path, row.entrypoint, row.enabled)
            for row in rows
            if row.kind == "macro" and row.path not in read
        ]
        sources: list[MacroSource] = []
        by_path: dict[str, ReadyMacro] = {}
        for path, one in read.items():
            spec, refusal = await self._spec(one.script, path, one.entrypoint)
            if refusal is None and not one.is_default:
                refusal = self._refusal(path, one)
            sources.append(MacroSource(one.slug, one.script.source, path, one.entrypoint))
            wanted_names = wanted_data(one.script.body).names
            by_path[path] = ReadyMacro(len(by_path), one.script, spec, wanted_names, refusal)
            macros.append(
                MacroScript(one.slug, path, one.entrypoint, True, one.is_default, spec=spec)
            )
        return ReadyMacros(MacroTable(macros), tuple(sources), by_path, unreadable)

    def _refusal(self, path: str, one: _Read) -> MacroError | None:
        try:
            self._workspace.agreement.check(path, one.as_saved)
        except NotAgreed as error:
            return MacroError("NotAgreed", str(error), path)
        return None

    async def _spec(
        self, script: Script, path: str, entrypoint: str
    ) -> tuple[ParameterSpec, MacroError | None]:
        """Return what a macro declares, and why it cannot be called if that cannot be read."""
        source = script.source
        if not _MAY_DECLARE.search(source):
            return TAKES_ALL, None
        key = blake2b(entrypoint.encode() + b"\0" + source, digest_size=16).digest()
        spec = self._specs.get(key)
        if spec is None:
            try:
                spec = spec_of(await self._workspace.check(source, path), entrypoint)
            except KernelError as error:
                if await self._workspace.sandbox_problem():
                    raise
                # It is this source that no interpreter survives; the others go on.
                return TAKES_ALL, MacroError("KernelError", str(error), path)
            while len(self._specs) >= _MAX_KEPT_SPECS:
                del self._specs[next(iter(self._specs))]
            self._specs[key] = spec
        return spec, None


@dataclass(frozen=True, slots=True)
class _Read:
    slug: str
    script: Script
    """As it is to be run."""
    as_saved: Script
    is_default: bool = False

    @property
    def entrypoint(self) -> str:
        return self.script.fields.entrypoint


def _read(
    root: Path, rows: Sequence[ScriptRow], wanted: set[str] | None, draft: Draft | None
) -> tuple[dict[str, _Read], dict[str, MacroError]]:
    """Read the enabled macros, by path; and tell which cannot be read."""
    read: dict[str, _Read] = {}
    unreadable: dict[str, MacroError] = {}
    taken = {row.slug.lower() for row in rows if row.kind == "macro"}
    draft_path = None if draft is None else draft.script.path
    if draft is not None and all(root / row.path != draft_path for row in rows):
        # Made by another program, and not seen yet.
        slug = draft.script.fields.slug
        read[draft.script.path.relative_to(root).as_posix()] = _of_draft(slug, draft)
        taken.add(slug.lower())
    for row in rows:
        if draft is not None and root / row.path == draft_path:
            read[row.path] = _of_draft(row.slug, draft)
            taken.add(row.slug.lower())
        elif row.kind == "macro" and row.enabled and (wanted is None or row.slug.lower() in wanted):
            try:
                script = scripts.read_script(root / row.path)
            except FileError as error:
                unreadable[row.path] = MacroError(
                    "OSError", f"it cannot be read: {error.reason}", row.path
                )
                continue
            read[row.path] = _Read(row.slug, script, script)
    for script in _bundled(wanted, taken):
        path = f"{DEFAULTS_FOLDER}/{script.path.name}"
        read[path] = _Read(script.fields.slug, script, script, is_default=True)
    return read, unreadable


def _of_draft(slug: str, draft: Draft) -> _Read:
    saved = draft.script
    script = parse_script(saved.path, draft.source, saved.stamp)
    return _Read(slug, script, saved)


def _bundled(wanted: set[str] | None, taken: set[str]) -> list[Script]:
    """Read the bundled macros that the project has no script of: folders of other programs."""
    found = []
    for file in resources.default_script_files():
        slug = file.name.removesuffix(".py")
        if slug in taken or (wanted is not None and slug not in wanted):
            continue
        path = Path(DEFAULTS_FOLDER, file.name)
        script = parse_script(path, file.read_bytes(), Stamp(0, 0, ""))
        if script.fields.kind == "macro":
            found.append(script)
    return found
