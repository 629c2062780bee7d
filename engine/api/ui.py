"""What a run says to the person, and asks."""

from __future__ import annotations

import os
from typing import Annotated, Literal, Protocol, runtime_checkable

from msgspec import Meta

from engine.api.registry import ApiError, reads, writes
from engine.api.session import Session

Options = Annotated[list[str], Meta(min_length=1, max_length=50)]
_TEXT_CHARS = 2_000
_COPIED_CHARS = 100_000
"""What terminals take in one go."""


@runtime_checkable
class Clipboard(Protocol):
    """A voice that reaches the person's clipboard."""

    def copy(self, text: str) -> bool:
        """Put a text there, as OSC 52 does; tell whether there is a terminal to do it."""


@reads
async def toast(
    session: Session,
    message: str,
    *,
    severity: Literal["information", "warning", "error"] = "information",
) -> None:
    """Show a short message for a moment.

    Args:
        message: Up to 300 characters; 20 messages a run.
        severity: How it looks.

    Example:
        app.ui.toast("12 posts were tidied")
    """
    session.say(message, severity)


@reads
async def progress(session: Session, done: float, total: float = 1.0, text: str = "") -> None:
    """Show how far the run is, in the Tasks tab and the status bar.

    Args:
        done: How much is done.
        total: How much there is.
        text: What is being done.

    Example:
        for number in range(10):
            app.ui.progress(number + 1, 10)
    """
    fraction = done / total if total > 0 else None
    if fraction is not None and fraction == fraction:
        fraction = min(max(fraction, 0.0), 1.0)
    session.tell_progress(fraction, text[:_TEXT_CHARS])


@reads
async def read_line(session: Session, prompt: str = "") -> str | None:
    """Ask for a line of text; `input` uses it.

    Args:
        prompt: What is asked.

    Returns:
        The line without its end; None when there is nobody to answer.

    Example:
        name = input("Your name? ")
        print("Hello", name)
    """
    return await session.voice.read_line(prompt[:_TEXT_CHARS])


@reads
async def ask(session: Session, question: str, *, default: str = "") -> str:
    """Ask for a line of text.

    Args:
        question: What is asked.
        default: What an empty answer means.

    Raises:
        EOFError: There is nobody to answer.

    Example:
        print("Hello", app.ui.ask("Your name?", default="you"))
    """
    shown = (
        f"{question[:_TEXT_CHARS]} [{default[:100]}] " if default else f"{question[:_TEXT_CHARS]} "
    )
    line = await session.voice.read_line(shown)
    if line is None:
        raise ApiError("there is nobody to answer", "EOFError")
    return line or default


@reads
async def choose(session: Session, question: str, options: Options) -> str | None:
    """Ask for one of a few options.

    Args:
        question: What is asked.
        options: What can be chosen.

    Returns:
        The option; None when the person goes back.

    Example:
        print(app.ui.choose("Which one?", ["red", "blue"]))
    """
    return await session.voice.choose(question[:_TEXT_CHARS], options)


@reads
async def confirm(session: Session, question: str) -> bool:
    """Ask yes or no.

    Args:
        question: What is asked.

    Returns:
        Whether the answer was yes.

    Example:
        if app.ui.confirm("Go on?"):
            print("going on")
    """
    return await session.voice.choose(question[:_TEXT_CHARS], ["Yes", "No"]) == "Yes"


@reads
async def open_document(session: Session, slug: str, *, line: int = 1, column: int = 1) -> bool:
    """Show a script or a post in the editor.

    Args:
        slug: A script's name, or a post's path: `posts/2026/03/hello.md`.
        line: Where the cursor goes, from 1.
        column: Likewise.

    Returns:
        Whether there is an editor.

    Example:
        app.ui.open_document("hello", line=3)
    """
    workspace = session.workspace
    if slug.startswith("posts/"):
        path = await workspace.posts.texts.find(slug)
    else:
        path = workspace.relative((await workspace.find_script(slug)).path)
    return await session.voice.open_document(path, line, column)


@writes
async def copy(session: Session, text: str) -> bool:
    """Put a text into the clipboard of the person's terminal; it goes through SSH.

    Args:
        text: Up to 100,000 characters.

    Returns:
        Whether it was sent; whether the terminal takes it cannot be told.

    Raises:
        ValueError: It is too long.

    Example:
        app.ui.copy("https://example.org/2026/03/01/hello")
    """
    if len(text) > _COPIED_CHARS:
        raise ApiError(f"ui.copy(): text is longer than {_COPIED_CHARS:,} characters")
    if not isinstance(session.voice, Clipboard):
        return False
    return session.voice.copy(text)


@reads
async def language(session: Session) -> str:
    """Return the language of the person's system, such as `de`.

    Example:
        print(app.ui.language())
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").split(".")[0].split("@")[0]
        if value:
            return "en" if value in ("C", "POSIX") else value.replace("_", "-")
    return "en"
