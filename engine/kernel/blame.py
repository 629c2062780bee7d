"""Which item of a batch is to blame when its kernel ends, stalls or lies, and what is run again.

Owns that judgement, for the kernels of one lane. Speaking with them must never enter.
"""

from __future__ import annotations

from engine.child.chunks import ItemFailed, MacroSource, Outcome, Rendered
from engine.child.protocol import ProtocolError
from engine.kernel import failures
from engine.kernel.job import Piece
from engine.kernel.limits import Limits
from engine.kernel.process import Ending


class Suspect(Exception):
    """The item that runs is to be called once more, in another kernel."""


class Blame:
    """What is known about the macros, and how items that failed are told."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.broken: dict[MacroSource, ItemFailed] = {}
        """Macros whose script stalled or ended a kernel when it was executed."""
        self.lines: dict[MacroSource, int] = {}
        """Where the entrypoints stand of those that the kernel there is has executed."""

    def judged(
        self, piece: Piece, outcome: Outcome, *, is_target: bool, is_fresh: bool, is_loading: bool
    ) -> Outcome | None:
        """Return what a failure, or what came after an interrupt, counts as.

        Args:
            piece: Whose running item it is.
            outcome: What the kernel has told.
            is_target: Whether that item has been interrupted.
            is_fresh: Whether the kernel has run nothing before.
            is_loading: Whether the macro's script was being executed.

        Returns:
            The outcome; None where the item is to be called again by another's fault.

        Raises:
            Suspect: Likewise, but in another kernel.
            ProtocolError: No kernel tells such a thing.
        """
        if is_target:
            return self._too_long(piece, outcome, is_loading=is_loading)
        if isinstance(outcome, Rendered):
            return outcome
        if outcome.kind == "died":
            raise ProtocolError("a kernel that tells of its death")
        if outcome.kind == "timeout":
            return None  # the interrupt was another's, which ended just before it
        if outcome.limit == "memory":
            if not is_fresh:
                raise Suspect  # what the items before it have left in memory is not its fault
            return failures.out_of_memory(self._limits, outcome)
        return outcome

    def of_end(
        self, piece: Piece | None, ending: Ending | None, *, is_fresh: bool, is_loading: bool
    ) -> list[Piece]:
        """Find what ended a kernel.

        Args:
            piece: What it was at.
            ending: How it has ended; None: it was killed, because an item took too long.
            is_fresh: Whether it had run nothing before that item.
            is_loading: Whether the macro's script was being executed.

        Returns:
            What is left to do of the piece.
        """
        if piece is None or piece.at == len(piece.positions):
            return [] if piece is None else piece.left(piece.at)
        together = piece.running
        if len(together) > 1 and not is_loading:
            return [Piece(piece.job, together), *piece.left(piece.at + len(together))]
        if ending is not None and not is_fresh and not is_loading:
            return alone(piece)
        macro, line = self._running_macro(piece)
        failure = (
            self._too_long(piece, None, is_loading=is_loading)
            if ending is None
            else failures.died(self._limits, macro, line, ending)
        )
        if is_loading:
            self.broken[macro] = failure
        piece.take(failure)
        return piece.left(piece.at)

    def of_lie(self, piece: Piece | None, words: str) -> list[Piece]:
        """Have everything of the running piece called again, each item in a kernel of its own."""
        if piece is None:
            return []
        if piece.is_suspect:
            macro, line = self._running_macro(piece)
            failure = failures.failure("died", "InterpreterError", words, macro, line)
            piece.job.outcomes[piece.positions[0]] = failure
            return []
        count = min(piece.at + len(piece.running), len(piece.positions))
        piece.again = []
        for position in piece.positions[:count]:
            piece.job.outcomes[position] = None
        suspects = [Piece(piece.job, [one], is_suspect=True) for one in piece.positions[:count]]
        return [*suspects, *piece.left(count)]

    def _running_macro(self, piece: Piece) -> tuple[MacroSource, int]:
        macro = piece.macro_at(min(piece.at, len(piece.positions) - 1))
        return macro, self.lines.get(macro, 0)

    def _too_long(self, piece: Piece, told: Outcome | None, *, is_loading: bool) -> ItemFailed:
        """Return the failure of the running item; it has told something, or was killed."""
        return failures.too_long(
            self._limits,
            *self._running_macro(piece),
            int((self._limits.wall_s or 0) * 1e9) if told is None else told.duration_ns,
            told.error if isinstance(told, ItemFailed) else None,
            was_loading=is_loading,
            was_killed=told is None,
        )


def alone(piece: Piece) -> list[Piece]:
    """Have the item that runs called once more, first thing in a fresh kernel."""
    suspect = Piece(piece.job, [piece.positions[piece.at]], is_alone=True)
    return [suspect, *piece.left(piece.at + 1)]
