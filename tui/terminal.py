"""The line to the terminal: input that cannot kill the app, and a terminal that can go away.

Owns the driver and the signals. Textual's own input loop ends the app at a byte that is not UTF-8
or a sequence it does not know, and spins at 126 % of a core when the terminal has gone (measured).
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_READ_BYTES = 1 << 12
_REPLACEMENT = "�"
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
                try:
                    self._take(parser, decode(data).replace(_REPLACEMENT, ""))
                except (ValueError, LookupError, AttributeError, ParseError):
                    # A sequence the parser stumbles over, such as a key release: forget it.
                    parser = XTermParser(self._debug)

    def _take(self, parser: XTermParser, text: str) -> None:
        if text:  # an empty one would tell the parser that this is the end
            for event in parser.feed(text):
                self.process_message(event)
        for event in parser.tick():
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
