r"""Owns what of a script's output a terminal may obey: colours, and going back within the line.

What colours mean, and how a line is drawn, must never enter. Bytes go in and come out as the script
writes them, in pieces cut anywhere; gigabytes may flow, so plain text must cost next to nothing.

What stays: text, "\n", "\r", "\t", "\b", colours and styles (`ESC [ ... m`), erasing in the line
(`ESC [ K`). What goes, whole: every other sequence and control character, in either of their
spellings (`ESC ]`, U+009D), so titles, the clipboard, links, cursor jumps, modes, questions to the
terminal. A line end closes a string that was never ended: one stray byte must not swallow the rest.
What turns the writing direction around becomes U+FFFD, for it makes text read as what it is not.
"""

from __future__ import annotations

import re
from codecs import utf_8_decode
from functools import cache

MAX_PARAMETERS = 240
"""Characters between `ESC [` and `m`: a longer sequence is no colour and goes. It bounds what is
held back; the longest that programs write has some 60."""

RESET = b"\x1b[0m"
"""Ends all colours and styles."""

# The grammar, as the state machine of a VT500 has it: ESC, CAN and SUB end whatever was going on.
# Lines are read by the same, see `tui.panel.ansi`. Strings are OSC, and DCS, SOS, PM and APC, which
# no BEL ends.
CSI_START = r"\x1b\[|\x9b"
CSI_PARAMETERS = "[0-?]*"
CSI_ODD = "[ -?]*"
"""Intermediates, and parameters behind them, which make no sense."""
CSI_FINAL = "[@-~]"
_OSC_BODY, _OSC_END = r"[^\n\x07\x18\x1a\x1b\x9c]*", r"\x07|\x1b\\|[\x18\x1a\x9c]"
_DCS_BODY, _DCS_END = r"[^\n\x18\x1a\x1b\x9c]*", r"\x1b\\|[\x18\x1a\x9c]"
_KINDS = {  # start, body, end; without its end a sequence is unfinished
    "csi": (CSI_START, CSI_PARAMETERS + CSI_ODD, CSI_FINAL),
    "osc": (r"\x1b\]|\x9d", _OSC_BODY, _OSC_END),
    "dcs": (r"\x1b[PX^_]|[\x90\x98\x9e\x9f]", _DCS_BODY, _DCS_END),
    "escape": (r"\x1b", "[ -/]*", "[0-~]"),
}
_STRINGS = ("osc", "dcs")
NOT_CSI = "|".join(
    f"(?:{start}){body}(?:{end})?" for kind, (start, body, end) in _KINDS.items() if kind != "csi"
)
"""Every other sequence, finished or not; to be tried after CSI."""
OVERRIDES = "\u202a-\u202e\u2066-\u2069"
"""Members of a class: embeddings, overrides and isolates of the writing direction."""

_REST = {kind: f"{body}(?P<end>{end})?" for kind, (_, body, end) in _KINDS.items()}
"""What goes on in the next piece."""
_SEQUENCE = "|".join(
    f"(?P<{kind}>(?:{start}){body})(?:{end})?" for kind, (start, body, end) in _KINDS.items()
)
_INTRODUCER = r"[\x1b\x90\x98\x9b\x9d-\x9f]"

