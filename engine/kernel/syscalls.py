"""The sandbox's system calls: which a script's process may make, with what arguments, and why.

Owns the policy as tables for a reviewer to read; `seccomp` turns them into the kernel's filter.
No code that decides anything may come in here. What stands in none of the tables is refused with
EPERM, or with ENOSYS when it is newer than `NEWEST_REVIEWED`.

The policy assumes the rest of the lockdown: files are Landlock's business, amounts (memory, time,
threads, fds) are the resource limits', and the process starts with no fd but its own pipes and the
socket on which the host hands memory over.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from engine.child.buffers import MEMORY_IN, RECEIVING
from engine.kernel.syscall_checks import (
    Rule,
    all_of,
    any_of,
    is_null,
    is_self,
    one_of,
    only,
    whole,
    without,
)

NEWEST_REVIEWED = 450
"""The highest number that was looked at: set_mempolicy_home_node, Linux 5.17.

What came later gets ENOSYS, as from an older kernel: C libraries try the new call first and fall
back to the old one for no other error.
"""

ALLOWED: Mapping[str, tuple[str, ...]] = {
    # On fds that the process has; all it can get are its pipes, files opened for reading, and
    # pipes, socket pairs, timers, events and epolls between its own threads.
    "reading and writing": (
        *("read", "readv", "pread64", "preadv", "preadv2"),
        *("write", "writev", "pwrite64", "pwritev", "pwritev2"),
        *("lseek", "close", "close_range", "dup", "dup2", "dup3"),
    ),
    # Metadata of any path: Landlock does not cover it. Existence, size and time stay visible.
    "looking at files": (
        *("stat", "lstat", "fstat", "newfstatat", "statx"),
        *("access", "faccessat", "faccessat2"),
        *("getdents", "getdents64", "getcwd"),
    ),
    # Executable memory included: extension modules are mapped that way. Native code gains nothing
    # that Python has not: this filter judges both.
    "memory": (
        *("mmap", "munmap", "mremap", "mprotect", "brk"),
        *("madvise", "msync", "mincore"),
    ),
    # Those that receive. Sending is by argument, below.
    "signals": (
        *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending"),
        *("rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "pause", "restart_syscall"),
    ),
    # Starting one is `clone`, below.
    "threads": (
        *("futex", "set_robust_list", "set_tid_address", "rseq", "membarrier"),
        *("sched_yield", "sched_getaffinity", "getcpu", "gettid"),
    ),
    "who and where it is": (
        *("getpid", "getppid", "getpgrp", "getgroups"),
        *("getuid", "geteuid", "getresuid", "getgid", "getegid", "getresgid"),
        *("getrlimit", "getrusage", "times", "sysinfo", "uname", "getrandom"),
    ),
    "time": (
        *("time", "gettimeofday", "clock_gettime", "clock_getres"),
        *("nanosleep", "clock_nanosleep"),
        # Their signals (ALRM, VTALRM, PROF) go to the process itself.
        *("alarm", "setitimer", "getitimer"),
        *("timerfd_create", "timerfd_settime", "timerfd_gettime"),
    ),
    "waiting for fds": (
        *("poll", "ppoll", "select", "pselect6"),
        *("epoll_create", "epoll_create1", "epoll_ctl"),
        *("epoll_wait", "epoll_pwait", "epoll_pwait2"),
        *("eventfd", "eventfd2", "pipe", "pipe2"),
    ),
    # Of socket pairs, which asyncio wakes itself with: there are no other sockets.
    "socket pairs": ("shutdown", "getsockname", "getpeername"),
    # There are no children, so waiting says ECHILD, which programs understand.
    "the end": ("exit", "exit_group", "wait4", "waitid"),
}
"""Allowed whatever the arguments are, by purpose."""

_O_NOCTTY = 0o400
_O_NONBLOCK = 0o4000
_O_ASYNC = 0o20000
_O_CLOEXEC = 0o2000000
# In turn: O_LARGEFILE, O_DIRECTORY, O_NOFOLLOW. On aarch64, x86_64's O_DIRECTORY is O_DIRECT.
_READING_X86_64 = _O_NOCTTY | _O_NONBLOCK | _O_CLOEXEC | 0o100000 | 0o200000 | 0o400000
_READING_AARCH64 = _O_NOCTTY | _O_NONBLOCK | _O_CLOEXEC | 0o400000 | 0o40000 | 0o100000

# All that opens for reading and nothing besides: what is not in the mask (O_WRONLY, O_RDWR,
# O_CREAT, O_TRUNC, O_APPEND, O_TMPFILE, and whatever a later kernel invents) is refused. O_PATH is
# out because such fds are keys to other calls, not to data; O_NOATIME because it hides a reading.
# Landlock refuses writing too: two locks on the door that matters most.
OPENING: Mapping[str, Mapping[str, Rule]] = {
    "x86_64": {
        "open": all_of(only(1, _READING_X86_64)),
        "openat": all_of(only(2, _READING_X86_64)),
    },
    # It has no `open`.
    "aarch64": {"openat": all_of(only(2, _READING_AARCH64))},
}
"""How files may be opened, by machine, since flags differ. Part of what is allowed by argument."""

# From linux/fcntl.h, for `fcntl`.
_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL = 0, 1, 2, 3, 4
_F_DUPFD_CLOEXEC, _F_GETPIPE_SZ, _F_GET_SEALS = 1030, 1032, 1034

# From asm-generic/ioctls.h.
_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO = 0x5401, 0x5413, 0x541B, 0x5421
_FIONCLEX, _FIOCLEX = 0x5450, 0x5451

# From linux/socket.h and asm-generic/socket.h.
_AF_UNIX, _SOCK_STREAM = 1, 1
_SOL_SOCKET, _SO_TYPE, _SO_ERROR, _SO_PROTOCOL, _SO_DOMAIN = 1, 3, 4, 38, 39
_MSG_OOB = 0x1

# From linux/prctl.h.
_PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_NAME, _PR_GET_NAME = 2, 3, 15, 16
_PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS = 21, 39

# VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID: all shared.
_PTHREAD_OF_GLIBC = 0x3D0F00
# The same with DETACHED, which means nothing any more.
_PTHREAD_OF_MUSL = 0x7D0F00

BY_ARGUMENT: Mapping[str, Rule] = {
    # A thread and nothing else: no process (fork), no namespace, no signal of choice at its end.
    "clone": any_of(all_of(whole(0, _PTHREAD_OF_GLIBC)), all_of(whole(0, _PTHREAD_OF_MUSL))),
    # `raise` and `abort` need them. Not 0 (the whole group) and nothing negative (other groups,
    # or everyone), though these may mean this process too.
    "kill": all_of(is_self(0)),
    "tgkill": all_of(is_self(0)),
    # aarch64 has no getpgrp and asks this instead. Of others it is not asked.
    "getpgid": all_of(one_of(0, 0)),
    # Reading its own limits. Writing could lift soft limits; on others it is an attack, and root
    # could lift theirs.
    "prlimit64": any_of(all_of(one_of(0, 0), is_null(2)), all_of(is_self(0), is_null(2))),
    # Not F_SETOWN with F_SETSIG: an fd that becomes ready then sends any signal to any process of
    # the user; in a test it killed one. Not F_SETFL with O_ASYNC, which starts that. Not locks,
    # leases and F_NOTIFY, which others feel; not F_SETPIPE_SZ, which takes the user's pipe pages.
    "fcntl": any_of(
        all_of(
            one_of(
                1,
                *(_F_DUPFD, _F_DUPFD_CLOEXEC, _F_GETFD, _F_SETFD, _F_GETFL),
                *(_F_GETPIPE_SZ, _F_GET_SEALS),
            )
        ),
        all_of(one_of(1, _F_SETFL), without(2, _O_ASYNC)),
    ),
    # What `isatty`, `set_blocking`, `set_inheritable` and the size of a terminal need. Not TIOCSTI
    # (types into a terminal), not FIOASYNC, FIOSETOWN and SIOCSPGRP (F_SETOWN by another name).
    "ioctl": all_of(one_of(1, _TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX)),
    # asyncio's own alarm. Stream only: what is written to a datagram pair has borders and senders.
    # The protocol is 0, so no other family's code is reached.
    "socketpair": all_of(
        one_of(0, _AF_UNIX),
        one_of(
            1,
            *(_SOCK_STREAM, _SOCK_STREAM | _O_NONBLOCK),  # SOCK_NONBLOCK is O_NONBLOCK,
            *(_SOCK_STREAM | _O_CLOEXEC, _SOCK_STREAM | _O_CLOEXEC | _O_NONBLOCK),  # as CLOEXEC is
        ),
        one_of(2, 0),
    ),
    # What `socket.send` and `recv` are. Without an address: no socket outside can be named.
    # Without out-of-band data, in either direction: code of the kernel that nobody needs, with a
    # history of holes.
    "sendto": all_of(without(3, _MSG_OOB), is_null(4)),
    "recvfrom": all_of(without(3, _MSG_OOB)),
    # The memory of buffers comes as fds. On the one socket on which the host sends them: another
    # put in its place is one of the script's own pairs, on which nobody can send any. In the one
    # way that this takes: not MSG_PEEK, which copies fds, nor MSG_OOB. Sending stays out.
    "recvmsg": all_of(one_of(0, MEMORY_IN), one_of(2, RECEIVING)),
    # What `socket.socket(fileno=...)` asks. Not SO_PEERPIDFD: a pidfd of the other side is a
    # handle for signals. Not SO_PEERCRED, SO_PEERGROUPS: none of its business.
    "getsockopt": all_of(
        one_of(1, _SOL_SOCKET), one_of(2, _SO_TYPE, _SO_ERROR, _SO_PROTOCOL, _SO_DOMAIN)
    ),
    # Names of threads, and whether the locks hold: a script may know. Everything that sets anything
    # else stays out: PR_SET_DUMPABLE and PR_SET_PTRACER (who may look in), PR_SET_PDEATHSIG (who
    # sees to its end), PR_SET_SECCOMP, PR_SET_MM, PR_SET_CHILD_SUBREAPER, capabilities. So does
    # PR_SET_VMA, by which newer C libraries name their memory: it fails on many kernels anyway.
    "prctl": all_of(
        one_of(
            0,
            *(_PR_SET_NAME, _PR_GET_NAME, _PR_GET_PDEATHSIG, _PR_GET_DUMPABLE),
            *(_PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS),
        )
    ),
}
"""Allowed when the arguments, counted from 0, are as the rule says; else EPERM."""

# From asm-generic/resource.h and linux/seccomp.h.
_RLIMIT_CPU, _RLIMIT_NPROC, _RLIMIT_AS = 0, 6, 9
_SECCOMP_SET_MODE_FILTER = 1

UNTIL_SEALED: Mapping[str, Rule] = {
    # Memory, CPU time and threads differ from run to run, so they are set when a kernel is handed
    # its script. Of itself only, and no other limit.
    "prlimit64": all_of(one_of(0, 0), one_of(1, _RLIMIT_CPU, _RLIMIT_NPROC, _RLIMIT_AS)),
    # The seal itself: one more filter, which can but take away.
    "seccomp": all_of(one_of(0, _SECCOMP_SET_MODE_FILTER)),
}
"""Allowed besides while no script is there; the seal, a filter of its own, takes it away again."""

ANSWERED: Mapping[str, int] = {
    # Its flags lie in memory, which a filter cannot read. glibc falls back to `clone`.
    "clone3": errno.ENOSYS,
    # Likewise; programs fall back to `openat`.
    "openat2": errno.ENOSYS,
    # They do what is refused here on the side, past the filter. Programs fall back to epoll.
    "io_uring_setup": errno.ENOSYS,
    "io_uring_enter": errno.ENOSYS,
    "io_uring_register": errno.ENOSYS,
    # Programs fall back to `futex`.
    "futex_waitv": errno.ENOSYS,
    # "Is no symbolic link": the C library's `realpath` asks it of every part of a path, and works
    # on with this answer. So does Python's own from 3.13 on; before, it fails where a part is a
    # link, and only there. Where links point, in /proc above all, is not for a script.
    "readlink": errno.EINVAL,
    "readlinkat": errno.EINVAL,
}
"""Refused with an error that lets programs take another way, where EPERM would make them fail."""

DENIED_ON_PURPOSE: Mapping[str, tuple[str, ...]] = {
    # Taking those that the host gives is `recvmsg`, above.
    "they pass fds, also to and from other processes": (
        *("sendmsg", "sendmmsg", "recvmmsg", "pidfd_getfd"),
    ),
    "the network, and sockets of others (agents, X, containers) on this machine": (
        *("socket", "connect", "bind", "listen", "accept", "accept4", "setsockopt"),
    ),
    "processes: what outlives a run, and programs that are not ours to start": (
        *("fork", "vfork", "execve", "execveat", "unshare", "setns"),
        *("setsid", "setpgid"),
    ),
    "signals to others; a thread's id alone does not say whose thread it is": (
        *("tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal"),
    ),
    "they look into other processes, or change them": (
        *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp"),
        *("process_mrelease", "migrate_pages", "move_pages", "get_robust_list"),
    ),
    "priorities and limits, of itself and of others": (
        *("setrlimit", "setpriority", "sched_setaffinity", "sched_setscheduler"),
        *("sched_setparam", "sched_setattr", "ioprio_set"),
    ),
    "Landlock does not cover them: mode, owner, times and attributes of any file of the user": (
        *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
        *("utime", "utimes", "utimensat", "futimesat"),
        *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
        *("removexattr", "lremovexattr", "fremovexattr", "removexattrat", "file_setattr"),
    ),
    "others wait for locks on files": ("flock",),
    "they write: the second lock behind Landlock": (
        *("creat", "truncate", "ftruncate", "fallocate", "rename", "renameat", "renameat2"),
        *("unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat"),
        *("link", "linkat", "symlink", "symlinkat", "sync", "syncfs"),
    ),
    "they open, or lead elsewhere, past the rule for openat": (
        *("open_by_handle_at", "name_to_handle_at", "open_tree", "fsopen", "fspick"),
        *("chdir", "fchdir", "chroot", "pivot_root", "mount", "umount2", "move_mount"),
    ),
    "memory that is no process's own: hidden, shared, or left behind": (
        *("memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "shmdt"),
        *("semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl"),
        *("mq_open", "mq_unlink", "mq_notify", "mlock", "mlock2", "mlockall"),
    ),
    "keys of the user's session": ("add_key", "request_key", "keyctl"),
    "they tell what others do with files": (
        *("inotify_init", "inotify_init1", "inotify_add_watch"),
        *("fanotify_init", "fanotify_mark"),
    ),
    "kernel code that Python does not need and that has had holes": (
        *("bpf", "perf_event_open", "userfaultfd", "io_setup", "io_submit", "timer_create"),
        *("vmsplice", "splice", "tee", "sendfile", "copy_file_range", "remap_file_pages"),
        *("modify_ldt", "set_mempolicy"),
        "mbind",  # OpenBLAS asks for it, and goes on without
    ),
    "identity and rights": (
        *("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid"),
        *("setgroups", "setfsuid", "setfsgid", "capset"),
    ),
    "the locks themselves, and those of the memory": (
        *("seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"),
        *("personality", "arch_prctl", "map_shadow_stack", "pkey_mprotect"),
    ),
    "the machine": (
        *("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "sethostname"),
        *("reboot", "kexec_load", "init_module", "finit_module", "delete_module"),
        *("swapon", "acct", "quotactl", "syslog", "iopl", "ioperm"),
    ),
}
"""Easily forgotten, or missed by someone some day: reasons and names. None may enter a table above.

Nothing reads it but the reviewer and the tests: what is in no table is refused anyway.
"""
