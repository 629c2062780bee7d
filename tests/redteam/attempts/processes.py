"""Attempts to start processes: forks of every kind, programs, daemons."""

from __future__ import annotations

from tests.redteam.attempt import Attempt, Harm


def _start(name: str, source: str, *needs: str, unprovable: str = "") -> Attempt:
    return Attempt(name, Harm.ANSWER, source, needs=needs, unprovable=unprovable)


def _become(name: str, source: str) -> Attempt:
    """Return an attempt to run a program instead of the kernel.

    It keeps the control pipes: their end would be the kernel's before the program has said a word.
    """
    return _start(name, f"for fd in (3, 4): call('fcntl', fd, 2, 0)\n{source}")


_FORKS = (
    _start("os.fork", "tell_in(os.fork())"),
    _start("fork of the C library", "tell_in(libc.fork())"),
    _start("_Fork of the C library", "tell_in(libc._Fork())"),
    _start("the raw call fork", 'tell_in(call("fork"))', "x86_64"),
    _start("the raw call clone", 'tell_in(call("clone", 17, 0, 0, 0, 0))'),
    _start(
        "the raw call clone, flags with high bits",
        'tell_in(call("clone", 1 << 32 | 17, 0, 0, 0, 0))',
    ),
    _start(
        "the raw call clone3",
        """
arguments = (ctypes.c_uint64 * 11)()
arguments[4] = 17
tell_in(call("clone3", address(arguments), 88))
""",
        "call clone3",
    ),
    _start("vfork", 'os.waitpid(need(returns_twice("vfork")), 0)', "x86_64"),
    _start(
        "clone that shares memory, like vfork",
        'os.waitpid(need(returns_twice("clone", 0x4100 | 17)), 0)',
        "x86_64",
    ),
    _start(
        "clone that shares memory, files and folders",
        'os.waitpid(need(returns_twice("clone", 0x700 | 17, address(bytes(65536)) + 65000)), 0)',
        "x86_64",
    ),
    _start(
        "clone of a sibling",
        'print(need(returns_twice("clone", 0x8000 | 17))); time.sleep(0.2)',
        "x86_64",
    ),
    _start(
        "clone into a user namespace",
        'os.waitpid(need(returns_twice("clone", 0x10000000 | 17)), 0)',
        "x86_64",
        "user namespaces",
    ),
    _start(
        "clone into a user and a process namespace",
        'os.waitpid(need(returns_twice("clone", 0x30000000 | 17)), 0)',
        "x86_64",
        "user namespaces",
    ),
    _start(
        "clone with an fd for the process",
        """
fd = ctypes.c_int()
os.waitpid(need(returns_twice("clone", 0x1000 | 17, 0, address(fd))), 0)
""",
        "x86_64",
    ),
    _start(
        "clone of a thread without the flags of the C library",
        """
need(returns_twice("clone", 0x10F00, address(bytes(65536)) + 65000))
time.sleep(0.2)
""",
        "x86_64",
    ),
    _start("32-bit fork", "tell_in(old_call(2))", "x86_64", "32-bit calls"),
    _start("x32 fork", 'tell_in(call(0x40000000 | NR["fork"]))', "x86_64", "x32 calls"),
    _start(
        "os.forkpty",
        """
child, terminal = os.forkpty()
if child == 0:
    os.write(1, V.proof.encode())
    os._exit(0)
print(os.read(terminal, 100))
""",
    ),
    _start(
        "daemon",
        """
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, f"{V.proof} as a daemon".encode())
        os.write(writing, b"+")
    os._exit(0)
os.read(reading, 1)
""",
    ),
    Attempt(
        "a daemon that outlives the run",
        Harm.PROCESS,
        """
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writing, b"+")
        os.closerange(0, 64)
        time.sleep(5)
    os._exit(0)
os.read(reading, 1)
""",
    ),
    _start(
        "a session of its own", "got(os.setsid())", unprovable="a kernel leads its session already"
    ),
    _start(
        "another process group",
        "os.setpgid(0, os.getpgid(os.getppid())); print(V.proof)",
        unprovable="a kernel leads its session, and so must stay in its group",
    ),
)

_SAY = "['/bin/echo', V.proof]"

