"""The sandbox's filter answers every call as its policy says, on both architectures."""

from __future__ import annotations

import errno
import re
import struct
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.kernel import seccomp
from engine.kernel.seccomp import UnknownMachineError, compile_filter, compile_seal
from engine.kernel.syscall_checks import OWN_PID, Rule, all_of, any_of, one_of, whole
from engine.kernel.syscall_numbers import MACHINES, NUMBERS, numbers_of
from engine.kernel.syscalls import (
    ALLOWED,
    ANSWERED,
    BY_ARGUMENT,
    DENIED_ON_PURPOSE,
    NEWEST_REVIEWED,
    OPENING,
)
from tests.unit.engine import bpf

PID = 4321
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PROGRAMS = {machine: bpf.patched(compile_filter(machine), PID) for machine in MACHINES}
SEALS = {machine: bpf.patched(compile_seal(machine), PID) for machine in MACHINES}

GARBAGE = (2**64 - 1, 0x1234_5678_9ABC_DEF0, 2**31, 7, 2**63, 3)
EPERM = bpf.refused(errno.EPERM)
ENOSYS = bpf.refused(errno.ENOSYS)
X32_BIT = 0x40000000
HIGH = 0xDEADBEEF << 32
"""Junk in the half of a register that an `int` does not use."""

MEASURED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek
    fstat stat lstat newfstatat statx access faccessat faccessat2 getdents getdents64 getcwd mmap
    mprotect munmap mremap brk madvise msync mincore rt_sigaction rt_sigprocmask rt_sigreturn
    rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack pause setitimer getitimer alarm
    restart_syscall futex set_robust_list set_tid_address rseq membarrier sched_yield
    sched_getaffinity getcpu gettid getpid getppid getpgrp getuid geteuid getgid getegid getresuid
    getresgid getgroups getrlimit getrusage times sysinfo uname time gettimeofday clock_gettime
    clock_getres clock_nanosleep nanosleep getrandom poll ppoll select pselect6 epoll_create
    epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 pipe pipe2
    timerfd_create timerfd_settime timerfd_gettime dup dup2 dup3 shutdown getsockname getpeername
    wait4 waitid exit exit_group
"""
"""What a study over the standard library and numpy came out with. A second signature: whoever
changes the table must change this too."""


def action(machine: str, number: int, *arguments: int) -> int:
    """Return what a script's call is answered: the stricter of both filters, as the kernel does."""
    architecture = ARCHITECTURES[machine]
    programs = (PROGRAMS[machine], SEALS[machine])
    return min(
        (bpf.ask(program, architecture, number, arguments).action for program in programs),
        key=lambda action: -1 if action == bpf.KILL_PROCESS else action,
    )


def is_allowed(machine: str, name: str, *arguments: int) -> bool:
    answer = action(machine, numbers_of(machine)[name], *arguments)
    assert answer in {bpf.ALLOW, EPERM}
    return answer == bpf.ALLOW


def rules(machine: str) -> dict[str, Rule]:
    return {**BY_ARGUMENT, **OPENING[machine]}


