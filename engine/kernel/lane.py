"""One lane of a batch: chunks go through one kernel after another; a death costs one item.

Owns which item the end, a stall or a lie of a kernel is blamed on, and what is run again. The pipes
are `wire`'s; which chunks there are, and in which order they are asked for, is `engine.render`'s.

Outcomes come in the order of the items and are written as they are made, so the item that ran when
a kernel ended is the first without one. Where it may be another's fault (memory that the items
before it hold, a thread they left), it is run once more, first thing in a fresh kernel.
"""

from __future__ import annotations

import math
import os
from collections import deque

import anyio
import anyio.lowlevel

from engine.child.chunks import (
    MAX_CHUNK_RESULT_BYTES,
    Alone,
    Done,
    Ended,
    ItemFailed,
    Loaded,
    Loading,
    MacroSource,
    Outcome,
    Rendered,
    decode_batch_answer,
    encode_for_kernel,
)
from engine.child.protocol import Batch, Call, ProtocolError
from engine.kernel import failures
from engine.kernel.events import Stream
from engine.kernel.item_calls import ItemFunctions, answered
from engine.kernel.job import Job, Piece
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Ending, Kernel, KernelError
from engine.kernel.run import GRACE_S
from engine.kernel.sender import Sender
from engine.kernel.wire import NAP_S, Wire

DEPTH = 2
"""Chunks in a kernel at a time: one runs, the next is in the pipe."""
LIFE_S = 600
"""How long a kernel takes new chunks. Its CPU time, which counts from its start and cannot be
allowed more later, is limited to what all cores give in that time and the last chunk's: a batch of
hours does not end by that, and a thread that a macro has left running does."""
_LAST_CHUNK_ITEMS = 600
"""No chunk has more, with the one behind it."""


class _Leave(Exception):
    """The kernel is not to be used any more, though nothing is wrong with what is left to do."""


class _Suspect(Exception):
    """The kernel is not to be used any more, and the item that runs is to be called once more."""


class _Overdue(Exception):
    """The item that runs did not react to its interrupt."""


class _Gone(Exception):
    """The kernel has ended by itself."""


