"""Classic BPF as the kernel runs a seccomp filter: to ask a program what it would answer."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from engine.kernel.seccomp import Filter

KILL_PROCESS = 0x8000_0000
ALLOW = 0x7FFF_0000

NUMBER_AT = 0
ARCHITECTURE_AT = 4

_LOAD, _AND, _RETURN, _JUMP = 0x20, 0x54, 0x06, 0x05
_JUMPS_IF = {0x15, 0x25, 0x35, 0x45}  # equal, greater, at least, has bits
_INSTRUCTION = struct.Struct("<HBBI")
_CALL = struct.Struct("<IIQ6Q")  # struct seccomp_data
_MAX_INSTRUCTIONS = 4096


def refused(error: int) -> int:
    """Return the answer that makes a call fail with an error."""
    return 0x0005_0000 | error


@dataclass(frozen=True)
class Answer:
    action: int
    looked_at: frozenset[int]
    """Offsets in struct seccomp_data: what the answer depends on."""


def patched(filter_: Filter, pid: int) -> bytes:
    """Return the program as the process with that pid installs it."""
    program = bytearray(filter_.program)
    for offset in filter_.pid_offsets:
        struct.pack_into("<I", program, offset, pid)
    return bytes(program)


def check(program: bytes) -> None:
    """Fail where the kernel would not take the program."""
    instructions = list(_INSTRUCTION.iter_unpack(program))
    assert 0 < len(instructions) <= _MAX_INSTRUCTIONS
    for index, (code, if_true, if_false, k) in enumerate(instructions):
        left = len(instructions) - index - 1
        if code == _LOAD:
            assert k % 4 == 0, f"{index}: not aligned"
            assert k < _CALL.size, f"{index}: reads past the end"
        elif code == _JUMP:
            assert k < left, f"{index}: leaves the program"
        elif code in _JUMPS_IF:
            assert max(if_true, if_false) < left, f"{index}: leaves the program"
        else:
            assert code in {_AND, _RETURN}, f"{index}: {code:#x} is not used here"
    assert instructions[-1][0] == _RETURN


def ask(program: bytes, architecture: int, number: int, arguments: Iterable[int] = ()) -> Answer:
    """Run the program on a call. Arguments are as in registers; those left out are 0."""
    words = [argument % 2**64 for argument in arguments]
    words += [0] * (6 - len(words))
    call = _CALL.pack(number % 2**32, architecture, 0x7F00_1234_5678, *words)
    accumulator = 0
    looked_at = set()
    at = 0
    while True:
        code, if_true, if_false, k = _INSTRUCTION.unpack_from(program, at * _INSTRUCTION.size)
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", call, k)
                looked_at.add(k)
            case 0x54:
                accumulator &= k
            case 0x05:
                at += k
            case 0x15:
                at += if_true if accumulator == k else if_false
            case 0x25:
                at += if_true if accumulator > k else if_false
            case 0x35:
                at += if_true if accumulator >= k else if_false
            case 0x45:
                at += if_true if accumulator & k else if_false
            case 0x06:
                return Answer(k, frozenset(looked_at))
            case _:
                raise AssertionError(f"{code:#x} at {at - 1}")
