"""The `inkstand` command: reads the arguments and calls what they ask for.

Imports what a command needs only when that command is called: Textual takes 0.25 s, and `inkstand
run` never loads it.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from tui.commands.exit_codes import EXIT_FAILED, EXIT_STOPPED, EXIT_USAGE
from tui.commands.printing import complain, prepare_streams, stdout_is_gone

_COMMANDS = {
    "init": "tui.commands.project:init",
    "list": "tui.commands.project:list_scripts",
    "rebuild": "tui.commands.project:rebuild",
    "diff": "tui.commands.diff:diff",
    "search": "tui.commands.search:search",
    "add-link": "tui.commands.add_link:add_link",
    "check": "tui.commands.check:check",
    "expand": "tui.commands.expand:expand",
    "preview": "tui.commands.preview:preview",
    "run": "tui.commands.run:run",
    "env": "tui.commands.env:env",
    "api": "tui.commands.api:api",
    "doctor": "tui.commands.doctor:doctor",
}
"""Module and coroutine function of each command without a screen."""

_MAX_JOBS = 64
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def command() -> NoReturn:
    """Be the `inkstand` command: run it and leave the process.

    Without the collector and without tearing the interpreter down: together 55 of the 290 ms that
    `inkstand run` of an empty script took. The screen turns the collector on again.
    """
    gc.disable()
    prepare_streams()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # `main` has told it
            stream.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Those behind the command's name; None for the process's own.

    Returns:
        The exit code, see `tui.commands.exit_codes`.
    """
    try:
        own, args = _split_args(sys.argv[1:] if arguments is None else arguments)
        options = _parser().parse_args(own)
        options.args = args
        code = _dispatch(options.command or "open", options)
        sys.stdout.flush()
    except SystemExit as left:  # argparse has told why
        return left.code if isinstance(left.code, int) else EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_STOPPED
    except Exception as error:
        explained = _explain(error)
        if explained is None:
            raise
        return explained
    return code


def _split_args(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell our arguments from those of the script behind `inkstand run SLUG --`."""
    given = list(arguments)
    if given[:1] == ["run"] and "--" in given:
        at = given.index("--")
        return given[:at], given[at + 1 :]
    return given, []


def _dispatch(command: str, options: argparse.Namespace) -> int:
    if command in ("open", "demo"):
        from tui.opening import open_screen

        return open_screen(command, options)
    if command == "bench":
        from bench.command import bench

        return bench(options.name, is_json=options.json)
    return call(command, options)


def call(command: str, options: argparse.Namespace) -> int:
    """Carry out a command that needs no screen."""
    import anyio

    module, _, name = _COMMANDS[command].partition(":")
    code: int = anyio.run(getattr(import_module(module), name), options)
    return code


def _explain(error: Exception) -> int | None:
    """Tell an error that is the person's to mend; None for one that is ours."""
    from engine.kernel.process import KernelError
    from store.files import FileError
    from store.project import ProjectError

    if isinstance(error, BrokenPipeError):
        return stdout_is_gone()
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        # What was raised inside a task group, e.g. while a kernel was kept warm.
        return _explain(error.exceptions[0])
    if isinstance(error, ProjectError | FileError):
        complain(error)
        return EXIT_USAGE
    if isinstance(error, KernelError):
        complain(error)
        return EXIT_FAILED
    if isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_ERRORS:
        complain(f"the output could not be written: {error.strerror}")
        stdout_is_gone()  # or Python would try once more at exit
        return EXIT_FAILED
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inkstand",
        description="A terminal IDE for the Python scripts of a content project. "
        "Without a command it opens the project of the current folder.",
    )
    parser.add_argument(
        "--version", action=_ShowVersion, nargs=0, help="show the version and leave"
    )
    # On the bare command the options of `open` hold.
    parser.set_defaults(directory=None, script=None, post=None, mouse=None)
    parser.set_defaults(json=False, unsandboxed=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help_text: str, *, project: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_text, description=help_text)
        if project:
            sub.add_argument(
                "--project",
                metavar="DIR",
                type=Path,
                default=None,
                help="the project's folder; default: the current one or the nearest above it",
            )
        return sub

    opener = command("open", "Open a project on the screen.", project=False)
    _add_screen_options(opener, "the project's folder; default: the current one")
    demo = command("demo", "Open the demo project, making it first if need be.", project=False)
    _add_screen_options(demo, "where it is or will be; default: ./demo-project")

    init = command(
        "init", "Make a project in a folder; nothing in it is overwritten.", project=False
    )
    init.add_argument("directory", metavar="DIR", type=Path)
    init.add_argument("--demo", action="store_true", help="fill it with posts, images and scripts")
    init.add_argument("--name", help="the project's name; default: the folder's")

    run = command(
        "run",
        "Run a script; its output passes through as it comes. What follows -- are its arguments.",
    )
    run.add_argument("slug", metavar="SLUG")
    run.add_argument(
        "--entrypoint", metavar="NAME", help="a function to call; main: the whole file"
    )
    run.add_argument(
        "--timeout", metavar="S", type=_seconds, help="stop it after S seconds (exit code 124)"
    )
    run.add_argument(
        "--dry-run", action="store_true", help="write nothing; list what would be written"
    )
    run.add_argument(
        "--raw", action="store_true", help="pass the bytes as they are, for binary output"
    )
    _add_unsandboxed(run)
    run.add_argument("--yes", action="store_true", help="agree to that, where nobody can be asked")
    _add_json(run, "print one JSON object with output and outcome at the end")

    _add_json(command("list", "List the scripts by kind."), "print a JSON array")
    rebuild = command("rebuild", "Bring the index in line with the files; lists unreadable ones.")
    rebuild.add_argument(
        "kind", nargs="?", default="all", choices=("all", "scripts", "posts", "media")
    )
    rebuild.add_argument("--full", action="store_true", help="read every file, changed or not")
    _add_json(rebuild, "print one JSON object")
    diff = command("diff", "Compare the index with the files; exit code 1 when something differs.")
    diff.add_argument(
        "kind", nargs="?", default="all", choices=("all", "posts", "media", "scripts")
    )
    diff.add_argument(
        "--sync",
        choices=("file", "index"),
        help="bring one side in line. index: the index is written and then says what the files "
        "say; no file changes. file: your files are written and then say what the index says",
    )
    _add_json(diff, "print one JSON object")
    _add_search(command)
    link = command("add-link", "Make a draft of a link; the project's transforms change it first.")
    link.add_argument("url", metavar="URL", help="http or https")
    link.add_argument("--title", metavar="T", help="what is there; default: the host's name")
    _add_json(link, "print one JSON object")
    check = command(
        "check",
        "Check the syntax of scripts, or the macros of posts; exit code 1 when one has an error.",
    )
    check.add_argument(
        "slugs", metavar="SLUG", nargs="*", help="a script, or a post's slug or path; default: all"
    )
    check.add_argument("--posts", action="store_true", help="check posts, not scripts")
    _add_json(check, "print a JSON array of problems")
    _add_expand(
        command("expand", "Expand the macros of all posts; tell what fails and what it costs.")
    )
    _add_preview(command("preview", "Print a post as its readers would see it, macros expanded."))
    _add_env(command("env", "Tell, sync or remove the packages of the project's scripts."))
    api = command("api", "List what scripts can do with a project.", project=False)
    api.add_argument(
        "--stub", metavar="DIR", type=Path, help="write app.pyi there, for editors to complete from"
    )
    _add_json(api, "print a JSON array")
    _add_json(
        command("doctor", "Tell what this machine and terminal can do for Inkstand."),
        "print one JSON object",
    )
    bench = command("bench", "Measure Inkstand's speed beside a peer.", project=False)
    benches = ("start", "run", "kernel", "soak", "store", "api", "batch")
    bench.add_argument("name", metavar="NAME", choices=benches, help=", ".join(benches))
    _add_json(bench, "print one JSON object")
    return parser


