"""The live preview in a real terminal: real keys, real kernels, the screen as it arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.terminal import CTRL_HOME, ENTER, F6, Terminal, alt

pytestmark = pytest.mark.e2e

MACRO = '''"""
---
slug: "dear"
title: "Dear"
kind: "macro"
entrypoint: "render"
enabled: true
---
"""
def render(context, post):
    return "<h1>Dear " + str(context["params"].get("name", "reader")) + "</h1>"
'''


def test_a_macro_is_shown_while_it_is_typed(demo: Path) -> None:
    (demo / "scripts" / "dear.py").write_text(MACRO)
    with Terminal("open", demo, "--script", "dear", cwd=demo) as terminal:
        terminal.wait_for("def render", "Ln 10, Col 1")
        terminal.send(alt("p"))
        terminal.wait_for("Dear reader", "[[dear]] in", "used in 0 posts")
        terminal.send(CTRL_HOME + "raise ValueError('early')" + ENTER)
        terminal.wait_for("ValueError: early", "scripts/dear.py:10:1")
        terminal.send(F6)
        terminal.wait_for("s sample  u posts")
        terminal.send(ENTER)
        terminal.wait_for("Ln 10, Col 1")
        terminal.send(alt("p"))
        terminal.wait_until(lambda text: "used in 0 posts" not in text, "the pane to go")
