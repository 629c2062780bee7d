"""Running without the sandbox: whether the person has agreed to it, and for which scripts.

Owns the switch from locked-down to open kernels. Nobody else turns it, and nothing turns it by
itself: a kernel that cannot be locked down runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio.to_thread

from engine.kernel.kernels import Kernels
from engine.kernel.process import KernelError
from store import consent
from store.project import Project
from store.scripts import Script

SETTING = "unsandboxed"
"""In meta/project.json: true asks, each time the project is opened, to run without the sandbox."""

CONSEQUENCES = (
    "Scripts would run with all your rights: they could read and change every file of yours, use "
    "the network and start programs."
)


class NotAgreed(KernelError):
    """A script is new, or not the one that the person has agreed to."""

    def __init__(self, path: str) -> None:
        """Name the script."""
        super().__init__(
            f"{path} is new or was changed outside of Inkstand since you agreed to run this "
            "project's scripts without the sandbox"
        )


class Agreement:
    """What holds for the open project."""

    def __init__(self, project: Project, kernels: Kernels) -> None:
        self._project = project
        self._kernels = kernels
        self._digests: Mapping[str, str] = {}
        self._shown: Mapping[str, str] | None = None
        """The scripts as they were when the person was last told which are new."""
        self.is_asked_for = project.settings.get(SETTING) is True
        """Whether the project's settings want no sandbox. They decide nothing."""

    @property
    def is_sandboxed(self) -> bool:
        """Whether scripts are locked down."""
        return self._kernels.is_sandboxed

    async def unconfirmed(self) -> Sequence[str]:
        """List the scripts that are new or were changed since the person agreed; all at first."""
        now = await anyio.to_thread.run_sync(consent.script_digests, self._project)
        self._shown = now
        agreed = await anyio.to_thread.run_sync(consent.read_consent, self._project)
        return [path for path, digest in now.items() if agreed.get(path) != digest]

    async def agree(self) -> None:
        """Note that the person agrees, for the scripts as `unconfirmed` saw them; open the kernels.

        Raises:
            FileError: It could not be noted. The kernels are open all the same; the person will be
                asked again the next time.
        """
        if self._shown is None:
            await self.unconfirmed()
        self._digests, self._shown = self._shown or {}, None
        self._kernels.open_up()
        await self._note()

    async def is_noted(self) -> bool:
        """Tell whether the person has once agreed for some of the project's scripts."""
        return bool(await anyio.to_thread.run_sync(consent.read_consent, self._project))

    async def withdraw(self) -> None:
        """Take the agreement back: scripts that are started from now on run in the sandbox.

        Raises:
            FileError: The note could not be removed; the kernels are locked down all the same.
        """
        self._digests, self._shown = {}, None
        self._kernels.lock_down()
        await self._note()

    def check(self, path: str, script: Script) -> None:
        """Make sure that a script may be run as things are.

        Raises:
            NotAgreed: It runs without the sandbox, and the person has not seen it like this.
        """
        if not self.is_sandboxed and self._digests.get(path) != script.stamp.digest:
            raise NotAgreed(path)

    async def wrote(self, path: str, script: Script, before: Script | None = None) -> None:
        """Follow a script that the person has just written here, so that they are not asked again.

        Args:
            path: Where it is now.
            script: As it is now.
            before: What it was made from; None for a new one. One that was not agreed to does not
                come to be by a change.

        Raises:
            FileError: It could not be noted.
        """
        if self.is_sandboxed:
            return
        if before is None or before.stamp.digest in self._digests.values():
            self._digests = {**self._digests, path: script.stamp.digest}
            await self._note()

    async def _note(self) -> None:
        await anyio.to_thread.run_sync(consent.write_consent, self._project, self._digests)