def flat(table: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [name for names in table.values() for name in names]


on_both = pytest.mark.parametrize("machine", MACHINES)


@on_both
def test_the_kernel_would_take_the_program(machine: str) -> None:
    bpf.check(PROGRAMS[machine])


def test_what_is_allowed_unseen_is_what_was_measured() -> None:
    assert Counter(flat(ALLOWED)) == Counter(MEASURED.split())


def test_a_call_stands_in_one_table() -> None:
    named = Counter(flat(ALLOWED) + flat(DENIED_ON_PURPOSE))
    named.update([*BY_ARGUMENT, *ANSWERED, *OPENING["x86_64"]])
    assert [name for name, count in named.items() if count > 1] == []
    assert set(named) == set(NUMBERS)
    assert set(OPENING["aarch64"]) < set(OPENING["x86_64"])


@on_both
def test_what_is_allowed_is_decided_by_its_number(machine: str) -> None:
    # The kernel then remembers it and does not run the program again.
    for name in MEASURED.split():
        if (number := numbers_of(machine).get(name)) is None:
            continue
        answer = bpf.ask(PROGRAMS[machine], ARCHITECTURES[machine], number, GARBAGE)
        assert answer.action == bpf.ALLOW, name
        assert answer.looked_at <= {bpf.NUMBER_AT, bpf.ARCHITECTURE_AT}, name


@on_both
def test_every_other_number_is_refused(machine: str) -> None:
    numbers = numbers_of(machine)
    known = {numbers[name] for name in MEASURED.split() if name in numbers}
    known |= {numbers[name] for name in rules(machine)}
    answered = {numbers[name]: error for name, error in ANSWERED.items() if name in numbers}
    for number in set(range(601)) - known:
        later = errno.ENOSYS if number > NEWEST_REVIEWED else errno.EPERM
        error = answered.get(number, later)
        assert action(machine, number, *GARBAGE) == bpf.refused(error), number
    assert max(known | set(answered)) <= NEWEST_REVIEWED


@on_both
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("clone3", errno.ENOSYS),
        ("openat2", errno.ENOSYS),
        ("io_uring_setup", errno.ENOSYS),
        ("io_uring_enter", errno.ENOSYS),
        ("io_uring_register", errno.ENOSYS),
        ("futex_waitv", errno.ENOSYS),
        ("readlinkat", errno.EINVAL),
        ("fchmodat2", errno.ENOSYS),  # newer than the table
    ],
)
def test_calls_that_programs_can_do_without_say_so(machine: str, name: str, error: int) -> None:
    assert action(machine, numbers_of(machine)[name]) == bpf.refused(error)


@on_both
def test_what_is_denied_on_purpose_is_refused(machine: str) -> None:
    for name in flat(DENIED_ON_PURPOSE):
        number = numbers_of(machine).get(name)
        if number is not None:
            for arguments in ((), (PID, 1), GARBAGE):
                assert action(machine, number, *arguments) in {EPERM, ENOSYS}, name


@on_both
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    i386, arm = 0x40000003, 0x40000028
    others = {*ARCHITECTURES.values(), i386, arm, 0} - {ARCHITECTURES[machine]}
    for architecture in others:
        for number in range(601):
            answer = bpf.ask(PROGRAMS[machine], architecture, number)
            assert answer.action == bpf.KILL_PROCESS


def test_calls_of_the_x32_kind_end_the_process() -> None:
    for number in (*range(601), 0x3FFFFFFF, 0x7FFFFFFF, 0xBFFFFFFF):
        assert action("x86_64", X32_BIT + number) == bpf.KILL_PROCESS
        assert action("aarch64", X32_BIT + number) == ENOSYS, "it has no such kind"


def test_the_numbers_beyond_the_table_have_no_call_yet() -> None:
    for number in (NEWEST_REVIEWED + 1, 1000, X32_BIT - 1):
        assert {action(machine, number) for machine in MACHINES} == {ENOSYS}


GLIBC, MUSL, FORK = 0x3D0F00, 0x7D0F00, 0x1200011
CLONE_NEWUSER = 0x10000000
NONBLOCK, CLOEXEC = 0o4000, 0o2000000
SETFL, SETOWN, SETSIG, SETOWN_EX = 4, 8, 10, 15


@on_both
@pytest.mark.parametrize(
    ("name", "good"),
    [
        *(("clone", (flags, 0x7F00)) for flags in (GLIBC, MUSL)),
        *(("kill", (pid, 15)) for pid in (PID, HIGH | PID)),
        *(("tgkill", (pid, 9, 15)) for pid in (PID, HIGH | PID)),
        *(("getpgid", (pid,)) for pid in (0, HIGH)),
        *(("prlimit64", (pid, 7, 0, 0x7F00)) for pid in (0, PID, HIGH, HIGH | PID)),
        *(("fcntl", (1, command, 99)) for command in (0, 1, 2, 3, 1030, 1032, 1034, HIGH | 3)),
        *(("fcntl", (1, SETFL, flags)) for flags in (0, NONBLOCK, 0o102001, HIGH)),
        *(("ioctl", (1, c)) for c in (0x5401, 0x541B, 0x5421, 0x5450, 0x5451, 0x5413)),
        ("ioctl", (1, HIGH | 0x5401)),
        *(("socketpair", (1, t, 0)) for t in (1, 1 | NONBLOCK, 1 | CLOEXEC, 0o2004001)),
        ("socketpair", (HIGH | 1, HIGH | 1, HIGH)),
        *(("sendto", (3, 0x7F00, 9, flags, 0, 0)) for flags in (0, 0x40, 0x4000, HIGH)),
        *(("recvfrom", (3, 0x7F00, 9, flags, 0x7F00, 0x7F08)) for flags in (0, 2, 0x100, HIGH)),
        *(("getsockopt", (3, 1, option)) for option in (3, 4, 38, 39, HIGH | 3)),
        *(("prctl", (option, 1)) for option in (2, 3, 15, 16, 21, 39, HIGH | 15)),
    ],
)
def test_arguments_that_do_no_harm_are_let_through(
    machine: str, name: str, good: tuple[int, ...]
) -> None:
    assert is_allowed(machine, name, *good)


