"""The words in which the sandbox's policy speaks about arguments of system calls.

Owns what a rule can say. What the rules are is `syscalls`'s business, and how the kernel is told
is `seccomp`'s.

The kernel hands a filter every argument as 64 bits. Where it takes an `int` or `unsigned int` it
throws the high half away itself, so there the low half must decide alone, whatever stands above
it; where it takes a pointer or a `long`, all 64 bits count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LOW_HALF = 0xFFFF_FFFF
"""The mask of an `int` argument."""

_WHOLE = 0xFFFF_FFFF_FFFF_FFFF

OWN_PID = 0x7FFF_FFFF
"""Stands for the process's own pid until that is known.

No process ever has it (pids end at 2**22), so a filter in which it was left lets no signal through.
"""


# One kind for all: a dataclass takes 1 ms to make, which every start of the program pays.
@dataclass(frozen=True, slots=True)
class Check:
    """One argument, masked, must be one of some values."""

    argument: int
    """Which, counted from 0."""
    mask: int
    """The bits that count, 64 of them."""
    values: tuple[int, ...]
    """What they may be; a single value when bits of the high half count."""


Rule: TypeAlias = tuple[tuple[Check, ...], ...]
"""Ways to be allowed, each a set of checks that must all hold."""


def one_of(argument: int, *values: int) -> Check:
    """Return: an int, and one of these."""
    return Check(argument, LOW_HALF, values)


def only(argument: int, bits: int) -> Check:
    """Return: an int with no bit set but some of these."""
    return Check(argument, LOW_HALF & ~bits, (0,))


def without(argument: int, bits: int) -> Check:
    """Return: an int with none of these bits set."""
    return Check(argument, bits, (0,))


def whole(argument: int, value: int) -> Check:
    """Return: a long that is exactly this."""
    return Check(argument, _WHOLE, (value,))


def is_null(argument: int) -> Check:
    """Return: a pointer to nothing."""
    return whole(argument, 0)


def is_self(argument: int) -> Check:
    """Return: the process's own pid, as its number: neither 0 nor negative."""
    return one_of(argument, OWN_PID)


def all_of(*checks: Check) -> Rule:
    """Return the rule that all of these hold."""
    return (checks,)


def any_of(*rules: Rule) -> Rule:
    """Return the rule that one of these holds."""
    return tuple(way for rule in rules for way in rule)
