"""The line to the terminal: input that cannot kill the app, and a terminal that can go away.

Owns the driver and the signals. Textual's own input loop ends the app at a byte that is not UTF-8
or a sequence it does not know, and spins at 126 % of a core when the terminal has gone (measured).
It types `^l` for an Alt+L that another key follows at once, and takes a minute for a long text that
comes without the marks of a paste, as from GNU screen. So Alt and pastes are read here.
"""

from __future__ import annotations

import asyncio
import os
import re
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable

from textual import constants, events
from textual._parser import ParseError
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key
from textual.message import Message

_READ_BYTES = 1 << 12
_REPLACEMENT = "�"
_PIECES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # a control sequence
    r"|\x1bO[ -~]"  # a function key
    r"|\x1b[ -NQ-WYZ`-~\x08\x7f]"  # Alt with a key; what is left out begins longer sequences
    r"|\x1b"
    r"|[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+"  # text
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]+"  # control keys
)
_UNFINISHED = re.compile(r"\x1b(?:O|\[[0-?]*[ -/]*)?\Z")
"""What a read can end with and the next one completes."""
_WORD_KEYS = ("\x1bb", "\x1bf")
"""What some terminals send for Ctrl+Left and Ctrl+Right; Textual knows them."""
_POLL_S = max(0.1, constants.ESCAPE_DELAY)
"""How long a lone Esc waits for the rest of a sequence; Textual's own time, or $ESCDELAY."""
_TYPED_CHARACTERS = 32
"""Nobody types more than that between two reads: it is a paste, though its marks are missing."""


class TerminalDriver(LinuxDriver):
    """Reads keys as Textual's driver does, but goes on where that would end the app."""

    def run_input_thread(self) -> None:
        """Read until the app is left or the terminal is gone."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        reader = _Reader(self.process_message, is_debugging=self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if not selector.select(_POLL_S):
                    reader.settle()
                    continue
                try:
                    data = os.read(self.fileno, _READ_BYTES)
                except OSError:  # EIO: the terminal has been closed
                    data = b""
                if not data:
                    # SIGHUP tells the app; reading on would only spin.
                    self.exit_event.wait()
                    return
                reader.feed(decode(data).replace(_REPLACEMENT, ""))


class _Reader:
    """Makes messages of what the terminal sends, in its order."""

    def __init__(self, post: Callable[[Message], None], *, is_debugging: bool) -> None:
        self._post = post
        self._is_debugging = is_debugging
        self._parser = XTermParser(is_debugging)
        self._unfinished = ""
        self._paste: list[str] | None = None  # the parts of a marked paste, while within one
        # Until nothing comes for a while, what follows is the next part of it, even if short:
        # as keys its lines would be indented once more. No clock, which a busy screen would belie.
        self._is_in_raw_paste = False
        self._ended_with_return = False
        self._is_after_escape = False

    def feed(self, text: str) -> None:
        """Take in what has been read."""
        text = self._unfinished + text
        self._unfinished = ""
        if unfinished := _UNFINISHED.search(text):
            self._unfinished = unfinished[0]
            text = text[: unfinished.start()]
        # One at a time: what the parser stumbles over must not take its neighbours along.
        for piece in _PIECES.findall(text):
            self._take(piece)

    def settle(self) -> None:
        """Nothing has come for a while: a lone Esc is the key, and a paste without marks over."""
        self._is_in_raw_paste = self._ended_with_return = False
        if self._paste is None:
            unfinished, self._unfinished = self._unfinished, ""
            if unfinished:
                self._parse(unfinished)
            self._end_sequence()

    def _take(self, piece: str) -> None:
        if piece == BRACKETED_PASTE_START:
            self._end_sequence()
            self._paste = []
        elif self._paste is not None:
            if piece == BRACKETED_PASTE_END:
                pasted, self._paste = "".join(self._paste), None
                self._post_paste(pasted.replace("\r\n", "\n"))
            else:
                # A pasted escape would reach the terminal again when it is drawn.
                self._paste.append(piece.replace("\x1b", "").replace("\x00", ""))
        elif piece[0] == "\x1b":
            # Textual would type the beginning of a sequence that another one follows.
            self._end_sequence()
            self._is_in_raw_paste = self._ended_with_return = False
            if len(piece) == 2 and piece not in _WORD_KEYS:
                self._post(events.Key(_alt_key(piece[1]), None))
            else:
                self._parse(piece)
                self._is_after_escape = piece == "\x1b"
        elif self._is_raw_paste(piece):
            self._end_sequence()
            if self._ended_with_return:
                piece = piece.removeprefix("\n")
            self._post_paste(piece.replace("\r\n", "\n"))
            self._ended_with_return = piece.endswith("\r")
            self._is_in_raw_paste = True
        else:
            self._parse(piece)

    def _is_raw_paste(self, piece: str) -> bool:
        is_control = piece[0] == "\x7f" or (piece[0] < " " and piece[0] not in "\t\n\r")
        if is_control or self._is_after_escape:  # the latter: the rest of a sequence
            return False
        return self._is_in_raw_paste or len(piece) > _TYPED_CHARACTERS

    def _post_paste(self, text: str) -> None:
        if text:
            self._post(events.Paste(text.replace("\r", "\n")))

    def _parse(self, piece: str) -> None:
        self._is_after_escape = False
        try:
            self._post_all(self._parser.feed(piece))
        except (ValueError, LookupError, AttributeError, ParseError):
            self._parser = XTermParser(self._is_debugging)  # such as at a key release: forget it

    def _end_sequence(self) -> None:
        self._is_after_escape = False
        if self._parser._timeout_time is not None:
            self._parser._timeout_time = 0.0  # it need not wait: nothing more will come
            self._post_all(self._parser.tick())

    def _post_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._post(message)


def _alt_key(character: str) -> str:
    # Textual takes Alt+Backspace for Ctrl+W, which closes a tab here.
    if character in "\x08\x7f":
        return "alt+backspace"
    if character.isupper():
        return f"alt+shift+{character.lower()}"
    return f"alt+{_character_to_key(character)}"


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
