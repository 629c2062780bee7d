"""Where the published site is sent to: meta/publishing.json, which holds no secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import anyio.to_thread

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session
from engine.api.shapes import PublishingPreferences
from store.one_line import clean

if TYPE_CHECKING:
    from store.json_text import KeyPath
    from store.settings_file import SettingsFile

NAMESPACE = "project"

_KEYS = {
    "ssh_host": "sshHost",
    "ssh_user": "sshUser",
    "ssh_remote_path": "sshRemotePath",
    "ssh_mode": "sshMode",
}
_MAX_CHARS = 500


@reads
async def publishing(session: Session) -> PublishingPreferences:
    """Return where the published site is sent to.

    Example:
        print(app.project.publishing().ssh_host or "nowhere yet")
    """
    return _shown(await _read(session))


@writes
async def update_publishing(
    session: Session,
    *,
    ssh_host: str | None = None,
    ssh_user: str | None = None,
    ssh_remote_path: str | None = None,
    ssh_mode: Literal["scp", "rsync"] | None = None,
) -> PublishingPreferences:
    """Say where the published site is sent to; what is not given stays.

    Args:
        ssh_host: The machine's name.
        ssh_user: Who logs in there.
        ssh_remote_path: The folder there.
        ssh_mode: How files are sent.

    Example:
        assert app.project.update_publishing(ssh_mode="rsync").ssh_mode == "rsync"
    """
    given = {
        "ssh_host": ssh_host,
        "ssh_user": ssh_user,
        "ssh_remote_path": ssh_remote_path,
        "ssh_mode": ssh_mode,
    }
    changes: dict[KeyPath, object] = {}
    for name, value in given.items():
        if value is None:
            continue
        if clean(value) != value or len(value) > _MAX_CHARS:
            words = f"one line of at most {_MAX_CHARS} characters"
            raise ApiError(f"project.update_publishing(): {name} should be {words}")
        changes[(_KEYS[name],)] = value
    return await _change(session, changes)


@writes
async def clear_publishing(session: Session) -> PublishingPreferences:
    """Forget where the published site is sent to; keys unknown here stay.

    Example:
        app.project.update_publishing(ssh_host="example.org")
        assert app.project.clear_publishing().ssh_host == ""
    """
    from store.json_text import REMOVE

    file = await _read(session)
    return await _change(session, {(key,): REMOVE for key in _KEYS.values() if key in file.values})


async def _read(session: Session) -> SettingsFile:
    from store.settings_file import read_settings

    path = session.workspace.project.meta_dir / "publishing.json"

    def read() -> SettingsFile:
        return read_settings(path, "meta/publishing.json", may_be_missing=True)

    return await anyio.to_thread.run_sync(read)


async def _change(session: Session, changes: dict[KeyPath, object]) -> PublishingPreferences:
    from store.settings_file import change_settings

    file = await _read(session)
    if not changes:
        return _shown(file)
    return _shown(await anyio.to_thread.run_sync(change_settings, file, changes))


def _shown(file: SettingsFile) -> PublishingPreferences:
    def text(key: str) -> str:
        value = file.values.get(key)
        return value if isinstance(value, str) else ""

    return {
        "ssh_host": text("sshHost"),
        "ssh_user": text("sshUser"),
        "ssh_remote_path": text("sshRemotePath"),
        "ssh_mode": "rsync" if text("sshMode") == "rsync" else "scp",
    }
