"""From the command line to the screen: which project, and whether this terminal can show it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import anyio

from store.project import find_root
from tui.commands.exit_codes import EXIT_FAILED, EXIT_USAGE
from tui.commands.printing import complain


def open_screen(command: str, options: argparse.Namespace) -> int:
    """Open the screen, or say why that is not possible here.

    Args:
        command: `open` or `demo`.
        options: `directory`, `script`, `post` and `mouse`, each possibly None, and `unsandboxed`.

    Returns:
        The exit code.

    Raises:
        ProjectError: There is no project, or the demo could not be made.
    """
    directory: Path | None = options.directory
    script: str | None = options.script
    if command == "demo":
        from store.seed import init_with_scripts

        directory = directory or Path("demo-project")
        if script is None and options.post is None:
            script = "hello"
        if not (directory / "meta" / "project.json").exists():
            report = init_with_scripts(directory, demo=True)
            print(f"Made the demo project in {report.root} ({len(report.created)} files).")
        root = directory.resolve()
    else:
        root = find_root(directory)
    why_not = _why_no_screen()
    if why_not and command == "demo":
        print(f"{why_not} Running the sample script instead:\n", flush=True)
        code = run_sample(root, script or "hello")
        print(f"\nTo open the screen, type this in a terminal: inkstand demo {directory}")
        return code
    if why_not:
        complain(f"{why_not} These work without one: inkstand run, list, rebuild, check, doctor.")
        return EXIT_USAGE
    from tui.app import InkstandApp

    app = InkstandApp(
        root,
        first_script=script,
        first_post=options.post,
        is_unsandboxed_wanted=options.unsandboxed,
    )
    mouse = options.mouse
    if mouse is None:
        mouse = not (os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))
    app.run(mouse=mouse)
    # Left by a crash it has no value; Textual has shown why.
    return EXIT_FAILED if app.return_value is None else app.return_value


def _why_no_screen() -> str:
    """Return in words why a full screen is not possible; empty when it is."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "The screen needs a terminal, and there is none here."
    if os.environ.get("TERM", "") in ("", "dumb"):
        return "The screen needs a terminal that can move its cursor; TERM says this one cannot."
    return ""


def run_sample(root: Path, slug: str) -> int:
    """Run a script of the demo as `inkstand run` would."""
    from tui.commands.run import run

    options = argparse.Namespace(
        project=root,
        slug=slug,
        entrypoint=None,
        timeout=None,
        args=(),
        dry_run=False,
        json=False,
        raw=False,
        unsandboxed=False,
        yes=False,
    )
    return anyio.run(run, options)
