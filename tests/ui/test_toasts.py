"""Messages in the corner: what they never lie over."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from tests.ui.conftest import OpenApp
from tui.key_bar import KeyBar
from tui.panel.answer_input import AnswerRow


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 40)])
@pytest.mark.parametrize("count", [1, 12])
async def test_toasts_leave_status_bar_key_bar_and_questions_in_view(
    open_app: OpenApp, size: tuple[int, int], count: int
) -> None:
    async with open_app(size=size) as app:
        for number in range(count):
            app.screen.notify(f"Message {number}: {'with many words ' * 8}", timeout=60)
        row = app.screen.query_one(AnswerRow)
        row.display = True
        await app.until(lambda: len(app.screen.query(Toast)) == count)
        for widget in (app.screen.status, app.screen.query_one(KeyBar), row):
            columns = range(widget.region.x, widget.region.right)
            seen = [app.screen.get_widget_at(x, widget.region.y)[0] for x in columns]
            hidden = [x for x in columns if widget not in seen[x].ancestors_with_self]
            assert hidden == []
        assert isinstance(app.screen.get_widget_at(size[0] - 5, row.region.y - 3)[0], Toast)
