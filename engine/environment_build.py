"""Building an environment in a folder of its own: by uv, or else by venv and pip.

Owns the command lines and what the tools' words mean. All of it runs in processes of its own, and
the interpreter of the environment is never started once there are packages in it: their `.pth`
files would be run then, outside of any sandbox. Which environment a project has must never enter.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

from store.environments import new_name, site_packages
from store.one_line import clean
from store.requirements import FILE, Requirement, normal

_MAX_OUTPUT = 1 << 16
"""Of a tool's words, the last ones are kept."""
_MAX_LINES = 6
_MAX_WORDS = 600
_MAX_STEP = 120

_STEPS = re.compile(
    r"(Collecting|Downloading|Using cached|Building|Installing|Resolved|Prepared|Installed)\b.*"
)
"""Lines of pip and uv that tell how far it is."""

_NO_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|Max retries|Temporary failure|Connection refused"
    r"|Name or service not known|Network is unreachable|ConnectTimeout|ReadTimeout|ProxyError"
    r"|dns error|error sending request|tunnel error|operation timed out|Failed to fetch",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    r"No matching distribution|Could not find a version|not found in the package registry"
    r"|no versions? of|no usable wheels|no wheels|not found in the provided package locations"
    r"|was not found in|would be built from source|included as a URL dependency",
    re.IGNORECASE,
)
_CONTRADICTION = re.compile(
    r"ResolutionImpossible|conflicting dependencies|No solution found", re.IGNORECASE
)
_LINE_OF = re.compile(r"\bline (\d+)\b|requirements\.txt:(\d+)")