_PROGRAMS = (
    _become("execv", f"os.execv('/bin/echo', {_SAY})"),
    _become(
        "execve of the interpreter",
        "import sys\nos.execv(sys.executable, ['python', '-c', f'print({V.proof!r})'])",
    ),
    _become(
        "the raw call execve",
        """
words = address((ctypes.c_char_p * 3)(b"echo", V.proof.encode(), None))
need(call("execve", b"/bin/echo", words, None))
""",
    ),
    _become(
        "the raw call execveat",
        """
words = address((ctypes.c_char_p * 3)(b"echo", V.proof.encode(), None))
need(call("execveat", os.open("/bin/echo", os.O_PATH), b"", words, None, 0x1000))
""",
    ),
    _become("fexecve", "os.execve(os.open('/bin/echo', os.O_RDONLY), " + _SAY + ", {})"),
    _become(
        "a program made in memory",
        """
program = os.memfd_create("program")
os.write(program, b"#!/bin/sh\\necho $1\\n")
os.set_inheritable(program, True)
os.execve(program, ["program", V.proof], {})
""",
    ),
    _become(
        "a program given to the loader",
        """
loader = next(line.split()[-1] for line in open("/proc/self/maps") if "/ld-" in line)
os.execv(loader, [loader, "/bin/echo", V.proof])
""",
    ),
    _start("os.posix_spawn", f"os.waitpid(os.posix_spawn('/bin/echo', {_SAY}, {{}}), 0)"),
    _start("os.posix_spawnp", f"os.waitpid(os.posix_spawnp('echo', {_SAY}, os.environ), 0)"),
    _start("os.spawnv", f"os.spawnv(os.P_WAIT, '/bin/echo', {_SAY})"),
    _start("os.system", "os.system(f'echo {V.proof}')"),
    _start("os.popen", "print(os.popen(f'echo {V.proof}').read())"),
    _start("subprocess", f"import subprocess\nsubprocess.run({_SAY})"),
    _start(
        "subprocess by a shell", "import subprocess\nsubprocess.run(f'echo {V.proof}', shell=True)"
    ),
    _start(
        "subprocess without vfork",
        f"import subprocess\nsubprocess._USE_VFORK = False\nsubprocess.run({_SAY})",
    ),
    _start(
        "asyncio",
        """
import asyncio
async def main():
    process = await asyncio.create_subprocess_exec("/bin/echo", V.proof)
    await process.wait()
asyncio.run(main())
""",
    ),
    _start("system of the C library", "libc.system(f'echo {V.proof}'.encode())"),
    _start(
        "popen of the C library",
        """
libc.popen.restype = ctypes.c_void_p
pipe = libc.popen(f"echo {V.proof} >&2".encode(), b"r")
libc.pclose(ctypes.c_void_p(pipe))
""",
    ),
    _start(
        "wordexp of the C library",
        """
found = (ctypes.c_void_p * 3)()
libc.wordexp(b"$(echo %s)" % V.proof.encode(), found, 0)
print(ctypes.cast(found[1], ctypes.POINTER(ctypes.c_char_p))[0] if found[1] else None)
""",
    ),
    _start("pty.spawn", "import pty\npty.spawn(['/bin/echo', V.proof])"),
)

_POOLS = (
    _start(
        "multiprocessing, forked",
        """
import multiprocessing
context = multiprocessing.get_context("fork")
child = context.Process(target=lambda: print(V.proof, "in a child", flush=True))
child.start()
child.join()
""",
    ),
    _start(
        "multiprocessing, spawned",
        """
import __main__, multiprocessing
del __main__.__file__  # it is no file
context = multiprocessing.get_context("spawn")
child = context.Process(target=os.write, args=(1, V.proof.encode()))
child.start()
child.join()
""",
    ),
    _start(
        "multiprocessing, from a server",
        """
import __main__, multiprocessing
del __main__.__file__  # it is no file
context = multiprocessing.get_context("forkserver")
child = context.Process(target=os.write, args=(1, V.proof.encode()))
child.start()
child.join()
""",
    ),
    _start(
        "concurrent.futures",
        """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
    pool.submit(os.write, 1, V.proof.encode()).result()
""",
    ),
)

PROCESSES = (*_FORKS, *_PROGRAMS, *_POOLS)
