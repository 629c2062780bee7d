"""The line to the terminal: input that cannot kill the app, and a terminal that can go away.

Owns the driver and the signals. Textual's own input loop ends the app at a byte that is not UTF-8
or a sequence it does not know, and spins at 126 % of a core when the terminal has gone (measured).
"""

from __future__ import annotations

import asyncio
import os
import re
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_READ_BYTES = 1 << 12
_REPLACEMENT = "�"
_PIECES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b|[^\x1b]+")
"""Whole control sequences, lone escapes (or the beginning of a sequence), and text."""
_POLL_S = 0.1
"""How long a lone Esc waits for the rest of a sequence; Textual's own time."""


class TerminalDriver(LinuxDriver):
    """Reads keys as Textual's driver does, but goes on where that would end the app."""

    def run_input_thread(self) -> None:
        """Read until the app is left or the terminal is gone."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = b""
                if selector.select(_POLL_S):
                    try:
                        data = os.read(self.fileno, _READ_BYTES)
                    except OSError:  # EIO: the terminal has been closed
                        data = b""
                    if not data:
                        # SIGHUP tells the app; reading on would only spin.
                        self.exit_event.wait()
                        return
                # One at a time: what the parser stumbles over must not take its neighbours along.
                for piece in _PIECES.findall(decode(data).replace(_REPLACEMENT, "")):
                    try:
                        self._process(parser.feed(piece))
                    except (ValueError, LookupError, AttributeError, ParseError):
                        parser = XTermParser(self._debug)  # such as at a key release: forget it
                self._process(parser.tick())

    def _process(self, events: Iterable[Message]) -> None:
        for event in events:
            self.process_message(event)


def on_signals(
    ask: Callable[[], None], leave: Callable[[], None], hang_up: Callable[[], None]
) -> None:
    """Have the app told when it is asked to go; to be called on its event loop.

    Args:
        ask: For SIGINT, which a Ctrl+C typed here never is: it asks about unsaved text.
        leave: For SIGTERM: the terminal is still there and is put right on the way out.
        hang_up: For SIGHUP: the terminal is gone, and nothing may be written to it.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, ask)
    loop.add_signal_handler(signal.SIGTERM, leave)
    loop.add_signal_handler(signal.SIGHUP, hang_up)
