"""Reads scripts/requirements.txt: the packages that a project's scripts want, and nothing else.

A project may come from anybody, and what its file says is handed to an installer that runs outside
of the sandbox. So only names, versions, markers and hashes pass: no options, no addresses, no
paths, no variables. How anything is installed must never enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store import files
from store.one_line import clean
from store.project import Project

FILE = "scripts/requirements.txt"
"""Relative to the project's folder."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"(?:===|==|!=|<=|>=|~=|<|>)\s*[A-Za-z0-9][A-Za-z0-9._*+!-]*"
_VERSIONS = rf"{_VERSION}(?:\s*,\s*{_VERSION})*\s*,?"
_REQUIREMENT = re.compile(
    rf"""
    (?P<name>{_NAME}) \s*
    (?:\[ \s* {_NAME} (?:\s*,\s*{_NAME})* \s* \] \s*)?
    (?:{_VERSIONS} | \(\s*{_VERSIONS}\s*\))? \s*
    (?:; \s* [A-Za-z(](?:(?!\s-)[A-Za-z0-9_.'"<>=!~() ,*+-])* )?
    (?:\s+ --hash=[a-z0-9]+:[0-9a-f]+)*
    """,
    re.VERBOSE,
)
_ARCHIVES = (".whl", ".zip", ".tar", ".tgz", ".tbz", ".txz", ".gz", ".bz2", ".xz", ".lzma")
"""Names that pip takes for files."""
_COMMENT = re.compile(r"(^|\s)#.*$")
_MAX_QUOTED = 60


class RequirementsError(Exception):
    """The file cannot be used; `str()` is a sentence with its place."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One package that is asked for."""

    line: int
    """Where it begins, from 1."""
    name: str
    """As `normal` gives it."""
    text: str
    """The whole of it, in one line and without comments."""


def has_requirements(project: Project) -> bool:
    """Tell whether there is such a file, which costs one look at it."""
    try:
        return (project.root / FILE).is_file()
    except OSError:  # a folder that we may not look into
        return False


def read_requirements(project: Project) -> Sequence[Requirement]:
    """Return what the file lists; nothing when there is no file.

    Raises:
        RequirementsError: A line is none that is allowed, or the file cannot be read.
    """
    if not has_requirements(project):
        return ()
    try:
        text = files.read(project.root / FILE)[0].decode("utf-8-sig")
    except files.FileError as error:
        raise RequirementsError(str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RequirementsError(f"{FILE}:{line}: not UTF-8. Save it as UTF-8.") from error
    return [_parsed(number, line) for number, line in _logical_lines(text)]


def as_file(requirements: Sequence[Requirement]) -> str:
    """Write them for an installer, each in the line it came from, so that its words name that."""
    lines: list[str] = []
    for one in requirements:
        lines += [""] * (one.line - 1 - len(lines))
        lines.append(one.text)
    return "\n".join([*lines, ""])


def normal(name: str) -> str:
    """Return a package's name as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        # A comment ends what was continued, as pip has it.
        is_comment = line.lstrip().startswith("#")
        bare = _COMMENT.sub("", line).rstrip()
        if bare.endswith("\\") and not is_comment:
            parts.append(bare[:-1])
            continue
        whole = " ".join([*parts, bare]).strip()
        if whole:
            yield begun, whole
        begun, parts = 0, []
    whole = " ".join(parts).strip()
    if whole:
        yield begun, whole


def _parsed(number: int, line: str) -> Requirement:
    match = _REQUIREMENT.fullmatch(line)
    if match is None or match["name"].lower().endswith(_ARCHIVES):
        quoted = clean(line)
        quoted = quoted if len(quoted) <= _MAX_QUOTED else f"{quoted[:_MAX_QUOTED]}..."
        raise RequirementsError(f"{FILE}:{number}: {quoted!r} {_what_is_wrong(line)}")
    return Requirement(number, normal(match["name"]), " ".join(line.split()))


def _what_is_wrong(line: str) -> str:
    if line.startswith("-"):
        return (
            "is an option, and a project gives none to the installer. Remove it; what holds for "
            "this machine (an index, a proxy) belongs in your pip.conf or uv.toml."
        )
    if "://" in line or "@" in line or line.startswith((".", "/")) or line.endswith(_ARCHIVES):
        return (
            "is an address or a path, and only packages of your index are installed. "
            "Write NAME==VERSION."
        )
    if "$" in line:
        return "holds a variable, which nobody fills in here. Write NAME==VERSION."
    return "is no requirement. Write NAME, NAME==VERSION or NAME>=VERSION,<VERSION."
