"""Attempts on the kernel's own interfaces: more of them reachable is more to go wrong.

The evidence is an answer of the implementation, i.e. anything but EPERM, EACCES and ENOSYS. Those
that concern the whole machine have arguments that are refused or change nothing.
"""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm


def _ask(name: str, source: str, *needs: str, only_root: str = "") -> Attempt:
    """Return an attempt to get an answer; `only_root` says why a user gets none."""
    return Attempt(
        name,
        Harm.ANSWER,
        source,
        needs=needs,
        unprovable={"user": only_root} if only_root else "",
    )


_SUBSYSTEMS = (
    _ask("io_uring", 'got(call("io_uring_setup", 1, address(bytes(120))))', "io_uring"),
    _ask("registering with io_uring", 'got(call("io_uring_register", -1, 0, 0, 0))', "io_uring"),
    _ask(
        "a BPF map", 'got(call("bpf", 0, address((ctypes.c_uint32 * 18)(2, 4, 4, 1)), 72))', "bpf"
    ),
    _ask(
        "a BPF program",
        """
code = address((ctypes.c_uint64 * 2)(0x00000000000000B7, 0x95))  # r0 = 0; exit
program = (ctypes.c_uint64 * 16)(1 | 2 << 32, code, address(b"GPL"))
got(call("bpf", 5, address(program), 48))
""",
        "bpf",
    ),
    _ask(
        "performance events",
        """
words = (ctypes.c_uint64 * 16)(1 | 112 << 32)
words[5] = 0x60
got(call("perf_event_open", address(words), 0, -1, -1, 0))
""",
        "perf",
    ),
    _ask("userfaultfd", 'got(call("userfaultfd", 1))', "unprivileged userfaultfd"),
    _ask("its session's keys", 'got(call("keyctl", 0, -3, 1))', "keys"),
    _ask(
        "a key of its own",
        'got(call("add_key", b"user", b"redteam", b"x", 1, -2))',  # goes with the process
        "keys",
    ),
    _ask(
        "asking for a key",
        'got(call("request_key", b"user", b"redteam-none", None, 0))',
        "keys",
    ),
    _ask("a message queue", 'got(call("mq_open", b"redteam-none", 0, 0, 0))', "queues"),
    _ask(
        "the local descriptor table",
        'got(call("modify_ldt", 0, address(bytes(64)), 64))',
        "call modify_ldt",
    ),
    _ask("a memory protection key", 'got(call("pkey_alloc", 0, 0))'),
    _ask("sealing memory", 'got(call("mseal", 1, 0, 1))', "call mseal"),
    _ask("a shadow stack", 'got(call("map_shadow_stack", 1, 0, 99))', "call map_shadow_stack"),
    _ask("another mapping of pages", 'got(call("remap_file_pages", 1, 0, 0, 0, 0))'),
    _ask("waiting for many futexes", 'got(call("futex_waitv", 0, 0, 1, 0, 0))', "call futex_waitv"),
    _ask("locking memory", 'got(call("mlock", address(bytes(4096)), 4096))'),
    _ask("locking all memory", 'got(call("mlockall", 4))'),  # MCL_ONFAULT alone: refused
    _ask("a memory policy", 'got(call("set_mempolicy", 0, None, 0))'),
    _ask(
        "the statistics of a disk",
        'got(call("ustat", os.stat("/").st_dev, address(bytes(64))))',
        "x86_64",
    ),
    _ask("an old shared library", 'got(call("uselib", None))', "call uselib"),
    _ask("the profiler's cookies", 'got(call("lookup_dcookie", 0, 0, 0))', "call lookup_dcookie"),
)

