"""Running with arguments, answering a script's questions, taking back what it wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.ui.conftest import Driver, OpenApp
from tui.panel.answer_input import AnswerRow
from tui.screens.questions import FormScreen, QuestionScreen

ASKING = """
import app
print("hello", input("Your name? "), app.args)
if app.ui.confirm("Go on?"):
    app.posts.update("notes-on-marbling", excerpt="short")
    app.ui.toast("It is done")
"""


@pytest.fixture
def asking(demo: Path) -> Path:
    (demo / "scripts" / "asking.py").write_text(ASKING)
    return demo


async def answer(app: Driver) -> Input:
    """Wait for the line below the output."""
    row = app.screen.query_one(AnswerRow)
    field = row.field
    await app.until(lambda: bool(row.display) and field.has_focus)
    return field


def last_row(app: Driver) -> str:
    """The row of the question as it is drawn."""
    row = app.screen.query_one(AnswerRow)
    strips = app.screen._compositor.render_strips()
    return strips[row.region.y].text


async def run_to_question(app: Driver) -> None:
    await app.press("f5")
    await answer(app)
    await app.type("Mara")
    await app.press("enter")
    await app.until(lambda: isinstance(app.app.screen, QuestionScreen))


async def test_a_script_asks_and_its_changes_are_taken_back(
    open_app: OpenApp, asking: Path
) -> None:
    path = asking / "posts/2026/11/notes-on-marbling.md"
    before = path.read_bytes()
    async with open_app("asking") as app:
        await run_to_question(app)
        await app.press("enter")  # Yes
        await app.until(lambda: "takes the changes back" in app.output)
        assert "Your name? Mara\n" in app.output
        assert "hello Mara []" in app.output
        assert "changed posts/2026/11/notes-on-marbling.md" in app.output
        assert "It is done" in app.toasts
        assert not app.screen.query_one(AnswerRow).display
        assert app.code.has_focus
        assert path.read_bytes() != before
        await app.press("alt+k")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("enter")
        await app.settle()
        assert "Took back 1 change." in app.toasts
        assert path.read_bytes() == before
        await app.press("alt+k")
        await app.settle()
        assert "has changed no file" in app.toasts


async def test_no_answer_is_the_end_of_input(open_app: OpenApp, asking: Path) -> None:
    async with open_app("asking") as app:
        await app.press("f5")
        await answer(app)
        await app.press("escape")
        await app.until(lambda: "EOFError" in app.output)
        assert not app.screen.query_one(AnswerRow).display


async def test_a_stopped_run_takes_its_question_along(open_app: OpenApp, asking: Path) -> None:
    async with open_app("asking") as app:
        await app.press("f5")
        await answer(app)
        await app.press("shift+f5")
        await app.until(lambda: "■ stopped" in app.output)
        await app.until(lambda: not app.screen.query_one(AnswerRow).display)


async def test_the_prompt_stays_beside_what_is_typed(open_app: OpenApp, demo: Path) -> None:
    asking = 'input("First line\\nYour \\x1b[31mname? [Mara] ")\ninput("Much to read. " * 20)\n'
    (demo / "scripts" / "asking.py").write_text(asking)
    async with open_app("asking", size=(80, 24)) as app:
        await app.press("f5")
        field = await answer(app)
        await app.type("Ma")
        assert last_row(app).strip() == "Your  [31mname? [Mara] Ma"
        await app.press("enter")
        await app.until(lambda: "Much to read." in app.output and not field.value)
        await app.type("yes")
        assert re.fullmatch(r" (Much to read\. )+M?u?c?h?.*… yes", last_row(app).rstrip())
        await app.press("escape")
        await app.until(lambda: "EOFError" in app.output)


async def test_who_has_moved_on_from_a_question_stays_there(open_app: OpenApp, demo: Path) -> None:
    (demo / "scripts" / "asking.py").write_text('input("Name? ")\n')
    async with open_app("asking") as app:
        await app.press("f5")
        field = await answer(app)
        tree = app.screen.sidebar.script_tree
        tree.focus()
        await app.press("shift+f5")
        await app.until(lambda: "■ stopped" in app.output)
        await app.until(lambda: not app.screen.query_one(AnswerRow).display)
        assert tree.has_focus
        assert not field.has_focus


async def test_the_key_of_the_output_leads_back_to_the_question(
    open_app: OpenApp, demo: Path
) -> None:
    (demo / "scripts" / "asking.py").write_text('print("hello", input("Name? "))\n')
    async with open_app("asking") as app:
        await app.press("f5")
        await answer(app)
        await app.press("f4")
        assert app.code.has_focus
        await app.press("f4", "M", "o", "enter")
        await app.until(lambda: "hello Mo" in app.output)
        await app.until(lambda: app.code.has_focus)


async def test_arguments_are_asked_for_and_remembered(open_app: OpenApp, asking: Path) -> None:
    async with open_app("asking") as app:
        await app.press("ctrl+f5")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        await app.type("--tag 'x y")
        await app.press("enter")
        await app.until(lambda: "cannot be read" in app.toasts)
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        await app.press("end")
        await app.type("'")
        await app.press("enter")
        await answer(app)
        await app.press("M", "enter")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("escape")
        await app.until(lambda: "✔ finished" in app.output)
        assert "hello M ['--tag', 'x y']" in app.output
        await app.press("ctrl+f5")
        await app.until(lambda: isinstance(app.app.screen, FormScreen))
        assert app.app.screen.query_one(Input).value == "--tag 'x y'"
        await app.press("escape")
        await app.until(lambda: not app.screen._run_console.is_busy)


async def test_quitting_over_a_running_script_asks(open_app: OpenApp, asking: Path) -> None:
    async with open_app("asking") as app:
        await app.press("f5")
        await answer(app)
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("escape")
        await app.settle()
        assert app.app.is_running
        assert app.screen._run_console.is_busy
        await app.press("ctrl+q")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("enter")
        await app.until(lambda: not app.app.is_running)


async def test_what_a_script_copies_is_on_the_clipboard_and_told(
    open_app: OpenApp, demo: Path
) -> None:
    (demo / "scripts" / "copying.py").write_text(
        'import app\nprint(app.ui.copy("https://example.org/x"))\n'
    )
    async with open_app("copying") as app:
        await app.press("f5")
        await app.until(lambda: app.app.clipboard == "https://example.org/x")
        await app.until(
            lambda: any("copied 21 characters" in one.message for one in app.app._notifications)
        )
