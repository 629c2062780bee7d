"""What a bench could not measure, as an error with words. Slowness is never one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class BenchError(Exception):
    """Something that was to be measured did not work; `str()` says what, for a person."""


@contextmanager
def told_in(problems: list[str]) -> Iterator[None]:
    """Add what does not work inside the block to the problems; any other error passes through."""
    try:
        yield
    except BenchError as error:
        problems.append(str(error))
    except ExceptionGroup as group:
        ours, others = group.split(BenchError)
        if others is not None or ours is None:
            raise
        problems += [str(error) for error in _leaves(ours)]


def _leaves(group: ExceptionGroup[BenchError]) -> list[BenchError]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, ExceptionGroup) else [error])
    ]