_NAMESPACES = (
    _ask(
        "a user namespace",
        'got(call("unshare", 0x10000000))',
        "user namespaces",
    ),
    _ask(
        "a user and a mount namespace",
        'got(call("unshare", 0x10020000))',
        "user namespaces",
    ),
    _ask(
        "a user and a network namespace",
        'got(call("unshare", 0x50000000))',
        "user namespaces",
    ),
    _ask("unsharing files", 'got(call("unshare", 0x400))'),
    _ask("a mount namespace", 'got(call("unshare", 0x20000))', only_root="only root may"),
    _ask("a host name of its own", 'got(call("unshare", 0x4000000))', only_root="only root may"),
    _ask(
        "the host's namespaces",
        'got(call("setns", os.pidfd_open(V.host), 0x8000000))',
        only_root="only root may",
    ),
    _ask("no namespace", 'got(call("setns", -1, 0))'),
    _ask(
        "mounting",
        'got(call("mount", b"none", b"/mnt", b"tmpfs", 0, None))',
        "private mounts",
    ),
    _ask("unmounting", 'got(call("umount2", b"/nowhere", 0))', only_root="only root may"),
    _ask("mounting, the new way", 'got(call("fsopen", b"tmpfs", 0))', only_root="only root may"),
    _ask("picking a mount", 'got(call("fspick", -100, b"/", 0))', only_root="only root may"),
    _ask(
        "moving a mount", 'got(call("move_mount", -1, b"", -1, b"", 0))', only_root="only root may"
    ),
    _ask(
        "the settings of a mount",
        'got(call("mount_setattr", -1, b"", 0x1000, address(bytes(32)), 32))',
        "call mount_setattr",
        only_root="only root may",
    ),
    _ask("what a mount is", 'got(call("statmount", 0, 0, 0, 0))', "call statmount"),
    _ask(
        "exchanging the root",
        'got(call("pivot_root", b"/nowhere", b"/nowhere"))',
        only_root="only root may",
    ),
    _ask("changing the root", 'got(call("chroot", b"/"))', only_root="only root may"),
)

_ITSELF = (
    _ask("its personality", 'got(call("personality", 0xFFFFFFFF))'),
    _ask("another personality", 'got(call("personality", 0x0040000))'),
    _ask(
        "a filter that allows everything",
        """
call("prctl", 38, 1, 0, 0, 0)
rule = (ctypes.c_uint64 * 1)(6 | 0x7FFF0000 << 32)
got(call("seccomp", 1, 0, address((ctypes.c_uint64 * 2)(1, address(rule)))))
""",
    ),
    _ask(
        "a filter by prctl",
        """
call("prctl", 38, 1, 0, 0, 0)
rule = (ctypes.c_uint64 * 1)(6 | 0x7FFF0000 << 32)
got(call("prctl", 22, 2, address((ctypes.c_uint64 * 2)(1, address(rule))), 0, 0))
""",
    ),
    _ask(
        "being told about calls by a filter",
        """
call("prctl", 38, 1, 0, 0, 0)
rule = (ctypes.c_uint64 * 1)(6 | 0x7FFF0000 << 32)
got(call("seccomp", 1, 8, address((ctypes.c_uint64 * 2)(1, address(rule)))))
""",
    ),
    _ask(
        "which filters there could be",
        'got(call("seccomp", 2, 0, address((ctypes.c_uint32 * 1)(0))))',
    ),
    _ask(
        "another lockdown",
        'got(call("landlock_create_ruleset", None, 0, 1))',
        "call landlock_create_ruleset",
    ),
    _ask(
        "a rule for the lockdown",
        'got(call("landlock_add_rule", -1, 1, None, 0))',
        "call landlock_create_ruleset",
    ),
    _ask(
        "locking down again",
        'call("prctl", 38, 1, 0, 0, 0)\ngot(call("landlock_restrict_self", -1, 0))',
        "call landlock_create_ruleset",
    ),
    _ask(
        "security labels", 'got(call("lsm_set_self_attr", 100, 0, 0, 0))', "call lsm_set_self_attr"
    ),
    *(
        _ask(f"prctl: {name}", f'got(call("prctl", {option}, {arguments}))')
        for name, option, arguments in (
            ("outliving the host", 1, "0, 0, 0, 0"),
            ("being dumped", 4, "1, 0, 0, 0"),
            ("being dumped, high bits", "1 << 32 | 4", "1, 0, 0, 0"),
            ("keeping capabilities", 8, "1, 0, 0, 0"),
            ("gathering orphans", 36, "1, 0, 0, 0"),
            ("an exact timer", 29, "1, 0, 0, 0"),
            ("its memory's map", 35, "15, address(bytes(8)), 0, 0"),
            ("early death in trouble", 33, "1, 1, 0, 0"),
            ("huge pages", 41, "1, 0, 0, 0"),
            ("speculation", 53, "0, 0, 0, 0"),
            ("redirected system calls", 59, "0, 0, 0, 0"),
            ("names of memory", 0x53564D41, "0, 0, 0, 0"),
            ("the time stamp counter", 26, "1, 0, 0, 0"),
        )
    ),
    _ask(
        "prctl: dropping a right", 'got(call("prctl", 24, 37, 0, 0, 0))', only_root="only root may"
    ),
    _ask(
        "rights",
        'got(call("capset", address((ctypes.c_uint32 * 2)(0x20080522)), address(bytes(24))))',
    ),
    _ask("its own user", 'got(call("setuid", os.getuid()))'),
    _ask("its own group", 'got(call("setgid", os.getgid()))'),
    _ask("its own users", 'got(call("setresuid", -1, -1, -1))'),
    _ask("its own groups", 'got(call("setgroups", 0, None))', only_root="only root may"),
    _ask("32-bit calls", "print(V.proof, old_call(20))", "x86_64", "32-bit calls"),
    _ask("x32 calls", 'got(call(0x40000000 | NR["getpid"]))', "x86_64", "x32 calls"),
    _ask("ports", 'got(call("iopl", 99))', "call iopl"),
    _ask("a port", 'got(call("ioperm", -1, 1, 0))', "call ioperm"),
)

