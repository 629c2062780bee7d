"""What stands in front of every attack: raw system calls, and how it tells that it got through.

Its text runs inside the kernel, so the standard library is all it may use. The victims' keeper
imports it for the system calls. An attack tells of success by printing `V.proof`.
"""

from __future__ import annotations

import ctypes
import errno
import mmap  # noqa: F401 - for the attacks
import os
import select
import time
from types import SimpleNamespace
from typing import Any

V: Any = SimpleNamespace()
"""The facts about the victim; the harness fills them in."""

MACHINE = os.uname().machine

# x86_64 and aarch64; -1 where there is no such call. From 424 on they are the same everywhere.
_NUMBERS = """
open 2 -1  creat 85 -1  openat 257 56  openat2 437 437  open_tree 428 428  readlink 89 -1
readlinkat 267 78  getdents64 217 61  name_to_handle_at 303 264  open_by_handle_at 304 265
renameat2 316 276  fallocate 285 47  utime 132 -1  utimes 235 -1  futimesat 261 -1
fchmodat2 452 452  setxattr 188 5  setxattrat 463 463  file_setattr 469 469  memfd_create 319 279
memfd_secret 447 447  fork 57 -1  vfork 58 -1  clone 56 220  clone3 435 435  execve 59 221
execveat 322 281  kill 62 129  tkill 200 130  tgkill 234 131  rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240  pidfd_open 434 434  pidfd_send_signal 424 424  pidfd_getfd 438 438
ptrace 101 117  process_vm_readv 310 270  process_vm_writev 311 271  process_madvise 440 440
process_mrelease 448 448  prlimit64 302 261  sched_setattr 314 274  ioprio_set 251 30
ioprio_get 252 31  migrate_pages 256 238  move_pages 279 239  kcmp 312 272
get_robust_list 274 100  perf_event_open 298 241  bpf 321 280  userfaultfd 323 282  keyctl 250 219
add_key 248 217  request_key 249 218  io_uring_setup 425 425  io_uring_enter 426 426
io_uring_register 427 427  mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51
unshare 272 97  setns 308 268  fsopen 430 430  fspick 433 433  move_mount 429 429
mount_setattr 442 442  statmount 457 457  listmount 458 458  init_module 175 105
finit_module 313 273  delete_module 176 106  kexec_load 246 104  kexec_file_load 320 294
personality 135 92  seccomp 317 277  prctl 157 167  landlock_create_ruleset 444 444
landlock_add_rule 445 445  landlock_restrict_self 446 446  capset 126 91  setuid 105 146
setgid 106 144  setgroups 116 159  setresuid 117 147  sethostname 170 161  setdomainname 171 162
adjtimex 159 171  clock_adjtime 305 266  clock_settime 227 112  settimeofday 164 170  acct 163 89
quotactl 179 60  syslog 103 116  swapon 167 224  swapoff 168 225  reboot 169 142  iopl 172 -1
ioperm 173 -1  modify_ldt 154 -1  lookup_dcookie 212 18  vhangup 153 58  timer_create 222 107
mlockall 151 230  set_mempolicy 238 237  fanotify_init 300 262  inotify_init1 294 26
inotify_add_watch 254 27  remap_file_pages 216 234  lsm_set_self_attr 460 460
map_shadow_stack 453 453  cachestat 451 451  futex_waitv 449 449  mseal 462 462
pkey_alloc 330 289  ioctl 16 29  fcntl 72 25  socketpair 53 199  socket 41 198  connect 42 203
bind 49 200  sendmmsg 307 269  ustat 136 -1  mlock 149 228  uselib 134 -1  mq_open 240 180
mq_timedsend 242 182  mq_getsetattr 245 185  mq_unlink 241 181  getpid 39 172
"""
_WORDS = _NUMBERS.split()
_COLUMN = 2 if MACHINE == "aarch64" else 1
NR = {_WORDS[at]: int(_WORDS[at + _COLUMN]) for at in range(0, len(_WORDS), 3)}

REFUSALS = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS})
"""Answers of a lockdown. Any other comes from the implementation of what was asked."""

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(name: str | int, *arguments: Any) -> int:
    """Make a raw system call.

    Returns:
        Its value, or the negative error number.
    """
    number = NR[name] if isinstance(name, str) else name
    if number < 0:
        return -errno.ENOSYS
    value: int = libc.syscall(ctypes.c_long(number), *map(_word, arguments))
    return -ctypes.get_errno() if value == -1 else value


def _word(argument: Any) -> Any:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    if argument is None or isinstance(argument, bytes):
        return ctypes.c_char_p(argument)
    return argument


def got(answer: int) -> None:
    """Tell of success when a system call was answered by its implementation."""
    if answer >= 0 or -answer not in REFUSALS:
        print(V.proof, answer)
    else:
        print("refused", errno.errorcode[-answer])


def need(answer: int) -> int:
    """Return the answer of a call that only prepares something; raise when it failed."""
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return answer


def tell_in(child: int) -> None:
    """Behind a fork: the child prints the proof and leaves, the parent waits for it."""
    if child == 0:
        os.write(1, f"{V.proof} in a child\n".encode())
        os._exit(0)
    os.waitpid(need(child), 0)


def wait_seen() -> None:
    """Hold still until the victim has seen what was done to it: it then makes a file."""
    end = time.monotonic() + 3
    while time.monotonic() < end and not os.access(V.seen, os.F_OK):
        time.sleep(0.005)


def wait_end(pid: int) -> None:
    """Hold still until a process has ended, which may take it a moment."""
    poll = select.poll()
    poll.register(os.pidfd_open(pid), select.POLLIN)
    poll.poll(3000)


_kept: list[Any] = []


def address(data: bytes | Any) -> int:
    """Return where the data, or a copy of the bytes, lies; it stays there."""
    held = ctypes.create_string_buffer(data) if isinstance(data, bytes) else data
    _kept.append(held)
    return ctypes.addressof(held)


def iovec(where: int, size: int) -> int:
    """Return the address of a `struct iovec`."""
    return address((ctypes.c_ulong * 2)(where, size))
