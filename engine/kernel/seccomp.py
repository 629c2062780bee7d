"""The sandbox's filter of system calls: `syscalls`'s policy as a program for the kernel.

Owns the compiler. It neither decides what is allowed nor installs anything: the kernel's process
does that to itself, with the program that comes out here.

A filter is a program of classic BPF. It sees the number of the call, the architecture and the
arguments, and jumps forward only, by at most 255 instructions after a comparison.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.kernel.syscall_checks import LOW_HALF, OWN_PID, Check, Rule, any_of
from engine.kernel.syscall_numbers import MACHINES, numbers_of
from engine.kernel.syscalls import (
    ALLOWED,
    ANSWERED,
    BY_ARGUMENT,
    NEWEST_REVIEWED,
    OPENING,
    UNTIL_SEALED,
)

# From linux/bpf_common.h: the instructions that seccomp lets a program have and this one needs.
_LOAD = 0x20  # A = the 32-bit word of seccomp_data at offset k
_AND = 0x54  # A &= k
_JUMP = 0x05  # skip k instructions
_IF_EQUAL = 0x15  # A == k: skip the first count of instructions, else the second
_IF_AT_LEAST = 0x35  # A >= k, unsigned: likewise
_RETURN = 0x06  # the answer is k

# From linux/seccomp.h: answers, and offsets in struct seccomp_data.
_KILL_PROCESS = 0x8000_0000
_ERRNO = 0x0005_0000
_ALLOW = 0x7FFF_0000
_NUMBER_AT = 0
_ARCHITECTURE_AT = 4
_ARGUMENTS_AT = 16

# From linux/audit.h. Both are little endian, which the layout below relies on.
_ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}

# On x86_64 the bit that marks a call of the x32 ABI: other numbers for the same calls.
_X32_BIT = 0x4000_0000

_MAX_SKIP = 255
_INSTRUCTION = struct.Struct("<HBBI")  # struct sock_filter
_K_AT = 4

_Instruction: TypeAlias = tuple[int, int, int, int]
"""Code, skipped if true, skipped if false, k."""

_Program: TypeAlias = list[_Instruction]


class UnknownMachineError(ValueError):
    """There is no policy for this kind of machine."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A program for the kernel, complete but for the pid of the process that installs it."""

    program: bytes
    """struct sock_filter[], 8 bytes each; the kernel takes at most 4096 of them."""
    pid_offsets: tuple[int, ...]
    """Where in it that process must write its own pid, as 32 bits little endian.

    Where it does not, no process has the pid that stands there: the filter is only stricter.
    """


def compile_filter(machine: str) -> Filter:
    """Return the policy's filter for a kind of machine. Takes 0.8 ms.

    What is allowed or refused by its number is decided from architecture and number alone: of that
    the kernel keeps a bitmap (since Linux 5.11) and never runs the program for what is allowed.

    Args:
        machine: As `os.uname` names it: `x86_64` or `aarch64`, for a 64-bit process.

    Raises:
        UnknownMachineError: It is another one.
    """
    _check_known(machine)
    return _packed(machine, _decision(_ranges(machine)))


def compile_seal(machine: str) -> Filter:
    """Return the filter that is added when a run's limits have been set.

    It takes away what `UNTIL_SEALED` allows and lets everything else pass: of all filters of a
    process the strictest answer counts.

    Args:
        machine: As of `compile_filter`.

    Raises:
        UnknownMachineError: Likewise.
    """
    _check_known(machine)
    numbers = numbers_of(machine)
    program: _Program = []
    for name in UNTIL_SEALED:
        rule = BY_ARGUMENT.get(name)
        answer = _refused(errno.EPERM) if rule is None else _either(rule)
        program += [(_IF_EQUAL, 0, len(answer), numbers[name]), *answer]
    return _packed(machine, [*program, (_RETURN, 0, 0, _ALLOW)])