@on_both
@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("clone", (flags,)) for flags in (0, 17, FORK, 0x4111, GLIBC & ~0x10000)),
        *(("clone", (flags,)) for flags in (GLIBC | 17, GLIBC | CLONE_NEWUSER)),
        *(("clone", (HIGH | flags,)) for flags in (GLIBC, MUSL)),
        *(("clone", (GLIBC << 32 | flags,)) for flags in (0, 17, GLIBC)),
        *(("clone", (1 << bit | GLIBC,)) for bit in (25, 32, 33, 63)),
        *(("kill", (pid, 0)) for pid in (0, -1, -PID, 1, PID - 1, PID + 1, 2**32 - 1, HIGH)),
        *(("tgkill", (pid, PID, 9)) for pid in (0, -1, -PID, 1, PID - 1, OWN_PID, PID << 32)),
        *(("getpgid", (pid,)) for pid in (1, PID, -1)),
        *(("prlimit64", (pid, 7, new)) for pid in (0, PID) for new in (1, 0x7F00, 1 << 32, HIGH)),
        *(("prlimit64", (pid, 7, 0)) for pid in (1, -1, PID + 1)),
        *(("fcntl", (1, command, PID)) for command in (SETOWN, SETOWN_EX, SETSIG, 5, 6, 7, 9, 36)),
        *(("fcntl", (1, command, 0)) for command in (1024, 1025, 1026, 1031, 1033, 1036, 1040)),
        *(("fcntl", (1, SETFL, flags)) for flags in (0o20000, 0o24000, HIGH | 0o20000, -1)),
        *(("ioctl", (1, c)) for c in (0x8901, 0x8902, 0x5412, 0x540E, 0x5452, 0x5402, 0x541C, 0)),
        ("ioctl", (1, 0x5401 << 32)),
        *(("socketpair", (1, t, 0)) for t in (0, 2, 3, 5, 17, 0x10001, 2 | CLOEXEC, -1)),
        *(("socketpair", (family, 1, 0)) for family in (0, 2, 10, 16, 30, 40)),
        *(("socketpair", (1, 1, protocol)) for protocol in (1, 6, -1)),
        *(("sendto", (3, 0x7F00, 9, 0, address, 16)) for address in (1, 0x7F00, 1 << 32, HIGH)),
        *(("sendto", (3, 0x7F00, 9, flags, 0, 0)) for flags in (1, 0x41, HIGH | 1)),
        *(("recvfrom", (3, 0x7F00, 9, flags)) for flags in (1, 0x41, HIGH | 1, -1)),
        *(("getsockopt", (3, 1, option)) for option in (0, 1, 2, 17, 31, 59, 76, 77, 83)),
        *(("getsockopt", (3, level, 3)) for level in (0, 6, 41, 263, 271, -1)),
        *(("prctl", (option, 1)) for option in (0, 1, 4, 8, 22, 24, 26, 28, 35, 36, 38, 47, 59)),
        *(("prctl", (option, 1)) for option in (0x53564D41, 0x59616D61, 15 << 32, -1)),
    ],
)
def test_arguments_that_do_harm_are_refused(machine: str, name: str, bad: tuple[int, ...]) -> None:
    assert not is_allowed(machine, name, *bad)