_KEPT = rf"\[(?:[0-9;:]{{0,{MAX_PARAMETERS}}}+m|[0-2]?+K)"
"""What may stand behind an ESC."""
_MAY_BE_KEPT = rf"\x1b(?:\[[0-9;:]{{0,{MAX_PARAMETERS}}})?"
# Bytes that are not UTF-8 are U+DC80 to U+DCFF here, and the controls among them go.
_CONTROLS = "\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\udc80-\udc9f"
_DELETED = bytes([*range(8), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_SPECIAL = f"[{_CONTROLS}{OVERRIDES}]"
_PLAIN = f"[^{_CONTROLS}{OVERRIDES}]*+"
_FIT = rf"{_PLAIN}(?:\x1b{_KEPT}{_PLAIN})*+"  # nearly all text that has an ESC
# Its first class lets the search pass over all else fast; then what it has found is looked back at.
_CSI_REST = f"{CSI_PARAMETERS}{CSI_ODD}(?:{CSI_FINAL})?"
_OSC_REST, _DCS_REST = f"{_OSC_BODY}(?:{_OSC_END})?", f"{_DCS_BODY}(?:{_DCS_END})?"
_UNFIT = (
    rf"[{_CONTROLS}](?:"
    rf"(?<=\x1b)(?!{_KEPT})(?:\[{_CSI_REST}|\]{_OSC_REST}|[PX^_]{_DCS_REST}|[ -/]*[0-~]?)"
    rf"|(?<=\x9b){_CSI_REST}|(?<=\x9d){_OSC_REST}|(?<=[\x90\x98\x9e\x9f]){_DCS_REST}"
    r"|(?<![\x1b\x90\x98\x9b\x9d-\x9f]))"
)

_compiled = cache(re.compile)
"""Not before it is needed: all of them take 10 ms, and plain text needs none."""


class TerminalFilter:
    """The filter of one stream. What comes out does not depend on where the pieces were cut."""

    def __init__(self) -> None:
        self._held = b""  # half a character, or a sequence that may yet become a colour
        self._inside = ""  # which kind of sequence is being left out, a key of _REST
        self.is_coloured = False
        """Whether a colour or style is on behind what has come out; RESET turns it off."""

    def feed(self, data: bytes) -> bytes:
        """Take in the next piece.

        Args:
            data: Any bytes.

        Returns:
            What may be written; the bytes of a character are never cut apart.
        """
        if data.isascii() and not self._held and not self._inside and b"\x1b" not in data:
            return data.translate(None, _DELETED)
        return self._filter(data, is_last=False)

    def finish(self) -> bytes:
        """Say that nothing more will come.

        Returns:
            What was held back and may be written.
        """
        return self._filter(b"", is_last=True)

    def _filter(self, data: bytes, *, is_last: bool) -> bytes:
        data = self._held + data
        if not data:
            return b""
        text, used = utf_8_decode(data, "surrogateescape", is_last)
        self._held = data[used:]
        if not self._inside and _compiled(_SPECIAL).search(text) is None:
            return data[:used]
        start = self._skip(text)
        end = len(text) if is_last else self._hold(text, start)
        fit = text[start:end]
        if not _compiled(_FIT).fullmatch(fit):
            fit = filtered(fit)
        written = fit.encode("utf-8", "surrogateescape")
        self._note_colour(written)
        return written

    def _skip(self, text: str) -> int:
        """Return where the sequence ends that has begun in an earlier piece."""
        if not self._inside:
            return 0
        rest = _compiled(_REST[self._inside]).match(text)
        assert rest is not None
        if rest["end"] or rest.end() < len(text) or (self._held and self._inside not in _STRINGS):
            self._inside = ""
        return rest.end()

    def _hold(self, text: str, start: int) -> int:
        """Return where what is unfinished begins; it is held back, or left out from now on."""
        if self._inside or _compiled(_INTRODUCER).search(text, start) is None:
            return len(text)
        last = None
        # No sequence reaches over an ESC: only what begins at the last one or behind it matters.
        place = max(start, text.rfind("\x1b"))
        while (introducer := _compiled(_INTRODUCER).search(text, place)) is not None:
            last = _compiled(_SEQUENCE).match(text, introducer.start())
            assert last is not None
            place = last.end()
        if last is None or last.end() < len(text):
            return len(text)
        kind = next(kind for kind in _REST if last[kind] is not None)
        if last.end(kind) < last.end() or (self._held and kind not in _STRINGS):
            return len(text)  # it has its end, or half a character has ended it
        if _compiled(_MAY_BE_KEPT).fullmatch(last[0]):
            self._held = last[0].encode() + self._held
            return last.start()
        self._inside = kind
        return len(text)

    def _note_colour(self, written: bytes) -> None:
        place = written.rfind(b"\x1b")
        while place >= 0 and written[place + 2 : place + 4].lstrip(b"012")[:1] == b"K":
            place = written.rfind(b"\x1b", 0, place)
        if place >= 0:
            self.is_coloured = not written.startswith((RESET, b"\x1b[m"), place)


def filtered(text: str) -> str:
    """Filter a text that is there as a whole, such as an error's.

    Args:
        text: Any text.

    Returns:
        The same without what a terminal must not obey.
    """
    text = _compiled(_UNFIT).sub("", text)
    return text if text.isascii() else _compiled(f"[{OVERRIDES}]").sub("\ufffd", text)
