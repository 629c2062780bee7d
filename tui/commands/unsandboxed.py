"""Asks on the command line about running without the sandbox."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import anyio.to_thread

from engine.agreement import CONSEQUENCES, SETTING
from engine.kernel.process import KernelError
from tui.commands.printing import complain
from tui.sandbox_words import listed

if TYPE_CHECKING:
    from engine.workspace import Workspace


class NotAllowed(KernelError):
    """The command asks for no sandbox, and nobody has agreed to that."""


async def settle(workspace: Workspace, *, is_wanted: bool, is_agreed: bool) -> None:
    """Run without the sandbox where that is asked for and the person agrees, once for all scripts.

    Args:
        workspace: The open project, whose settings may ask for it.
        is_wanted: Whether the command line asks for it.
        is_agreed: Whether the command line answers the question, too.

    Raises:
        NotAllowed: The command line asks for it, and nobody agrees.
        FileError: What was agreed to could not be noted.
    """
    agreement = workspace.agreement
    if not (is_wanted or agreement.is_asked_for):
        return
    scripts = await agreement.unconfirmed()
    if scripts and not is_agreed:
        if not sys.stdin.isatty():
            how = "answer the question in a terminal once, or add --yes"
            if is_wanted:
                raise NotAllowed(
                    f"--unsandboxed needs your word: {how}. {CONSEQUENCES} {listed(scripts)}"
                )
            complain(
                f'the project\'s setting "{SETTING}" is not followed, because nobody has agreed: '
                f"{how}. The script runs in the sandbox."
            )
            return
        print(f"{CONSEQUENCES}\n{listed(scripts)}", file=sys.stderr)
        print("Run without the sandbox? [y/N] ", end="", file=sys.stderr, flush=True)
        # A thread that is left behind, should the command be interrupted meanwhile.
        answer = await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
        if answer.strip().lower() not in ("y", "yes"):
            if is_wanted:
                raise NotAllowed("not run: you did not agree to running it without the sandbox")
            complain("the script runs in the sandbox")
            return
    await agreement.agree()
    complain("UNSANDBOXED: the script has all your rights")