class BuildFailed(Exception):
    """A tool gave up; nothing of its work is used."""

    def __init__(self, words: str, output: str = "") -> None:
        """Keep what to tell a person, and all that the tool said."""
        super().__init__(words)
        self.output = output


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to build."""

    requirements: Sequence[Requirement]
    pins: Sequence[str]
    """Versions that kernels have loaded already, so that others would not be used."""
    is_source_allowed: bool


class Builder:
    """Builds one environment."""

    def __init__(
        self, folder: Path, wanted: Wanted, lock: int, tell: Callable[[str], None]
    ) -> None:
        """Prepare.

        Args:
            folder: New and empty, with the files that `FILES` names.
            wanted: What to put there.
            lock: An fd for the tools to inherit: while one of them works nobody else begins.
            tell: Told what is being done, in a few words.
        """
        self._folder = folder
        self._wanted = wanted
        self._lock = lock
        self._tell = tell
        self._uv = _uv()
        self.tool = "uv" if self._uv else "pip"
        """What it is built by."""

    async def build(self) -> None:
        """Build it.

        Raises:
            BuildFailed: A tool is missing or gave up.
        """
        self._tell("making a place for the packages")
        environment = self._folder
        install = await (self._by_uv() if self._uv else self._by_pip())
        self._tell("finding out what to install")
        code, output = await self._run(
            [
                *install,
                *("--requirement", str(environment / REQUIREMENTS)),
                *("--constraint", str(environment / CONSTRAINTS)),
                *(() if self._wanted.is_source_allowed else ("--only-binary", ":all:")),
            ]
        )
        if code != 0:
            raise BuildFailed(self._explained(output), output)
        # By our own interpreter, which looks at nothing there. Kernels write no bytecode: without
        # it every run would compile what it imports. A file that does not compile is the script's.
        self._tell("compiling")
        packages = str(site_packages(environment))
        await self._run([sys.executable, "-I", "-S", "-m", "compileall", "-qq", packages])

    async def _by_uv(self) -> list[str]:
        assert self._uv is not None
        python = ("--python", sys.executable)
        # The folder holds the lists already.
        await self._must([self._uv, "venv", *_UV, "--allow-existing", "--no-project", *python, "."])
        # Not links to its cache: the sandbox lets nothing outside of the folder be read.
        kept = ("--link-mode", "copy")
        return [self._uv, "pip", "install", *_UV, *kept, "--python", "bin/python"]

    async def _by_pip(self) -> list[str]:
        await self._must([sys.executable, "-I", "-m", "venv", "--without-pip", "."])
        pip = _own_pip()
        if pip is None:
            self._tell("getting pip")
            tools = self._folder.with_name(new_name())  # swept up when all is done
            await self._must([sys.executable, "-I", "-m", "venv", str(tools)])
            pip = site_packages(tools) / "pip"
        # By the environment's interpreter, while there is nothing in it yet.
        start = _AS_IT_IS if self._wanted.is_source_allowed else _WHEELS_ONLY
        return [
            *(str(self._folder / "bin" / "python"), "-I", "-c", start, str(pip / _PIP_RUNNER)),
            *("--disable-pip-version-check", "--no-input", "--no-color", "--retries", "2"),
            *("install", "--no-compile", "--no-user", "--progress-bar", "off"),
        ]

    async def _must(self, command: Sequence[str]) -> None:
        code, output = await self._run(command)
        if code != 0:
            hint = "Install uv, or Python's venv and pip (on Debian: python3-venv)."
            raise BuildFailed(
                f"{_words(output) or f'{command[0]} ended with {code}'}. {hint}", output
            )

    async def _run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a tool to its end; a cancelled one leaves no process behind."""
        try:
            process = await anyio.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={name: it for name, it in os.environ.items() if not name.startswith("PYTHON")},
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        except OSError as error:
            raise BuildFailed(f"could not start {command[0]}: {error.strerror}") from error
        said = bytearray()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._listen, process, said)
                code = await process.wait()
                _kill_all(process)  # whom it has left behind would keep its output open
        finally:
            with anyio.CancelScope(shield=True):
                if process.returncode is None:
                    _kill_all(process)
                await process.aclose()
        return code, said.decode(errors="replace")

    async def _listen(self, process: Process, said: bytearray) -> None:
        assert process.stdout is not None
        async for data in process.stdout:
            said += data
            del said[:-_MAX_OUTPUT]
            lines = said.decode(errors="replace").splitlines()
            steps = [line.strip() for line in lines[-10:] if _STEPS.match(line.strip())]
            if steps:
                step = clean(steps[-1])
                self._tell(step[0].lower() + step[1:_MAX_STEP])

    def _explained(self, output: str) -> str:
        place = self._place(output)
        words = _words(output)
        if re.search("No space left", output, re.IGNORECASE):
            hint = "Make room, or set XDG_STATE_HOME to a place that has some."
        elif _NO_NETWORK.search(output):
            hint = (
                "The package index cannot be reached: check the network, and the index and proxy "
                "in your pip.conf or uv.toml."
            )
        elif _NOT_THERE.search(output) and not self._wanted.is_source_allowed:
            hint = (
                "There is no such package or version, or it has no wheel for this Python "
                f"({sys.version_info.major}.{sys.version_info.minor}). --allow-source-builds builds"
                " it from source, which runs its code with all your rights (docs/security.md)."
            )
        elif _NOT_THERE.search(output):
            hint = "Check name and version."
        elif _CONTRADICTION.search(output):
            pins = ", ".join(self._wanted.pins)
            hint = f"Allow more versions of one of them; kernels have {pins} loaded already."
        else:
            hint = "Mend what it says, and sync again."
        return f"{place}: {self.tool} gave up: {words or 'it says nothing'}. {hint}"

    def _place(self, output: str) -> str:
        """Return file and line of the requirement that a tool complains about, where it tells."""
        words = _words(output)
        if match := _LINE_OF.search(words):
            return f"{FILE}:{match[1] or match[2]}"
        names = {normal(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", words)}
        names |= {name.rstrip("-") for name in names}
        named = [one.line for one in self._wanted.requirements if one.name in names]
        return f"{FILE}:{named[0]}" if named else FILE


REQUIREMENTS, CONSTRAINTS = "requirements.txt", "constraints.txt"
"""What a folder to build in holds before the build begins."""

_PIP_RUNNER = "__pip-runner__.py"
"""Runs pip, and lets nothing else that lies beside it be imported."""
_AS_IT_IS = """
import runpy, sys
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_WHEELS_ONLY = f"""
import errno, os, sys
def hook(event, args):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system", "os.fork"):
        # That one tells the version of musl.
        if not (args and os.path.basename(os.fsdecode(args[0])).startswith("ld-musl")):
            raise PermissionError(errno.EPERM, "a package would be built from source")
sys.addaudithook(hook)
{_AS_IT_IS}"""
"""`--only-binary` does not reach packages whose address stands in the metadata of another: pip
builds them all the same (uv refuses). For wheels it starts no program, so that none may start."""

_UV = ("--no-progress", "--color", "never", "--no-python-downloads")


def _uv() -> str | None:
    return shutil.which("uv")


def _own_pip() -> Path | None:
    spec = importlib.util.find_spec("pip")
    folder = None if spec is None or spec.origin is None else Path(spec.origin).parent
    return folder if folder is not None and (folder / _PIP_RUNNER).exists() else None


def _kill_all(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _words(output: str) -> str:
    """Return what a tool complained about, in short: without progress, frames and its advice."""
    lines = [re.sub(r"^[^\w\[(]+", "", line).strip() for line in output.splitlines()]
    lines = [line for line in lines if "for help visit" not in line]
    errors = [line for line in lines if re.match(r"error\b", line, re.IGNORECASE)]
    if not errors:
        told = [line for line in lines if line and not _STEPS.match(line)]
        errors = [line for line in told if not line.lower().startswith(("warning", "[notice]"))]
    else:
        at = lines.index(errors[0])
        is_pip = errors[0].startswith("ERROR:")
        errors = errors if is_pip else [line for line in lines[at:] if line]
    bare = [re.sub(r"^error:\s*", "", line, flags=re.IGNORECASE) for line in errors[-_MAX_LINES:]]
    words = clean("; ".join(dict.fromkeys(filter(None, bare))))
    words = words if len(words) <= _MAX_WORDS else f"{words[:_MAX_WORDS]}..."
    return words.rstrip(".")
