"""Follows a run and tells the Output tab what it does.

Owns the run that is going on; there is one at a time, so that its lines are not mixed with
another's.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.kernel.events import RunFinished, RunOutput, RunStopping
from engine.kernel.spill import Spill
from engine.kernel.traceback import format_error, place

if TYPE_CHECKING:
    from pathlib import Path

    from engine.kernel.run import Run
    from tui.panel.output_view import OutputView

_MARKS = {
    "ok": "✔ finished",
    "raised": "✘ failed",
    "timed_out": "✘ timed out",
    "stopped": "■ stopped",
    "crashed": "✘ the interpreter crashed",
    "not_started": "✘ not started",
}


class Console:
    """The link between a run and the output view."""

    def __init__(self, view: OutputView) -> None:
        self._view = view
        self._run: Run | None = None
        self.is_busy = False
        """Whether a run goes on, or is about to."""
        self._is_stop_asked = False

    def stop(self) -> None:
        """Interrupt the run; the second time kill it. One that is about to start ends at once."""
        self._is_stop_asked = True
        if self._run is not None:
            self._run.stop()

    def begin(self) -> None:
        """Claim the console for a run that is about to start."""
        self.is_busy, self._is_stop_asked = True, False

    def end(self) -> None:
        """Let the next run begin."""
        self.is_busy = False

    async def follow(
        self, run: Run, name: str, *, state_dir: Path | None = None
    ) -> RunFinished | None:
        """Show the run's events until it has ended.

        Args:
            run: The run.
            name: How the script is called.
            state_dir: Where its file goes when it prints more than is kept; None for no file.

        Returns:
            Its last event; None when the project was closed over it.
        """
        self._run = run
        if self._is_stop_asked:
            run.stop()
        view = self._view
        view.action_last()  # who has scrolled up in the last run's output wants to see this one's
        spill = None if state_dir is None else Spill(lambda: state_dir / "output", run.id)
        view.begin_run(run.request.limits.output_bytes, spill)
        entry = run.request.entrypoint
        view.append(f"▶ {name} · {entry} · {time.strftime('%H:%M:%S')}\n", "note")
        try:
            async for event in run.events():
                if isinstance(event, RunOutput):
                    view.write(event.data, event.stream)
                    if spill is not None and spill.is_due:
                        await spill.write()
                elif isinstance(event, RunStopping):
                    step = "stopping" if event.step == "interrupt" else "killing"
                    view.append(f"… {step} {name}\n", "note")
                elif isinstance(event, RunFinished):
                    view.finish_streams()
                    if spill is not None:
                        await self._tell_file(spill)
                    self._tell_end(event, run.request.path)
                    return event
        finally:
            self._run = None
            if spill is not None:
                await spill.close()
            view.end_run()
        return None

    async def _tell_file(self, spill: Spill) -> None:
        # Above the end's words: below them is the line that Enter jumps from.
        await spill.write()
        if spill.path is not None or spill.reason:
            self._view.append(spill.words("… lines in the middle", spill.written_bytes), "note")

    def _tell_end(self, event: RunFinished, path: str) -> None:
        view = self._view
        if event.result:
            view.append(event.result.rstrip("\n") + "\n", "result")
        words = f"{_MARKS[event.outcome]} in {event.duration_s:.3f} s"
        if event.error is not None and event.outcome == "raised":
            view.append(format_error(event.error), "error")
        if event.reason:
            words += f": {event.reason}"
        where = place(event.error, path) if event.error is not None else None
        if where is None:
            view.append(f"{words}\n", "error" if event.outcome not in ("ok", "stopped") else "note")
            return
        view.append(f"{words}\n", "error" if event.outcome != "stopped" else "note")
        line, column = where
        view.append_link(f"  → {path}:{line}:{column}  (Enter jumps there)", (path, line, column))
