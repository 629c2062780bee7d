"""Knows the versions that each default script has had: digests of their bodies, the newest last.

`make manifest` runs it to take in a changed default script. What projects hold must never enter.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from store import files, headers, resources

MANIFEST_NAME = "manifest.json"
"""The file beside the default scripts that holds the digests."""

Histories = Mapping[str, tuple[str, ...]]
"""By a default script's name, its file's without `.py`: the digests of its bodies, newest last."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The histories as this installation has them."""

    histories: Histories
    digest: str
    """SHA-256 of the file."""

    def newest(self, name: str) -> str:
        """Return the digest of a default script as it is now; "" for a name that is none."""
        return (*("",), *self.histories.get(name, ()))[-1]


def body_digest(body: str) -> str:
    """Return the digest of the text below a header: that has a project's id and dates in it."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def body_of(text: str) -> str:
    """Cut the header off a script's text."""
    return text[len(headers.parse(text).text) :]


def default_bodies() -> dict[str, str]:
    """Read the bodies of the default scripts, by name."""
    return {
        entry.name.removesuffix(".py"): body_of(_text(entry.read_bytes()))
        for entry in resources.default_script_files()
    }


def manifest_facts() -> tuple[int, ...]:
    """Return what a look at the manifest's file tells without reading it; () where it tells none.

    As long as the facts are the same, so is the manifest.
    """
    path = _path()
    try:
        facts = path.stat() if path is not None else None
    except OSError:
        return ()
    # All three: installers set the times of files back, and a version more may be one less.
    return (facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size) if facts is not None else ()


def read_manifest() -> Manifest:
    """Read the manifest of this installation.

    Raises:
        FileError: It is missing or broken.
    """
    entry = resources.default_scripts() / MANIFEST_NAME
    try:
        data = entry.read_bytes()
        histories = json.loads(data)
        if not isinstance(histories, dict) or not all(map(_is_history, histories.values())):
            raise ValueError("it does not hold lists of digests")
    except (OSError, ValueError, RecursionError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise files.FileError(Path(str(entry)), reason, "Install Inkstand again.") from error
    return Manifest(
        {name: tuple(digests) for name, digests in histories.items()},
        hashlib.sha256(data).hexdigest(),
    )


def appended(histories: Histories, bodies: Mapping[str, str]) -> Histories:
    """Take in the default scripts as they are now.

    Args:
        histories: As they were.
        bodies: The bodies by name.

    Returns:
        The histories by name. What is new comes last; a text that comes back moves there, so that
        copies of what was between are brought up to date too. Scripts that are gone keep theirs.
    """
    result = dict(histories)
    for name, body in bodies.items():
        digest = body_digest(body)
        older = [one for one in result.get(name, ()) if one != digest]
        result[name] = (*older, digest)
    return dict(sorted(result.items()))


def update() -> list[str]:
    """Write the manifest anew where default scripts changed.

    Returns:
        The names of those that did.

    Raises:
        FileError: It cannot be read or written.
    """
    path = _path()
    if path is None:
        raise files.FileError(
            Path(MANIFEST_NAME), "this installation lies in an archive", action="write"
        )
    expected = files.read(path)[1] if path.exists() else None
    before: Histories = read_manifest().histories if expected is not None else {}
    after = appended(before, default_bodies())
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        text = json.dumps(after, indent=2) + "\n"
        files.write(path, text.encode(), expected=expected)
    return changed


def main() -> int:
    """Update the manifest and tell what changed."""
    try:
        changed = update()
    except files.FileError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"manifest: {', '.join(changed) if changed else 'nothing changed'}")
    return 0


def _path() -> Path | None:
    entry = resources.default_scripts() / MANIFEST_NAME
    return entry if isinstance(entry, Path) else None


def _text(data: bytes) -> str:
    return data.decode()  # not read_text: it would turn line ends into the system's


def _is_history(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


if __name__ == "__main__":
    sys.exit(main())
