"""The limits of runs as a project sets them: `limits` in meta/project.json.

    "limits": {"utility": {"timeoutS": 60, "cpuS": 30, "memoryMiB": 2048, "threads": 64}}

Owns their names, their bounds, and the words for what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from engine.kernel.limits import DEFAULTS, MIB, Limits, RunKind


@dataclass(frozen=True, slots=True)
class _Setting:
    field: Literal["wall_s", "cpu_s", "memory_bytes", "threads", "output_bytes"]
    unit: int
    least: float
    most: float
    may_be_none: bool = False
    is_whole: bool = False


_SETTINGS: Mapping[str, _Setting] = {
    "timeoutS": _Setting("wall_s", 1, 0.01, 86_400, may_be_none=True),
    "cpuS": _Setting("cpu_s", 1, 1, 86_400, may_be_none=True),
    # Less and the interpreter itself does not come up, with numpy above all.
    "memoryMiB": _Setting("memory_bytes", MIB, 160, 1 << 20),
    "threads": _Setting("threads", 1, 0, 1_000, is_whole=True),
    "outputMiB": _Setting("output_bytes", MIB, 1, 1_024),
}
_WHOLE = ("memory_bytes", "threads", "output_bytes")


@dataclass(frozen=True, slots=True)
class Problem:
    """A limit that cannot be used."""

    keys: Sequence[str]
    """The way to it in the file."""
    words: str


def limits_of(
    settings: Mapping[str, object],
) -> tuple[Mapping[RunKind, Limits], Sequence[Problem]]:
    """Return the limits by kind of run, the defaults where the project says nothing.

    Args:
        settings: What meta/project.json holds.

    Returns:
        The limits, and what could not be used; there the default holds.
    """
    problems: list[Problem] = []
    limits = dict(DEFAULTS)
    wanted = settings.get("limits", {})
    if not isinstance(wanted, dict):
        problems.append(Problem(["limits"], "should be an object with kinds of runs"))
        return limits, problems
    for kind, values in wanted.items():
        keys = ["limits", str(kind)]
        if kind not in DEFAULTS:
            problems.append(Problem(keys, f"is no kind of run; there are {', '.join(DEFAULTS)}"))
        elif not isinstance(values, dict):
            problems.append(Problem(keys, "should be an object with limits"))
        else:
            limits[kind] = _changed(limits[kind], values, keys, problems)
    return limits, problems


def _changed(
    limits: Limits, values: Mapping[str, Any], keys: list[str], problems: list[Problem]
) -> Limits:
    amounts: dict[str, Any] = {}
    for name, value in values.items():
        setting = _SETTINGS.get(name)
        if setting is None:
            known = ", ".join(_SETTINGS)
            problems.append(Problem([*keys, name], f"is no limit; there are {known}"))
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None and setting.may_be_none:
            amounts[setting.field] = None
        elif (
            is_number
            and setting.least <= value <= setting.most
            and (value == int(value) or not setting.is_whole)
        ):
            amount = value * setting.unit
            amounts[setting.field] = int(amount) if setting.field in _WHOLE else amount
        else:
            problems.append(Problem([*keys, name], f"should be {limit_words(name)}"))
    return replace(limits, **amounts)


def place_of(text: str, keys: Sequence[str]) -> tuple[int, int]:
    """Return line and column of a key; see `store.json_text.place_of`."""
    from store.json_text import place_of  # 2 ms that a run need not wait for

    return place_of(text, keys)


def limit_names() -> Sequence[str]:
    """Return the names of the limits, the same for every kind of run."""
    return tuple(_SETTINGS)


def default_limit(kind: RunKind, name: str) -> int | float | None:
    """Return what a limit is where the project says nothing, in the unit of its name."""
    setting = _SETTINGS[name]
    amount: int | float | None = getattr(DEFAULTS[kind], setting.field)
    if amount is None:
        return None
    return amount // setting.unit if amount % setting.unit == 0 else amount / setting.unit


def limit_problem(kind: RunKind, name: str, value: object) -> str:
    """Return what is wrong with the value of a limit, in words; empty when it can be used."""
    _, problems = limits_of({"limits": {kind: {name: value}}})
    return problems[0].words if problems else ""


def limit_words(name: str) -> str:
    """Return in words what a limit can be."""
    setting = _SETTINGS[name]
    none = ", or null for none" if setting.may_be_none else ""
    return f"a number from {setting.least:g} to {setting.most:g}{none}"
