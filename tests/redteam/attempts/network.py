"""Attempts to reach others: sockets of every family, and tricks with pairs of sockets."""

from __future__ import annotations

from collections.abc import Mapping

from tests.redteam.attempt import Attempt, Harm, Who


def _reach(name: str, source: str, *needs: str) -> Attempt:
    return Attempt(name, Harm.VICTIM, f"import socket\n{source}", "listeners", needs)


def _socket(
    name: str, arguments: str, *needs: str, unprovable: str | Mapping[Who, str] = ""
) -> Attempt:
    return Attempt(
        f"a socket: {name}",
        Harm.ANSWER,
        f"import socket\nprint(V.proof, socket.socket({arguments}))",
        needs=needs,
        unprovable=unprovable,
    )


_REACHES = (
    _reach("TCP", 'socket.create_connection(("127.0.0.1", V.tcp4))'),
    _reach("TCP over IPv6", 'socket.create_connection(("::1", V.tcp6))', "ipv6"),
    _reach("UDP", 'socket.socket(type=socket.SOCK_DGRAM).sendto(b"harm", ("127.0.0.1", V.udp4))'),
    _reach(
        "UDP, connected",
        """
out = socket.socket(type=socket.SOCK_DGRAM)
out.connect(("127.0.0.1", V.udp4))
out.send(b"harm")
""",
    ),
    _reach(
        "UDP over IPv6",
        'socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"harm", ("::1", V.udp6))',
        "ipv6",
    ),
    _reach("a UNIX socket by path", "socket.socket(socket.AF_UNIX).connect(V.path_stream)"),
    _reach("an abstract UNIX socket", "socket.socket(socket.AF_UNIX).connect(V.abstract_stream)"),
    _reach(
        "a UNIX datagram by path",
        'socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"harm", V.path_datagram)',
    ),
    _reach(
        "an abstract UNIX datagram",
        'socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"harm", V.abstract_datagram)',
    ),
    _reach(
        "multipath TCP",
        """
out = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
out.connect(("127.0.0.1", V.tcp4))
""",
        "mptcp",
    ),
    _reach(
        "TCP Fast Open",
        'socket.socket().sendto(b"harm", 0x20000000, ("127.0.0.1", V.tcp4))',
    ),
    _reach(
        "giving an fd away",
        """
out = socket.socket(socket.AF_UNIX)
out.connect(V.path_stream)
socket.send_fds(out, [b"harm"], [0])
""",
    ),
    _reach(
        "raw calls",
        """
out = need(call("socket", 2, 1, 0))
where = b"\\2\\0" + V.tcp4.to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8)
need(call("connect", out, where, 16))
""",
    ),
    _reach(
        "a raw call with high bits",
        """
out = need(call("socket", 1 << 32 | 2, 1 << 32 | 1, 1 << 32))
where = b"\\2\\0" + V.tcp4.to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8)
need(call("connect", out, where, 16))
""",
    ),
    _reach(
        "io_uring",
        """
ring = Ring()
out = need(ring.do(45, 2, offset=1))
where = b"\\2\\0" + V.tcp4.to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8)
need(ring.do(16, out, offset=16, where=address(where)))
""",
        "io_uring",
    ),
    _reach(
        "32-bit calls",
        """
words = b"".join(n.to_bytes(4, "little") for n in (2, 1, 0))
out = need(old_call(102, 1, low_memory(words)))
where = low_memory(b"\\2\\0" + V.tcp4.to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8))
words = b"".join(n.to_bytes(4, "little") for n in (out, where, 16))
need(old_call(102, 3, low_memory(words)))
""",
        "x86_64",
        "32-bit calls",
    ),
    _reach(
        "asyncio",
        """
import asyncio
asyncio.run(asyncio.wait_for(asyncio.open_connection("127.0.0.1", V.tcp4), 1))
""",
    ),
    _reach(
        "urllib",
        """
import urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{V.tcp4}/", timeout=0.2)
""",
    ),
    _reach(
        "http.client",
        """
import http.client
http.client.HTTPConnection("127.0.0.1", V.tcp4, timeout=0.2).request("GET", "/")
""",
    ),
    _reach("smtplib", 'import smtplib; smtplib.SMTP("127.0.0.1", V.tcp4, timeout=0.2)'),
    _reach(
        "logging",
        """
import logging.handlers
handler = logging.handlers.DatagramHandler("127.0.0.1", V.udp4)
handler.send(b"harm")
""",
    ),
    _reach(
        "a question to a name server",
        """
libc.__res_state.restype = ctypes.c_void_p
libc.__res_init()
state = libc.__res_state()
# retrans, retry, options, nscount, nsaddr_list: see resolv.h.
where = b"\\2\\0" + V.udp4.to_bytes(2, "big") + b"\\x7f\\0\\0\\1" + bytes(8)
ctypes.memmove(state, (1).to_bytes(4, "little") * 2, 8)
ctypes.memmove(state + 16, (1).to_bytes(4, "little") + where, 20)
answer = ctypes.create_string_buffer(500)
resolver = libc if hasattr(libc, "res_query") else ctypes.CDLL("libresolv.so.2")
resolver.res_query(b"host.example", 1, 1, answer, 500)
""",
    ),
    Attempt(
        "a name",
        Harm.ANSWER,
        'import socket; print(V.proof, socket.getaddrinfo("localhost", 80))',
    ),
    Attempt(
        "the network's interfaces",
        Harm.ANSWER,
        "import socket; print(V.proof, socket.if_nameindex())",
    ),
    Attempt(
        "serving",
        Harm.ANSWER,
        'import socket; print(V.proof, socket.create_server(("127.0.0.1", 0)))',
    ),
)