_MACHINE = (
    _ask(
        "the host name",
        """
name = os.uname().nodename.encode()
got(call("sethostname", name, len(name)))
""",
        only_root="only root may",
    ),
    _ask("the domain name", 'got(call("setdomainname", None, 9999))', only_root="only root may"),
    _ask("the clock's state", 'got(call("adjtimex", address(bytes(208))))'),
    _ask("the clock's state, the new way", 'got(call("clock_adjtime", 0, address(bytes(208))))'),
    _ask("the clock", 'got(call("clock_settime", 1, address(bytes(16))))'),
    _ask("the time of day", 'got(call("settimeofday", address((ctypes.c_long * 2)(0, -1)), None))'),
    _ask("accounting", 'got(call("acct", b"/nowhere/at/all"))', only_root="only root may"),
    _ask("quotas", 'got(call("quotactl", -1, b"/nowhere", 0, None))', "call quotactl"),
    _ask(
        "the size of the kernel's log",
        'got(call("syslog", 10, None, 0))',
        only_root="only root may",
    ),
    _ask("swapping", 'got(call("swapon", b"/nowhere/at/all", 0))', only_root="only root may"),
    _ask("no swapping", 'got(call("swapoff", b"/nowhere/at/all"))', only_root="only root may"),
    _ask(
        "a restart, with the wrong password",
        'got(call("reboot", 0, 0, 0, None))',
        only_root="only root may",
    ),
    _ask(
        "a module",
        'got(call("init_module", None, 0, None))',
        "call init_module",
        only_root="only root may",
    ),
    _ask(
        "a module from a file",
        'got(call("finit_module", -1, None, 0))',
        "call finit_module",
        only_root="only root may",
    ),
    _ask(
        "no module",
        'got(call("delete_module", None, 0))',
        "call delete_module",
        only_root="only root may",
    ),
    _ask(
        "another kernel",
        'got(call("kexec_load", 0, 99999, None, 0))',
        "call kexec_load",
        only_root="only root may",
    ),
    _ask(
        "another kernel from a file",
        'got(call("kexec_file_load", -1, -1, 0, None, 0))',
        "call kexec_file_load",
        only_root="only root may",
    ),
)

_FDS = (
    _ask(
        "more fds than there may be",
        """
held = []
try:
    while len(held) < 200:
        held.append(os.dup(0))
except OSError as error:
    print(error)
if len(held) > 64:
    print(V.proof, len(held))
""",
    ),
    _ask("an fd of a high number", "print(V.proof, os.dup2(0, 900))"),
    _ask(
        "pipes larger than they are",
        "reading, writing = os.pipe(); got(call('fcntl', writing, 1031, 1 << 19))",
    ),
    _ask(
        "more memory in pipes than there are fds for",
        """
pipes, total = [], 0
try:
    while total < 8 << 20:
        reading, writing = os.pipe()
        pipes.append(reading)
        os.set_blocking(writing, False)
        total += os.write(writing, bytes(1 << 16))
        pipes.append(writing)
except OSError as error:
    print(error)
if total > 4 << 20:
    print(V.proof, total)
""",
    ),
    _ask("seals", 'got(call("fcntl", 1, 1033, 0))'),
    _ask("a hint about how long data lives", 'got(call("fcntl", 1, 1036, address(bytes(8))))'),
    _ask("who holds a lease, by a call with high bits", 'got(call("fcntl", 0, 1 << 32 | 1025, 0))'),
)

INTERFACES = (*_SUBSYSTEMS, *_NAMESPACES, *_ITSELF, *_MACHINE, *_FDS)