class Lane:
    """Runs jobs one after the other, each piece of them in a kernel of its pool."""

    def __init__(self, pool: Pool, limits: Limits, functions: ItemFunctions) -> None:
        """Prepare.

        Args:
            pool: Where its kernels come from.
            limits: `wall_s` holds for each item, memory and threads for all that a kernel calls.
            functions: What answers the macros' calls.
        """
        self._pool = pool
        self._limits = limits
        self._functions = functions
        self._wall_s = math.inf if limits.wall_s is None else limits.wall_s
        self._waiting: deque[Piece] = deque()
        self._flight: deque[Piece] = deque()
        """Those that the kernel has; the first is running."""
        self._wake = anyio.Event()
        self._broken: dict[MacroSource, ItemFailed] = {}
        """Macros whose script stalled or ended a kernel when it was executed."""
        self._kernel: Kernel | None = None
        self._begin(0.0)

    def _begin(self, born_s: float) -> None:
        """Forget about the kernel before."""
        self._sender: Sender | None = None
        self._born_s = born_s
        self._ran = 0
        """Items that have been called in it."""
        self._deadline_s = math.inf
        self._target: tuple[Piece, int] | None = None
        """Which item has been interrupted."""
        self._loading: int | None = None
        self._lines: dict[MacroSource, int] = {}
        """Where the macros' entrypoints stand."""
        self._idling: anyio.CancelScope | None = None

    @property
    def load(self) -> int:
        """How many pieces it has to do."""
        return len(self._flight) + len(self._waiting)

    def give(self, job: Job) -> None:
        """Have it do one more job."""
        self._waiting.append(Piece(job, list(range(len(job.outcomes))), list(job.chunk.sizes)))
        if self._sender is None:
            self._wake.set()
            return
        was_idle = not self._flight
        self._feed(self._sender)
        if was_idle and self._idling is not None:
            self._idling.cancel()

    def drop(self, job: Job) -> None:
        """Do no more of a job that nobody waits for; a kernel that has it ends."""
        for pieces in (self._waiting, self._flight):
            if any(piece.job is job for piece in pieces):
                job.is_dropped = True
        self._waiting = deque(piece for piece in self._waiting if not piece.job.is_dropped)
        if job.is_dropped and self._idling is not None:
            self._idling.cancel()

    async def run(self) -> None:
        """Do what it is given, for ever."""
        while True:
            while not self._waiting:
                self._wake = anyio.Event()
                await self._wake.wait()
            try:
                kernel = await self._pool.take()
            except KernelError as failure:
                for piece in self._waiting:
                    piece.job.fail(failure)
                self._waiting.clear()
                continue
            try:
                threads = await self._pool.threads_for(kernel, self._limits.threads)
                await self._use(kernel, threads)
            finally:
                self._begin(0.0)
                await kernel.end()
                kernel.close()

    async def _use(self, kernel: Kernel, threads: int | None) -> None:
        wire = Wire(kernel, self._keep_output)
        self._begin(anyio.current_time())
        self._kernel, self._sender = kernel, Sender(wire)
        cpu_s = None
        if self._limits.wall_s is not None:
            most_s = LIFE_S + self._limits.wall_s * _LAST_CHUNK_ITEMS
            cpu_s = math.ceil(most_s) * (os.cpu_count() or 1)
        wire.post(encode_for_kernel(Batch(self._limits.memory_bytes, cpu_s, threads)))
        async with anyio.create_task_group() as group:
            group.start_soon(wire.write_on)
            group.start_soon(wire.watch_stdout)
            group.start_soon(wire.watch_stderr)
            await self._see_through(kernel, wire, self._sender)
            group.cancel_scope.cancel()

    async def _see_through(self, kernel: Kernel, wire: Wire, sender: Sender) -> None:
        """Speak with a kernel until it is of no more use, and sort out what it leaves."""
        left: list[Piece] = []
        try:
            self._feed(sender)
            await self._listen(wire, sender)
        except _Leave:
            left = self._flight[0].left(self._flight[0].at) if self._flight else []
        except _Suspect:
            left = self._alone(self._flight[0])
        except _Overdue:
            await kernel.end()
            left = self._blame(None)
        except _Gone:
            left = self._blame(await kernel.end())
        except ProtocolError as error:
            await kernel.end()
            left = self._distrust(f"the interpreter sent what is no answer of a batch: {error}")
        wire.read_output()
        whole = list(self._flight)[1:]
        if self._flight:
            self._flight[0].job.replace_piece(len(left))
        self._flight.clear()
        self._sender = None
        again = [piece for piece in (*left, *whole) if not piece.job.is_dropped]
        self._waiting.extendleft(reversed(again))

    async def _listen(self, wire: Wire, sender: Sender) -> None:
        while True:
            if any(piece.job.is_dropped for piece in self._flight):
                raise _Leave
            bodies = wire.read()
            if bodies is None:
                raise _Gone
            if bodies:
                has_called = False
                for body in bodies:
                    if (call := self._hear(body, wire, sender)) is not None:
                        has_called = True
                        await self._answer(wire, call)
                await (anyio.lowlevel.checkpoint() if has_called else anyio.sleep(NAP_S))
                if self._flight and anyio.current_time() >= self._deadline_s:
                    self._interrupt()  # it says much, and comes to no end
            elif self._flight and anyio.current_time() >= self._deadline_s:
                self._interrupt()
            elif not self._flight and self._waiting:
                raise _Leave  # for what waits, this kernel will not do
            else:
                deadline_s = self._deadline_s if self._flight else math.inf
                with anyio.CancelScope(deadline=deadline_s) as self._idling:
                    await wire.wait()
                self._idling = None

    def _interrupt(self) -> None:
        """Interrupt the item that runs, or give up waiting for the end of that."""
        if self._target is not None:
            raise _Overdue
        assert self._kernel is not None
        self._target = (self._flight[0], self._flight[0].at)
        self._kernel.interrupt()
        self._deadline_s = anyio.current_time() + GRACE_S

    def _progress(self) -> None:
        """Note that another item runs from now on."""
        self._target = None
        self._deadline_s = anyio.current_time() + self._wall_s

    def _feed(self, sender: Sender) -> None:
        """Send what the kernel can take."""
        while self._waiting and len(self._flight) < DEPTH:
            piece = self._waiting[0]
            if piece.needs_fresh and (self._ran or self._flight):
                return
            if self._flight and self._flight[-1].needs_fresh:
                return
            if self._ran and anyio.current_time() - self._born_s > LIFE_S:
                return
            self._waiting.popleft()
            piece.leave_out(self._broken)
            if not piece.positions:
                piece.job.replace_piece(0)
                continue
            sender.send(piece)
            self._flight.append(piece)
            if len(self._flight) == 1:
                self._progress()

    # What comes back.

    def _hear(self, body: bytes, wire: Wire, sender: Sender) -> Call | None:
        """Take in a message; return a call, which is to be answered."""
        message = decode_batch_answer(body)
        if type(message) is Ended:
            self._take_outcome(message, len(body))
        elif isinstance(message, Done):
            self._finish(message, wire, sender)
        elif isinstance(message, Loading):
            piece = self._running_piece()
            macros = piece.job.chunk.macros
            is_known = 0 <= message.macro < len(macros)
            if self._loading is not None or not is_known or macros[message.macro] in self._lines:
                raise ProtocolError("a script that is executed again")
            self._loading = message.macro
            piece.job.loads.append(message.macro)
        elif isinstance(message, Loaded):
            if message.macro != self._loading:
                raise ProtocolError("a script that was not executed")
            self._loading = None
            self._lines[self._running_piece().job.chunk.macros[message.macro]] = message.line
            self._progress()
        elif isinstance(message, Alone):
            piece = self._running_piece()
            if message.position != piece.at:
                raise ProtocolError("items together out of their order")
            piece.fall_apart()
            self._progress()
        elif isinstance(message, Call):
            return message
        else:
            # A macro may be running already, and say so: its words are not ours to repeat.
            raise ProtocolError("its limits could not be sealed")
        return None

    def _running_piece(self) -> Piece:
        if not self._flight or self._flight[0].at >= len(self._flight[0].positions):
            raise ProtocolError("an answer to nothing")
        return self._flight[0]

    def _take_outcome(self, message: Ended, size: int) -> None:
        piece = self._running_piece()
        at = piece.at
        if message.position != at:
            raise ProtocolError("an outcome out of its order")
        piece.given_bytes += size
        if piece.given_bytes > 2 * MAX_CHUNK_RESULT_BYTES:
            raise ProtocolError("more outcomes than are taken at once")
        outcome: Outcome | None = message.outcome
        if self._target is not None or type(outcome) is not Rendered:
            outcome = self._judged(piece, message.outcome)
        piece.take(outcome)
        self._ran += 1
        was_loading, self._loading = self._loading, None
        self._progress()
        if type(outcome) is ItemFailed:
            if was_loading is not None and outcome.kind == "timeout":
                self._broken[piece.macro_at(at)] = outcome
                raise _Leave
            if outcome.limit == "memory":
                raise _Leave  # who knows what is left of it

    def _judged(self, piece: Piece, outcome: Outcome) -> Outcome | None:
        """Return what a failure, or what came after an interrupt, counts as; None: once more."""
        is_target = self._target == (piece, piece.at)
        if isinstance(outcome, Rendered):
            return self._too_long(piece, outcome) if is_target else outcome
        if outcome.kind == "died":
            raise ProtocolError("a kernel that tells of its death")
        if is_target:
            return self._too_long(piece, outcome)
        if outcome.kind == "timeout":
            return None  # the interrupt was another's, which ended just before it
        if outcome.limit == "memory":
            if self._ran:
                raise _Suspect  # what the items before it have left in memory is not its fault
            return failures.out_of_memory(self._limits, outcome)
        return outcome

    def _finish(self, message: Done, wire: Wire, sender: Sender) -> None:
        piece = self._flight[0] if self._flight else None
        if piece is None or (message.number, message.count) != (piece.number, piece.at):
            raise ProtocolError("the end of something else")
        wire.read_output()  # all of its own is there
        self._flight.popleft()
        again = piece.finish()
        self._waiting.extendleft(again)
        piece.job.replace_piece(len(again))
        if piece.is_suspect:
            raise _Leave
        self._progress()
        self._feed(sender)

    async def _answer(self, wire: Wire, call: Call) -> None:
        piece = self._flight[0] if self._flight else None
        indexes = [] if piece is None else [piece.job.chunk.indexes[one] for one in piece.running]
        frame, is_in_time = await answered(self._functions, call, indexes, self._deadline_s)
        if not is_in_time and self._flight and self._target is None:
            self._interrupt()
        wire.post(frame)

    def _keep_output(self, stream: Stream, data: bytes) -> None:
        if self._flight:
            self._flight[0].job.keep_output(stream, data)

    # Who is to blame.

    def _blame(self, ending: Ending | None) -> list[Piece]:
        """Find what ended a kernel.

        Args:
            ending: How it has ended; None: it was killed, because an item took too long.

        Returns:
            What is left to do of the piece that was running.
        """
        piece = self._flight[0] if self._flight else None
        if piece is None or piece.at == len(piece.positions):
            return [] if piece is None else piece.left(piece.at)
        together = piece.running
        if len(together) > 1 and self._loading is None:
            return [Piece(piece.job, together), *piece.left(piece.at + len(together))]
        if ending is not None and self._ran and self._loading is None:
            return self._alone(piece)
        macro, line = self._running_macro(piece)
        failure = (
            self._too_long(piece, None)
            if ending is None
            else failures.died(self._limits, macro, line, ending)
        )
        if self._loading is not None:
            self._broken[macro] = failure
        piece.take(failure)
        return piece.left(piece.at)

    def _alone(self, piece: Piece) -> list[Piece]:
        """Have the item that runs called once more, first thing in a fresh kernel."""
        suspect = Piece(piece.job, [piece.positions[piece.at]], is_alone=True)
        return [suspect, *piece.left(piece.at + 1)]

    def _distrust(self, words: str) -> list[Piece]:
        """Have everything of the running piece called again, each item in a kernel of its own."""
        if not self._flight:
            return []
        piece = self._flight[0]
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
        return macro, self._lines.get(macro, 0)

    def _too_long(self, piece: Piece, told: Outcome | None) -> ItemFailed:
        """Return the failure of the running item; it has told something, or was killed."""
        return failures.too_long(
            self._limits,
            *self._running_macro(piece),
            int(self._wall_s * 1e9) if told is None else told.duration_ns,
            told.error if isinstance(told, ItemFailed) else None,
            was_loading=self._loading is not None,
            was_killed=told is None,
        )
