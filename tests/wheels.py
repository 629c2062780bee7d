"""Packages made by hand, and an index of them that needs no network."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

BUILDS = "in_tree.py"
"""Runs when a source package is built; it may hold anything."""


def make_wheel(
    index: Path, name: str, version: str, files: Mapping[str, str | bytes], requires: str = ""
) -> None:
    """Put a wheel of some files into a folder that pip and uv find packages in."""
    index.mkdir(parents=True, exist_ok=True)
    (index / f"{name}-{version}-py3-none-any.whl").write_bytes(
        wheel_bytes(name, version, files, requires)
    )


def wheel_bytes(
    name: str, version: str, files: Mapping[str, str | bytes], requires: str = ""
) -> bytes:
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    entries: dict[str, str | bytes] = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*entries, f"{info}/RECORD"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in {**entries, f"{info}/RECORD": record}.items():
            archive.writestr(path, content)
    return data.getvalue()


def make_sdist(index: Path, name: str, version: str, when_built: str = "") -> None:
    """Put a package there that has to be built; building it runs `when_built`.

    It builds itself, so that no other package is needed for that.
    """
    index.mkdir(parents=True, exist_ok=True)
    backend = (
        "import pathlib\n"
        f"WHEEL = {wheel_bytes(name, version, {f'{name}.py': 'BUILT = True'})!r}\n"
        f"def _happens():\n{_indented(when_built or 'pass')}"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    _happens()\n"
        f"    file = '{name}-{version}-py3-none-any.whl'\n"
        "    pathlib.Path(folder, file).write_bytes(WHEEL)\n"
        "    return file\n"
    )
    project = (
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
        f'[build-system]\nrequires = []\nbuild-backend = "{BUILDS.removesuffix(".py")}"\n'
        'backend-path = ["."]\n'
    )
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    entries = {"pyproject.toml": project, BUILDS: backend, "PKG-INFO": metadata}
    with tarfile.open(index / f"{name}-{version}.tar.gz", "w:gz") as archive:
        for path, content in entries.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())


def offline(index: Path) -> dict[str, str]:
    """Return the variables by which pip and uv look nowhere but into a folder."""
    return {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_NO_CACHE_DIR": "1",
        "PIP_INDEX_URL": "",
        "PIP_EXTRA_INDEX_URL": "",
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(index),
        "UV_NO_CACHE": "1",
    }
