"""Flows: begun, told, and dropped without a trace when the screen goes before they began."""

from __future__ import annotations

import gc
import warnings

from textual.app import App

from tui.flows import begin


class Bare(App[None]):
    """An app that only holds work."""


async def test_work_that_never_began_leaves_no_coroutine_behind() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("work")

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        app = Bare()
        async with app.run_test():
            begin(app, "any", work)
            app.workers.cancel_all()  # before its first step
        gc.collect()
    assert begun == []
    assert [str(one.message) for one in told] == []
