"""Starts the git command: off the event loop, without questions, and never for longer than told.

Owns what keeps git from running anything while it reads. What its answers mean must never enter.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process

TIMEOUT_S = 20.0
"""Of a question. A status of 10,000 files on a cold disk took 3 s."""

MAX_BYTES = 8 * 1024 * 1024
"""Of an answer; what is longer is cut."""

_MAX_ERROR_BYTES = 64 * 1024
_GRACE_S = 0.3
"""How long a pipe may stay open when git itself has ended: a hook's child may hold it."""
_STOP_S = 1.0
"""How long git may take to remove its lock files when it is to stop."""

# A repository's own settings can start programs; these keep git to reading.
_SAFE: tuple[str, ...] = (
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.pager=cat",
    "-c", "log.follow=false",
    "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip

_KEPT = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
)
_KEPT_STARTS = ("GIT_AUTHOR_", "GIT_COMMITTER_")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a git command."""

    code: int
    """Its exit code; -1 when there was none: not started, or given up."""
    output: bytes
    errors: str
    """What it wrote to stderr, or why it could not be asked."""
    is_cut: bool = False
    """Whether there was more output than was wanted."""

    @property
    def text(self) -> str:
        """The output as text; what is not UTF-8 is replaced."""
        return self.output.decode("utf-8", "replace")


async def read(
    root: Path,
    *arguments: str,
    stdin: bytes | None = None,
    is_reading_files: bool = False,
    max_bytes: int = MAX_BYTES,
    timeout_s: float | None = None,
) -> Answer:
    """Ask git something. It changes nothing and starts no program that the repository names.

    Args:
        root: Where to ask; any folder of a repository.
        arguments: The command and its arguments.
        stdin: What to hand in.
        is_reading_files: Whether git will look into files beside its own: then the filters that
            the repository's settings name are switched off as well.
        max_bytes: Of the output; git is ended there.
        timeout_s: Instead of TIMEOUT_S.
    """
    options = _SAFE
    if is_reading_files:
        filters = await _filters(root)
        if isinstance(filters, Answer):
            return filters
        options += filters
    environment = _environment() | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C.UTF-8",
    }
    return await _run(
        ["git", "--no-pager", "-C", str(root), *options, *arguments],
        environment,
        stdin=stdin,
        max_bytes=max_bytes,
        timeout_s=TIMEOUT_S if timeout_s is None else timeout_s,
    )


async def change(
    root: Path,
    *arguments: str,
    stdin: bytes | None = None,
    timeout_s: float | None = None,
) -> Answer:
    """Have git do something as the person would in a shell: with their settings and hooks.

    Nothing can be asked: there is no terminal, neither for an editor nor for a passphrase. The
    output holds stderr as well, in the order it came.

    Args:
        root: Where to do it.
        arguments: The command and its arguments.
        stdin: What to hand in.
        timeout_s: Instead of TIMEOUT_S.
    """
    environment = _environment()
    # A pinentry would draw over the screen and take its keys; a graphical one still finds its way.
    environment.pop("GPG_TTY", None)
    return await _run(
        ["git", "--no-pager", "-C", str(root), *arguments],
        environment | {"GIT_EDITOR": "false", "GIT_SEQUENCE_EDITOR": "false"},
        stdin=stdin,
        max_bytes=MAX_BYTES,
        timeout_s=TIMEOUT_S if timeout_s is None else timeout_s,
        is_changing=True,
    )


def _environment() -> dict[str, str]:
    # Variables of a git that called us (a hook, say) would point it at another repository.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_STARTS)
    }
    return environment | {"GIT_TERMINAL_PROMPT": "0", "LANGUAGE": "C"}


async def _filters(root: Path) -> tuple[str, ...] | Answer:
    """Return the options that switch off the filters of the repository's own settings."""
    answer = await read(root, "config", "--show-scope", "-z", "--get-regexp", r"^filter\.")
    if answer.code not in (0, 1):  # 1: there are none
        return answer
    parts = answer.text.split("\0")
    names = {
        key.split("\n")[0].removeprefix("filter.").rpartition(".")[0]
        for scope, key in zip(parts[::2], parts[1::2], strict=False)
        if scope in ("local", "worktree")
    }
    if any("=" in name for name in names):
        return Answer(-1, b"", "the repository names a filter that cannot be switched off ('=')")
    return tuple(
        word
        for name in sorted(names)
        for setting in ("clean=", "smudge=", "process=", "required=false")
        for word in ("-c", f"filter.{name}.{setting}")
    )


