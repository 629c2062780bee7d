"""Knows what an Inkstand project is: finds one, opens one, makes one.

What scripts, posts and media hold, and the index, must never enter.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store import files, headers

_PROJECT_FILE = Path("meta", "project.json")
_MAX_QUOTED_CHARS = 40
"""Of a value that a warning quotes from a file."""


class ProjectError(Exception):
    """A folder is no project, or cannot become one; `str()` is a sentence for a person."""

    def __init__(self, reason: str, hint: str = "") -> None:
        """Keep the reason and what to do about it."""
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return headers.clean(f"{self.reason}. {self.hint}" if self.hint else f"{self.reason}.")


@dataclass(frozen=True, slots=True)
class Project:
    """An open project folder."""

    root: Path
    """The folder, absolute, links resolved."""
    name: str
    id: str
    settings: Mapping[str, object]
    """What meta/project.json holds; empty when it cannot be read."""
    warnings: tuple[str, ...]
    """What was wrong with it, in words."""
    is_writable: bool

    @property
    def state_dir(self) -> Path:
        """Where Inkstand keeps its own files about this project; made when first needed."""
        return _state_dir(self.root)

    @property
    def scripts_dir(self) -> Path:
        """The folder of scripts."""
        return self.root / "scripts"

    @property
    def posts_dir(self) -> Path:
        """The folder of posts."""
        return self.root / "posts"

    @property
    def media_dir(self) -> Path:
        """The folder of media and their sidecars."""
        return self.root / "media"

    @property
    def meta_dir(self) -> Path:
        """The folder of settings, categories and tags."""
        return self.root / "meta"

    @property
    def index_path(self) -> Path:
        """The file of the index."""
        return self.state_dir / "index.db"


@dataclass(frozen=True, slots=True)
class InitReport:
    """What making a project did."""

    root: Path
    created: tuple[Path, ...]
    """Files and folders that are new, absolute."""
    kept: tuple[Path, ...]
    """Files that were there already and stayed as they are, absolute."""


def find_root(start: Path | None = None) -> Path:
    """Find the project that a path lies in.

    Args:
        start: A folder or file; it need not exist. None for the current folder.

    Returns:
        The nearest folder at or above it that holds meta/project.json.

    Raises:
        ProjectError: There is none.
    """
    if start is None:
        try:
            start = Path.cwd()
        except FileNotFoundError as error:
            raise ProjectError(
                "the current folder has been deleted", "Go to another one, or name the project's"
            ) from error
    place = _resolved(start)
    for folder in (place, *place.parents):
        if _is_file(folder / _PROJECT_FILE):
            return folder
    raise ProjectError(
        f"{start} is not an Inkstand project: no meta/project.json here or above",
        "Make one: inkstand init DIR",
    )


def open_project(root: Path) -> Project:
    """Open a project folder. It writes nothing.

    Args:
        root: The folder that holds meta/project.json.

    Returns:
        The project. A broken meta/project.json gives defaults and a warning.

    Raises:
        ProjectError: There is no meta/project.json.
    """
    folder = _resolved(root)
    if not _is_file(folder / _PROJECT_FILE):
        raise ProjectError(
            f"{root} is not an Inkstand project: it holds no meta/project.json",
            "Make one: inkstand init DIR",
        )
    settings, text, warnings = _read_settings(folder)
    stored_name = settings.get("name")
    shown_name = headers.clean(stored_name) if isinstance(stored_name, str) else ""
    name = shown_name or _folder_name(folder)
    own_id, id_source = _project_id(folder, settings)
    instead = {"id": id_source, "name": f"the folder's name, {name}"}
    warnings += tuple(
        f"{_place(text, key)}: {key} should be a text in quotes, not {_found(settings[key])}; "
        f"using {used}."
        for key, used in instead.items()
        if key in settings and not isinstance(settings[key], str)
    )
    return Project(
        root=folder,
        name=name,
        id=own_id,
        settings=settings,
        warnings=warnings,
        is_writable=os.access(folder, os.W_OK)
        and all(os.access(part, os.W_OK) for part in (folder / "scripts",) if part.is_dir()),
    )


def init_project(root: Path, *, demo: bool = False, name: str | None = None) -> InitReport:
    """Make a folder a project. What is there already stays as it is.

    Args:
        root: The folder; it is made if it is missing.
        demo: Also copy the demo's posts, media and scripts.
        name: The project's name; the folder's name when None.

    Returns:
        What was made and what was kept.

    Raises:
        ProjectError: `root` is a file, or this installation holds no demo.
        FileError: Something could not be written.
    """
    folder = _resolved(root)
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{root} is a file", "Name a folder: inkstand init DIR")
    created: list[Path] = []
    kept: list[Path] = []
    wanted: dict[str, bytes] = _demo_files() if demo else {}
    for path, content in _meta_files(name or _folder_name(folder)).items():
        wanted.setdefault(path, content)
    for part in ("posts", "media", "scripts"):
        if not (folder / part).is_dir():
            _make_folder(folder / part)
            created.append(folder / part)
    for path, data in sorted(wanted.items()):
        target = folder / path
        try:
            files.write(target, data, expected=None)
        except files.ConflictError:
            kept.append(target)
        else:
            created.append(target)
    return InitReport(folder, tuple(created), tuple(kept))


def _meta_files(name: str) -> dict[str, bytes]:
    import uuid  # here: opening a project must not pay for making one

    settings = {
        "id": str(uuid.uuid4()),
        "name": name,
        "mainLanguage": "en",
        "maxPostsPerPage": 50,
    }
    shown = {"article": (True, True), "aside": (True, False), "page": (False, True)}
    shown["picture"] = (True, True)
    category_meta = {
        category: {"renderInLists": in_lists, "showTitle": with_title, "title": category}
        for category, (in_lists, with_title) in sorted(shown.items())
    }
    contents: dict[str, object] = {
        "meta/project.json": settings,
        "meta/categories.json": sorted(shown),
        "meta/category-meta.json": category_meta,
        "meta/tags.json": [],
    }
    return {
        path: (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
        for path, content in contents.items()
    }


def _demo_files() -> dict[str, bytes]:
    from store import resources  # here, for the same reason

    demo = resources.default_scripts() / "demo"
    if not demo.is_dir():
        raise ProjectError("this installation holds no demo", "Install Inkstand again.")
    return {path: entry.read_bytes() for path, entry in resources.tree(demo)}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise files.FileError(
            folder, reason, "Check the permissions of the folder above.", action="make"
        ) from error


def _read_settings(folder: Path) -> tuple[dict[str, object], str, tuple[str, ...]]:
    """Return what the file says, its text, and what is wrong with it, in words."""
    try:
        data, _ = files.read(folder / _PROJECT_FILE)
        text = data.decode("utf-8-sig")
        settings = json.loads(text)
    except files.FileError as error:
        return {}, "", (str(error),)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return {}, "", (f"meta/project.json:{line}: not UTF-8; using defaults.",)
    except json.JSONDecodeError as error:
        place = f"meta/project.json:{error.lineno}:{error.colno}"
        return {}, "", (f"{place}: {error.msg}; using defaults.",)
    except (ValueError, RecursionError) as error:
        return {}, "", (f"meta/project.json: {error}; using defaults.",)
    if not isinstance(settings, dict):
        return {}, "", ("meta/project.json:1:1: should be an object {...}; using defaults.",)
    return settings, text, ()


def _place(text: str, key: str) -> str:
    from store.json_text import place_of  # here: only a broken file pays for it

    line, column = place_of(text, [key])
    return f"meta/project.json:{line}:{column}"


def _found(value: object) -> str:
    """Quote a wrong value as the file has it; a long number only by its beginning."""
    if isinstance(value, list | dict):
        return "a list [...]" if isinstance(value, list) else "an object {...}"
    text = json.dumps(value)
    return text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]}..."


def _project_id(folder: Path, settings: Mapping[str, object]) -> tuple[str, str]:
    """Return the project's id, and in words where it comes from."""
    stored = settings.get("id")
    if isinstance(stored, str) and stored.strip():
        return stored.strip(), "it"
    for path in _some_scripts(folder / "scripts"):
        try:
            with path.open("rb") as file:
                head = file.read(4096)
        except OSError:
            continue
        found = headers.parse(head.decode("utf-8", "replace")).values.get("projectId")
        if isinstance(found, str) and found:
            return found, f"the project's id in scripts/{headers.clean(path.name)}, {found}"
    import uuid  # here: rarely needed, and every start would pay for it

    made = str(uuid.uuid5(uuid.NAMESPACE_URL, f"file://{os.fsencode(folder)!r}"))
    return made, f"one made from the folder's path, {made}"


def _some_scripts(folder: Path) -> list[Path]:
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return []
    scripts = sorted(name for name in names if name.endswith(".py") and name[0] != ".")
    return [path for name in scripts[:8] if _is_file(path := folder / name)]


def _state_dir(folder: Path) -> Path:
    import platformdirs  # 20 ms that `inkstand run` does not need

    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    # The name is for people who look into the folder; the digest is what tells projects apart.
    name = re.sub(r"[^\w.-]+", "_", _folder_name(folder))[:60]
    return platformdirs.user_state_path("inkstand") / "projects" / f"{name}-{digest}"


def _folder_name(folder: Path) -> str:
    return headers.clean(folder.name) or "project"


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ProjectError(f"{path} cannot be followed: {error}") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above that we may not look into
        return False
