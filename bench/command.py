"""`inkstand bench NAME`: runs a bench and prints what it found."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import NoReturn, cast

from bench.errors import BenchError
from bench.machine import machine_line
from bench.report import Report, table
from tui.commands.printing import print_json

BENCHES: Mapping[str, str] = {
    "start": "bench.start:measure",
    "run": "bench.run:measure",
    "kernel": "bench.kernel:measure",
    "soak": "bench.soak:measure",
    "store": "bench.store:measure",
    "api": "bench.api:measure",
    "batch": "bench.batch:measure",
}
"""Module and function of each bench; the function takes nothing and returns its `Report`."""


def bench(name: str, *, is_json: bool) -> int:
    """Run a bench and print its figures.

    Args:
        name: One of BENCHES.
        is_json: Print one JSON object instead of a table.

    Returns:
        The exit code: 0 however slow everything was, 1 when something did not work, 2 when there is
        no such bench, 130 when it was interrupted.
    """
    if name not in BENCHES:
        print(f"inkstand: no bench {name!r}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    module, _, function = BENCHES[name].partition(":")
    measure = cast("Callable[[], Report]", getattr(import_module(module), function))
    if not is_json:
        print(f"Measuring {name}; it takes up to four minutes ...", file=sys.stderr)
    try:
        with _ended_in_order():
            report = measure()
    except (BenchError, OSError) as error:
        print(f"inkstand: bench {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if is_json:
        print_json(report.as_json())
    else:
        print(machine_line(report.machine))
        print()
        print(table(report.figures))
        print()
        for note in report.notes:
            print(note)
    for problem in report.problems:
        print(f"inkstand: bench {name}: {problem}", file=sys.stderr)
    return 1 if report.problems else 0


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let a polite kill or a closed terminal end the programs and remove the folders, too."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
