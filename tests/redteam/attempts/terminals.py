"""Attempts on terminals: typing into them, writing on them, setting them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.redteam.attempt import Attempt, Harm, Who

_TYPE = 'need(call("ioctl", fd, {}0x5412, b"!"))'


def _hurt(name: str, source: str, *needs: str, unprovable: str | Mapping[Who, str] = "") -> Attempt:
    return Attempt(
        name,
        Harm.VICTIM,
        source,
        "terminal",
        needs,
        unprovable=unprovable,
    )


TERMINALS = (
    _hurt("escape sequences", 'os.write(os.open(V.terminal, os.O_WRONLY), b"\\x1b]0;harm\\x07")'),
    _hurt(
        "escape sequences, without becoming the controlling terminal",
        'os.write(os.open(V.terminal, os.O_WRONLY | os.O_NOCTTY), b"\\x1b[2J")',
    ),
    _hurt(
        "typing into it, as the controlling terminal of a session",
        """
if (child := os.fork()) == 0:
    os.setsid()
    fd = os.open(V.terminal, os.O_RDWR)
    for key in b"harm\\n":
        need(call("ioctl", fd, 0x5412, bytes([key])))
    os._exit(0)
os.waitpid(child, 0)
""",
        "terminal injection",
    ),
    _hurt(
        "typing into it",
        "fd = os.open(V.terminal, os.O_RDWR)\n" + _TYPE.format(""),
        "terminal injection",
        unprovable={"user": "only root may type into terminals of others"},
    ),
    _hurt(
        "typing into it, a request with high bits",
        "fd = os.open(V.terminal, os.O_RDWR)\n" + _TYPE.format("1 << 32 | "),
        "terminal injection",
        unprovable={"user": "only root may type into terminals of others"},
    ),
    Attempt(
        "typing into the host's terminal",
        Harm.HOST,
        "fd = os.open(V.host_terminal, os.O_RDWR)\n" + _TYPE.format(""),
        needs=("terminal injection",),
        unprovable={"user": "only root may type into terminals of others"},
        is_followed=True,
    ),
    Attempt(
        "typing ^C into the host's terminal",
        Harm.HOST,
        'need(call("ioctl", os.open(V.host_terminal, os.O_RDWR), 0x5412, b"\\3"))',
        needs=("terminal injection",),
        unprovable={"user": "only root may type into terminals of others"},
        is_followed=True,
    ),
    Attempt(
        "typing into its own terminal",
        Harm.HOST,
        "fd = os.open('/dev/tty', os.O_RDWR)\n" + _TYPE.format(""),
        unprovable="a kernel has a session of its own, without a terminal, locked or not",
    ),
    Attempt(
        "typing into what it inherited",
        Harm.HOST,
        """
for fd in range(64):
    call("ioctl", fd, 0x5412, b"!")
""",
        unprovable="a kernel inherits no terminal, locked or not",
    ),
    Attempt(
        "writing on the host's terminal",
        Harm.HOST,
        'os.write(os.open(V.host_terminal, os.O_WRONLY), b"\\x1b[2J")',
    ),
    Attempt(
        "writing on the host's terminal through its fds",
        Harm.HOST,
        """
for name in os.listdir(f"/proc/{V.host}/fd"):
    if os.readlink(f"/proc/{V.host}/fd/{name}") == V.host_terminal:
        os.write(os.open(f"/proc/{V.host}/fd/{name}", os.O_WRONLY), b"harm")
""",
    ),
    Attempt(
        "the size of the host's terminal",
        Harm.HOST,
        """
import fcntl, termios
fcntl.ioctl(os.open(V.host_terminal, os.O_RDWR), termios.TIOCSWINSZ, bytes([9, 0] * 4))
""",
    ),
    _hurt(
        "its size",
        """
import fcntl, termios
fcntl.ioctl(os.open(V.terminal, os.O_RDWR), termios.TIOCSWINSZ, bytes([9, 0] * 4))
""",
    ),
    _hurt("raw mode", "import tty; tty.setraw(os.open(V.terminal, os.O_RDWR))"),
    _hurt(
        "another line discipline",
        """
import fcntl, termios
line = (27).to_bytes(4, "little")
fcntl.ioctl(os.open(V.terminal, os.O_RDWR), termios.TIOCSETD, line)
""",
        unprovable={"user": "only root may load a line discipline"},
    ),
    _hurt(
        "keeping others out",
        """
import fcntl, termios
fd = os.open(V.terminal, os.O_RDWR)
fcntl.ioctl(fd, termios.TIOCEXCL)
""",
    ),
    Attempt(
        "taking it as a controlling terminal",
        Harm.ANSWER,
        """
if (child := os.fork()) == 0:
    os.setsid()
    fd = os.open(V.terminal, os.O_RDWR | os.O_NOCTTY)
    got(call("ioctl", fd, 0x540E, 0))
    import sys
    sys.stdout.flush()
    os._exit(0)
os.waitpid(child, 0)
""",
        "terminal",
    ),
    Attempt(
        "taking it from its session by force",
        Harm.ANSWER,
        'fd = os.open(V.host_terminal, os.O_RDWR | os.O_NOCTTY); got(call("ioctl", fd, 0x540E, 1))',
        unprovable={
            "user": "only root may steal a terminal",
            "root": "it would take the host's own terminal, and only a session's leader may",
        },
    ),
    Attempt("a terminal of its own", Harm.ANSWER, "print(V.proof, os.openpty())"),
    Attempt("the multiplexer", Harm.ANSWER, "print(V.proof, os.open('/dev/ptmx', os.O_RDWR))"),
    Attempt(
        "a request to something that is no terminal",
        Harm.ANSWER,
        'got(call("ioctl", 1, 0x5412, b"!"))',
    ),
    Attempt(
        "hanging up",
        Harm.ANSWER,
        'got(call("vhangup"))',
        unprovable={"user": "only root may hang up"},
    ),
)