def flags_of(machine: str) -> dict[str, int]:
    """Return the flags of `open` by name; four of them differ by architecture."""
    is_arm = machine == "aarch64"
    return {
        **{"WRONLY": 0o1, "RDWR": 0o2, "CREAT": 0o100, "EXCL": 0o200, "NOCTTY": 0o400},
        **{"TRUNC": 0o1000, "APPEND": 0o2000, "NONBLOCK": 0o4000, "DSYNC": 0o10000},
        **{"ASYNC": 0o20000, "NOATIME": 0o1000000, "CLOEXEC": 0o2000000, "SYNC": 0o4000000},
        **{"PATH": 0o10000000, "TMPFILE": 0o20000000},
        "DIRECTORY": 0o40000 if is_arm else 0o200000,
        "NOFOLLOW": 0o100000 if is_arm else 0o400000,
        "DIRECT": 0o200000 if is_arm else 0o40000,
        "LARGEFILE": 0o400000 if is_arm else 0o100000,
    }


READING = {"NOCTTY", "NONBLOCK", "CLOEXEC", "DIRECTORY", "NOFOLLOW", "LARGEFILE"}
any_64_bits = st.integers(0, 2**64 - 1)


def opens(machine: str, flags: int) -> bool:
    answers = {is_allowed(machine, "openat", -100, 0x7F00, flags, 0)}
    if machine == "x86_64":
        answers.add(is_allowed(machine, "open", 0x7F00, flags, 0))
    (answer,) = answers
    return answer


@on_both
@given(st.sets(st.sampled_from(sorted(READING))), st.integers(0, 2**32 - 1))
def test_files_open_for_reading(machine: str, names: set[str], junk: int) -> None:
    flags = sum(flags_of(machine)[name] for name in names)
    assert opens(machine, junk << 32 | flags)


@on_both
@given(st.sampled_from(sorted(flags_of("x86_64").keys() - READING)), any_64_bits)
@example("DIRECT", 0)
@example("WRONLY", 0)
def test_files_open_for_nothing_else(machine: str, name: str, others: int) -> None:
    assert not opens(machine, flags_of(machine)[name] | others)


@on_both
@given(any_64_bits)
def test_no_unknown_flag_opens_a_file(machine: str, flags: int) -> None:
    known = sum(flags_of(machine)[name] for name in READING)
    assert opens(machine, flags) == (flags % 2**32 & ~known == 0)


@on_both
@given(data=st.data())
def test_the_program_says_what_the_rule_says(machine: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(rules(machine))))
    rule = rules(machine)[name]
    interesting = {value for way in rule for check in way for value in check.values} | {PID, 0}
    near = st.builds(
        lambda value, bit, high: value % 2**32 ^ bit ^ high << 32,
        st.sampled_from(sorted(interesting)),
        st.sampled_from([0, 0, 0, *(1 << at for at in range(64))]),
        st.sampled_from([0, 0, 0, 0xDEADBEEF, *sorted(value % 2**32 for value in interesting)]),
    )
    arguments = data.draw(st.lists(near, min_size=6, max_size=6))
    expected = any(
        all(
            arguments[check.argument] & check.mask
            in [PID if value == OWN_PID else value for value in check.values]
            for check in way
        )
        for way in rule
    )
    assert is_allowed(machine, name, *arguments) == expected


@on_both
def test_limits_can_be_set_until_they_are_sealed(machine: str) -> None:
    numbers, architecture = numbers_of(machine), ARCHITECTURES[machine]
    cpu, fsize, nofile, nproc, address_space = 0, 1, 7, 6, 9
    new = 0x7F00

    def before_the_seal(name: str, *arguments: int) -> int:
        return bpf.ask(PROGRAMS[machine], architecture, numbers[name], arguments).action

    for limit in (cpu, nproc, address_space):
        assert before_the_seal("prlimit64", 0, limit, new) == bpf.ALLOW
        assert before_the_seal("prlimit64", 1, limit, new) == EPERM
        assert action(machine, numbers["prlimit64"], 0, limit, new) == EPERM
        assert action(machine, numbers["prlimit64"], 0, limit, 0) == bpf.ALLOW
    for limit in (fsize, nofile):
        assert before_the_seal("prlimit64", 0, limit, new) == EPERM
    assert before_the_seal("seccomp", 1, 1, new) == bpf.ALLOW
    assert before_the_seal("seccomp", 0, 0, 0) == EPERM
    assert action(machine, numbers["seccomp"], 1, 1, new) == EPERM