_FAMILIES = (
    _socket("TCP", ""),
    _socket("UDP", "type=socket.SOCK_DGRAM"),
    _socket("UDP-Lite", "socket.AF_INET, socket.SOCK_DGRAM, 136"),
    _socket("UNIX", "socket.AF_UNIX"),
    _socket("netlink", "socket.AF_NETLINK, socket.SOCK_RAW", "netlink"),
    _socket("ping", "socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP", "ping"),
    _socket("raw", "socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP", "raw sockets"),
    _socket("packet", "socket.AF_PACKET, socket.SOCK_RAW", "packet sockets"),
    _socket("express data path", "44, socket.SOCK_RAW", "xdp sockets"),
    _socket("virtual machine", "40, socket.SOCK_STREAM", "vsock"),
    _socket("Bluetooth", "31, socket.SOCK_RAW, 1", "bluetooth"),
    _socket("crypto", "38, socket.SOCK_SEQPACKET", "crypto sockets"),
)


def _pair(name: str, source: str) -> Attempt:
    return Attempt(f"a pair: {name}", Harm.ANSWER, f"import socket\n{source}")


_PAIRS = (
    _pair("of datagrams", "print(V.proof, socket.socketpair(type=socket.SOCK_DGRAM))"),
    _pair("of packets", "print(V.proof, socket.socketpair(type=socket.SOCK_SEQPACKET))"),
    _pair("of another family", 'got(call("socketpair", 2, 1, 0, address(bytes(8))))'),
    _pair(
        "of another family, high bits",
        'got(call("socketpair", 1 << 32 | 2, 1, 0, address(bytes(8))))',
    ),
    _pair(
        "connected again",
        """
one, other = socket.socketpair()
where = b"\\1\\0\\0nobody"
got(call("connect", one.fileno(), where, len(where)))
""",
    ),
    _pair(
        "given a name",
        'one, other = socket.socketpair(); got(call("bind", one.fileno(), b"\\1\\0", 2))',
    ),
    _pair(
        "options set", "one, other = socket.socketpair(); one.setsockopt(1, 16, 1); print(V.proof)"
    ),
    _pair(
        "timeouts set",
        "one, other = socket.socketpair(); one.setsockopt(1, 20, bytes(16)); print(V.proof)",
    ),
    _pair(
        "data out of band",
        "one, other = socket.socketpair(); one.send(b'x', socket.MSG_OOB); print(V.proof)",
    ),
    _pair(
        "reading out of band",
        """
one, other = socket.socketpair()
got(call(45 if NR["open"] > 0 else 207, one.fileno(), address(bytes(8)), 8, 1 | 64, None, None))
""",
    ),
    _pair(
        "fds through it",
        "one, other = socket.socketpair(); socket.send_fds(one, [b'x'], [0]); print(V.proof)",
    ),
    _pair(
        "many messages at once",
        """
one, other = socket.socketpair()
got(call("sendmmsg", one.fileno(), address(bytes(64)), 1, 0))
""",
    ),
    _pair(
        "credentials of the peer",
        "one, other = socket.socketpair(); print(V.proof, one.getsockopt(1, 17, 12))",
    ),
    _pair(
        "an fd for the peer's process",
        "one, other = socket.socketpair(); print(V.proof, one.getsockopt(1, 77))",
    ),
)

_DATAGRAM_PAIRS = (
    _reach(
        "a pair: connected to another",
        """
one, other = socket.socketpair(type=socket.SOCK_DGRAM)
one.connect(V.abstract_datagram)
one.send(b"harm")
""",
    ),
    _reach(
        "a pair: a datagram with an address",
        """
one, other = socket.socketpair(type=socket.SOCK_DGRAM)
one.connect(V.path_datagram)
one.sendto(b"harm", V.path_datagram)
""",
    ),
    _reach(
        "a pair: a message with an address",
        """
one, other = socket.socketpair(type=socket.SOCK_DGRAM)
one.connect(V.path_datagram)
one.sendmsg([b"harm"], [], 0, V.path_datagram)
""",
    ),
)

NETWORK = (*_REACHES, *_FAMILIES, *_PAIRS, *_DATAGRAM_PAIRS)
