"""The messages between host and zygote, each a packet of its own on their socket.

The kernels' own messages are `protocol`'s.
"""

from __future__ import annotations

from typing import TypeAlias

from engine.child.msgspec_core import Struct, decode, encode
from engine.child.protocol import Policy

MAX_POLICY_BYTES = 128 * 1024
"""What a zygote takes as its policy, in one packet."""


class Born(Struct, frozen=True, tag="born"):
    """Zygote: a kernel was forked; its pidfd comes with this."""

    pid: int


class Died(Struct, frozen=True, tag="died"):
    """Zygote: a kernel has ended and was reaped."""

    pid: int
    returncode: int
    """As of `subprocess`: negative for a signal."""
    cpu_s: float
    peak_bytes: int


class NotBorn(Struct, frozen=True, tag="not_born"):
    """Zygote: a fork failed."""

    words: str


ZygoteMessage: TypeAlias = Born | Died | NotBorn


def encode_packet(message: Policy | ZygoteMessage) -> bytes:
    """Return the message as one packet; the socket keeps them apart."""
    return encode(message)


def decode_zygote_message(packet: bytes) -> ZygoteMessage:
    """Return what the zygote sent. It runs no code of a script, so its word is good."""
    message: ZygoteMessage = decode(packet, type=ZygoteMessage)
    return message