def _add_search(command: Callable[..., argparse.ArgumentParser]) -> None:
    search = command("search", "Find posts, media and scripts by words; without words, list posts.")
    search.add_argument(
        "words", metavar="WORD", nargs="*", help='all must occur; "several in quotes" together'
    )
    search.add_argument("--kind", choices=("posts", "media", "scripts"), help="look only there")
    for name, what in (("tag", "this tag"), ("category", "this category")):
        search.add_argument(
            f"--{name}", action="append", default=[], help=f"posts with {what}; may be repeated"
        )
    search.add_argument("--status", choices=("draft", "published", "archived"))
    search.add_argument("--language", help="posts in or translated to this language")
    search.add_argument("--year", type=int, help="posts made in this year")
    search.add_argument("--month", type=int, choices=range(1, 13), metavar="1-12")
    search.add_argument("--limit", type=int, default=50, help="per kind; default: 50")
    _add_json(search, "print a JSON array")


def _add_expand(expand: argparse.ArgumentParser) -> None:
    expand.add_argument(
        "posts",
        metavar="SLUG",
        nargs="*",
        help="a post's slug or path; default: all that are published, and drafts",
    )
    expand.add_argument(
        "--jobs", metavar="N", type=_count, help="how many interpreters; default: one per core"
    )
    expand.add_argument(
        "--no-drafts", dest="drafts", action="store_false", help="only what is published"
    )
    _add_json(expand, "print one JSON object with failures and figures")


def _add_preview(preview: argparse.ArgumentParser) -> None:
    preview.add_argument("post", metavar="SLUG", help="a post's slug, or its path")
    preview.add_argument(
        "--width", metavar="N", type=_count_columns, help="columns; default: the terminal's, or 80"
    )
    _add_json(preview, "print one JSON object with text, html and failures")


def _add_env(env: argparse.ArgumentParser) -> None:
    env.add_argument(
        "action",
        nargs="?",
        default="status",
        choices=("status", "sync", "remove"),
        help="sync installs what scripts/requirements.txt lists; default: status, "
        "with exit code 1 when there is something to do",
    )
    env.add_argument("--upgrade", action="store_true", help="look for newer versions, too")
    env.add_argument(
        "--allow-source-builds",
        action="store_true",
        help="build packages that have no wheel; their code then runs with all your rights",
    )
    _add_json(env, "print one JSON object")


def _add_json(parser: argparse.ArgumentParser, help_text: str) -> None:
    parser.add_argument("--json", action="store_true", help=help_text)


def _add_unsandboxed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unsandboxed",
        action="store_true",
        help="run scripts with all your rights; asks first, once for a set of scripts",
    )


def _add_screen_options(parser: argparse.ArgumentParser, directory_help: str) -> None:
    parser.add_argument("directory", metavar="DIR", nargs="?", type=Path, help=directory_help)
    parser.add_argument("--script", metavar="SLUG", help="open this script at once")
    parser.add_argument("--post", metavar="SLUG", help="open this post at once")
    _add_unsandboxed(parser)
    parser.add_argument(
        "--mouse",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="default: yes, but not over SSH, where moving it costs bytes",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def _count(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= _MAX_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MAX_JOBS}")
    return value


def _count_columns(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 20 <= value <= 1_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of columns from 20 to 1000")
    return value


class _ShowVersion(argparse.Action):
    """Looks the version up when it is asked for: importlib.metadata takes 28 ms."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"inkstand {version('inkstand')}")
        parser.exit()


if __name__ == "__main__":
    command()
