"""What a bench could not measure, as an error with words. Slowness is never one."""

from __future__ import annotations


class BenchError(Exception):
    """Something that was to be measured did not work; `str()` says what, for a person."""