async def _run(
    command: list[str],
    environment: Mapping[str, str],
    *,
    stdin: bytes | None,
    max_bytes: int,
    timeout_s: float,
    is_changing: bool = False,
) -> Answer:
    try:
        with anyio.fail_after(timeout_s):
            return await _exchange(command, environment, stdin, max_bytes, is_changing)
    except TimeoutError:
        return Answer(-1, b"", f"git did not answer within {timeout_s:g} s")
    except FileNotFoundError:
        return Answer(-1, b"", "git is not installed")
    except OSError as error:
        return Answer(-1, b"", f"git cannot be started: {(error.strerror or '').lower()}")


async def _exchange(
    command: list[str],
    environment: Mapping[str, str],
    stdin: bytes | None,
    max_bytes: int,
    is_changing: bool,
) -> Answer:
    process = await anyio.open_process(
        command,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if is_changing else subprocess.PIPE,
        env=environment,
        start_new_session=True,  # a group to end as one, and no terminal to ask on
    )
    output = _Pipe(process.stdout, max_bytes)
    errors = _Pipe(process.stderr, _MAX_ERROR_BYTES)
    try:
        async with anyio.create_task_group() as group:
            if stdin is not None and process.stdin is not None:
                group.start_soon(_feed, process.stdin, stdin)
            # What a hook writes must be taken from it to the end, or it waits for ever.
            group.start_soon(output.drain, None if is_changing else process)
            group.start_soon(errors.drain, None)
            await process.wait()
            with anyio.move_on_after(_GRACE_S):
                await output.is_done.wait()
                await errors.is_done.wait()
            group.cancel_scope.cancel()
    finally:
        await _end(process, is_gentle=is_changing)
    code = 0 if output.is_cut and not is_changing else process.returncode
    return Answer(
        -1 if code is None else code,
        bytes(output.data),
        errors.data.decode("utf-8", "replace"),
        output.is_cut,
    )


class _Pipe:
    """What comes out of one pipe."""

    def __init__(self, stream: ByteReceiveStream | None, max_bytes: int) -> None:
        self.data = bytearray()
        self.is_cut = False
        self.is_done = anyio.Event()
        self._stream = stream
        self._max_bytes = max_bytes

    async def drain(self, ended_when_full: Process | None) -> None:
        """Read to the end, keeping the beginning."""
        try:
            if self._stream is not None:
                async for piece in self._stream:
                    room = self._max_bytes - len(self.data)
                    self.data += piece[:room]
                    self.is_cut = self.is_cut or len(piece) > room
                    if self.is_cut and ended_when_full is not None:
                        _signal(ended_when_full, signal.SIGKILL)
                        return
        finally:
            self.is_done.set()


async def _feed(stream: ByteSendStream, data: bytes) -> None:
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # it wants no more
        await stream.send(data)
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await stream.aclose()


async def _end(process: Process, *, is_gentle: bool) -> None:
    """End the whole group at once when it still runs, and let go of its pipes."""
    is_running = process.returncode is None
    if is_running:
        _signal(process, signal.SIGTERM if is_gentle else signal.SIGKILL)
    with anyio.CancelScope(shield=True):
        if is_running and is_gentle:
            with anyio.move_on_after(_STOP_S):  # it removes its lock files
                await process.wait()
            _signal(process, signal.SIGKILL)  # also what a hook has started
        await process.aclose()


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