def _check_known(machine: str) -> None:
    if machine not in _ARCHITECTURES:
        raise UnknownMachineError(
            f"there is no list of system calls for the machine {machine!r}, "
            f"only for {' and '.join(MACHINES)}"
        )


def _packed(machine: str, decision: _Program) -> Filter:
    """Return a filter that kills what comes by another ABI, and else does what is decided."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        program += [(_IF_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)]
    program += decision
    return Filter(
        b"".join([_INSTRUCTION.pack(*instruction) for instruction in program]),
        tuple(
            index * _INSTRUCTION.size + _K_AT
            for index, (code, _, _, k) in enumerate(program)
            if (code, k) == (_IF_EQUAL, OWN_PID)
        ),
    )


def _ranges(machine: str) -> list[tuple[int, _Program]]:
    """Return, for every number from 0 on, the program that answers it: starts of ranges, sorted."""
    allowed = [(_RETURN, 0, 0, _ALLOW)]
    by_name: dict[str, _Program] = {}
    for names in ALLOWED.values():
        by_name |= dict.fromkeys(names, allowed)
    for name, error in ANSWERED.items():
        by_name[name] = _refused(error)
    for rules in (BY_ARGUMENT, OPENING[machine]):
        for name, rule in rules.items():
            by_name[name] = _either(any_of(rule, UNTIL_SEALED.get(name, ())))
    for name in UNTIL_SEALED.keys() - BY_ARGUMENT.keys():
        by_name[name] = _either(UNTIL_SEALED[name])
    numbers = numbers_of(machine)
    answers = {numbers[name]: answer for name, answer in by_name.items() if name in numbers}
    refused = _refused(errno.EPERM)
    ranges: list[tuple[int, _Program]] = []
    for number in range(NEWEST_REVIEWED + 1):
        answer = answers.get(number, refused)
        if not ranges or answer != ranges[-1][1]:
            ranges.append((number, answer))
    ranges.append((NEWEST_REVIEWED + 1, _refused(errno.ENOSYS)))
    return ranges


def _decision(ranges: Sequence[tuple[int, _Program]]) -> _Program:
    """Return a program that finds the range of the number in A by halving, and answers it."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _decision(ranges[:middle]), _decision(ranges[middle:])
    start = ranges[middle][0]
    if len(below) <= _MAX_SKIP:
        return [(_IF_AT_LEAST, len(below), 0, start), *below, *above]
    return [(_IF_AT_LEAST, 0, 1, start), (_JUMP, 0, 0, len(below)), *below, *above]


def _either(rule: Rule) -> _Program:
    """Return a program that allows when all checks of one of the rule's ways hold, else refuses."""
    program: _Program = []
    for checks in rule:
        # Backwards: a check that fails skips all that is left of its way.
        way = [(_RETURN, 0, 0, _ALLOW)]
        for check in reversed(checks):
            way = _check(check, len(way)) + way
        program += way
    return program + _refused(errno.EPERM)


def _check(check: Check, left: int) -> _Program:
    """Return a program that goes on when the check holds, else skips the `left` ones behind it."""
    at = _ARGUMENTS_AT + 8 * check.argument
    low = _is_one_of(at, check.mask & LOW_HALF, [value & LOW_HALF for value in check.values], left)
    if check.mask <= LOW_HALF:
        return low
    (value,) = check.values
    return _is_one_of(at + 4, check.mask >> 32, [value >> 32], len(low) + left) + low


def _is_one_of(at: int, mask: int, values: Sequence[int], left: int) -> _Program:
    program = [(_LOAD, 0, 0, at)]
    if mask != LOW_HALF:
        program.append((_AND, 0, 0, mask))
    last = len(values) - 1
    for index, value in enumerate(values):
        program.append((_IF_EQUAL, last - index, left if index == last else 0, value))
    return program


def _refused(error: int) -> _Program:
    return [(_RETURN, 0, 0, _ERRNO | error)]
