"""What is installed is what was pinned, and the package holds all that the command needs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ("run.txt", "dev.txt")
_PIN = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;\\]+)(?P<marker> ; [^\\]+?)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def entries(file: str) -> dict[str, tuple[str, list[str]]]:
    """Return version and hashes by name."""
    text = (ROOT / "requirements" / file).read_text().replace("\\\n", " ")
    found: dict[str, tuple[str, list[str]]] = {}
    for line in text.splitlines():
        pin, *hashes = re.split(r"\s+(?=--hash)", line.strip())
        match = _PIN.fullmatch(pin.strip())
        assert match, f"requirements/{file}: {line[:80]!r} is no pin"
        found[match["name"]] = (match["version"], [one.strip() for one in hashes])
    return found


def pins(requirements: list[str]) -> dict[str, str]:
    found = {}
    for requirement in requirements:
        name, _, version = requirement.partition("==")
        assert version, f"{requirement} is not pinned exactly"
        found[name.lower()] = version
    return found


def test_what_the_command_needs_is_pinned_in_both_places(pyproject: dict[str, Any]) -> None:
    wanted = pins(pyproject["project"]["dependencies"])
    wanted |= pins(pyproject["dependency-groups"]["build"])
    wanted |= pins(pyproject["build-system"]["requires"])
    locked = entries("run.txt")
    assert {name: locked[name][0] for name in wanted} == wanted


def test_development_uses_the_same_versions() -> None:
    run, dev = entries("run.txt"), entries("dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_every_tool_of_development_is_locked(pyproject: dict[str, Any]) -> None:
    names = {
        re.split(r"[=<>]", one)[0].lower() for one in pyproject["dependency-groups"]["dev"] if one
    }
    assert names - set(entries("dev.txt")) == set()


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_every_entry_has_hashes(file: str) -> None:
    for name, (_, hashes) in entries(file).items():
        assert hashes, f"{name} has no hash"
        assert all(_HASH.fullmatch(one) for one in hashes), name


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_no_index_or_host_is_written_down(file: str) -> None:
    text = (ROOT / "requirements" / file).read_text()
    assert not re.search(r"://|--index|--extra|--find-links|--trusted|@ ", text)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built from the tree as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    # What `pip wheel --no-build-isolation` calls; an environment made by uv has no pip.
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_the_data(wheel: set[str]) -> None:
    wanted = set()
    for package in ("tui", "engine", "store", "bench", "default_scripts"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                wanted.add(path.relative_to(ROOT).as_posix())
    assert wanted - wheel == set()
    assert {"tui/editor/python.scm", "tui/cli.py", "default_scripts/hello.py"} <= wheel
    assert any(name.startswith("default_scripts/demo/posts/") for name in wheel)
    assert any(name.startswith("default_scripts/demo/media/") for name in wheel)


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    packages = ("tui/", "engine/", "store/", "bench/", "default_scripts/")
    others = {name for name in wheel if not name.startswith(packages)}
    assert all(re.match(r"inkstand-[^/]+\.dist-info/", name) for name in others), others
    assert not [name for name in wheel if name.endswith((".pyc", ".meta.tmp"))]


def test_the_wheel_installs_the_command(pyproject: dict[str, Any]) -> None:
    assert pyproject["project"]["scripts"] == {"inkstand": "tui.cli:command"}