@on_both
def test_the_seal_touches_nothing_else(machine: str) -> None:
    sealed = {numbers_of(machine)[name] for name in ("prlimit64", "seccomp")}
    bpf.check(SEALS[machine])
    for number in set(range(600)) - sealed:
        answer = bpf.ask(SEALS[machine], ARCHITECTURES[machine], number, GARBAGE)
        assert answer.action == bpf.ALLOW


@on_both
def test_every_place_of_the_pid_is_told(machine: str) -> None:
    compiled = compile_filter(machine)
    words = struct.unpack(f"<{len(compiled.program) // 4}I", compiled.program)
    places = tuple(4 * at for at, word in enumerate(words) if word == OWN_PID)
    assert compiled.pid_offsets == places
    assert len(places) == 3, "kill, tgkill, prlimit64"
    assert OWN_PID > 2**22, "the kernel's largest pid"


@on_both
@given(st.integers(1, 2**22), st.integers(-(2**31), 2**31 - 1))
@example(1, 0)
@example(1, -1)
def test_a_process_sends_signals_to_itself_alone(machine: str, own: int, to: int) -> None:
    program = bpf.patched(compile_filter(machine), own)
    for name in ("kill", "tgkill"):
        for pid, expected in ((own, bpf.ALLOW), (to, bpf.ALLOW if to == own else EPERM)):
            number = numbers_of(machine)[name]
            assert bpf.ask(program, ARCHITECTURES[machine], number, (pid,)).action == expected


@on_both
def test_without_its_pid_a_process_sends_no_signals(machine: str) -> None:
    program = compile_filter(machine).program
    for pid in (-1, 0, 1, PID, 2**22):
        number = numbers_of(machine)["kill"]
        assert bpf.ask(program, ARCHITECTURES[machine], number, (pid,)).action == EPERM


@pytest.mark.parametrize("count", [1, 17, 34, 35, 36, 37, 60, 200])
def test_a_table_of_any_size_compiles(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    # A way takes 7 instructions; after a comparison 255 can be skipped.
    ways = any_of(*(all_of(whole(0, value << 33 | 5), one_of(1, 7)) for value in range(count)))
    monkeypatch.setattr(seccomp, "BY_ARGUMENT", {"clone": ways, "prctl": ways})
    program = compile_filter("x86_64").program
    bpf.check(program)

    def answer(name: str, *arguments: int) -> int:
        number = numbers_of("x86_64")[name]
        return bpf.ask(program, ARCHITECTURES["x86_64"], number, arguments).action

    for name in ("clone", "prctl"):
        for value in (0, count // 2, count - 1, count):
            expected = bpf.ALLOW if value < count else EPERM
            assert answer(name, value << 33 | 5, 7) == expected
            assert answer(name, value << 33 | 5, 8) == EPERM
            assert answer(name, value << 33 | 4, 7) == EPERM
    for name in ("read", "exit_group", "epoll_pwait2"):
        assert answer(name) == bpf.ALLOW


@pytest.mark.parametrize("machine", ["riscv64", "i686", "armv7l", "X86_64", ""])
def test_a_machine_without_a_table_is_named(machine: str) -> None:
    with pytest.raises(UnknownMachineError, match=f"'{machine}'.*x86_64 and aarch64"):
        compile_filter(machine)


HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


@on_both
def test_the_numbers_are_the_kernels(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip(f"the kernel's headers are not installed: no {header}")
    text = header.read_text()
    kernels = {name: int(number) for name, number in re.findall(r"__NR_(\w+)\s+(\d+)\s", text)}
    # Calls that 32-bit machines name otherwise: `__NR3264_fcntl 25`, `__NR_fcntl __NR3264_fcntl`.
    twofold = dict(re.findall(r"__NR3264_(\w+)\s+(\d+)\s", text))
    for name, real in re.findall(r"__NR_(\w+)\s+__NR3264_(\w+)\s", text):
        if real in twofold:
            kernels[name] = int(twofold[real])
    kernels.pop("syscalls", None)  # how many there are
    newest = max(kernels.values())
    ours = {name: number for name, number in numbers_of(machine).items() if number <= newest}
    assert {name: kernels.get(name) for name in ours} == ours
    lacking = set(NUMBERS) - set(numbers_of(machine))
    assert lacking & set(kernels) == set()
