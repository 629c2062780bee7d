"""One lane of a batch: chunks go through one kernel after another; a death costs one item.

Owns the conversation with a kernel and its deadlines. The pipes are `wire`'s; which item is to
blame for an end is `blame`'s; which chunks there are, and in which order, is `engine.render`'s.

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
    BatchAnswer,
    Done,
    Ended,
    ItemFailed,
    Loaded,
    Loading,
    MacroSource,
    Outcome,
    Rendered,
    decode_batch_answers,
    encode_for_kernel,
)
from engine.child.protocol import Batch, Call, ProtocolError
from engine.kernel.blame import Blame, Suspect, alone
from engine.kernel.events import Stream
from engine.kernel.item_calls import ItemFunctions, answered
from engine.kernel.job import Job, Piece, whole
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Ending, Kernel, KernelError
from engine.kernel.run import GRACE_S
from engine.kernel.sender import Sender
from engine.kernel.wire import NAP_S, Wire

DEPTH = 2
"""Chunks in a kernel at a time: one runs, the next is in the pipe."""
SHORT_DEPTH = 4
"""Where they are through in less time than the host needs to see it."""
_SHORT_S = 0.003
LIFE_S = 600
"""How long a kernel takes new chunks. Its CPU time, which counts from its start and cannot be
allowed more later, is limited to what all cores give in that time and the last chunk's: a batch of
hours does not end by that, and a thread that a macro has left running does."""
_LAST_CHUNK_ITEMS = 1100
"""No chunk has more, with those behind it."""


class _Leave(Exception):
    """The kernel is not to be used any more, though nothing is wrong with what is left to do."""


class _Overdue(Exception):
    """The item that runs did not react to its interrupt."""


class _Gone(Exception):
    """The kernel has ended by itself."""


class Lane:
    """Runs jobs one after the other, each piece of them in a kernel of its pool."""

    def __init__(
        self, queue: deque[Job], pool: Pool, limits: Limits, functions: ItemFunctions
    ) -> None:
        """Prepare.

        Args:
            queue: Where its jobs come from; other lanes take from it, too.
            pool: Where its kernels come from.
            limits: `wall_s` holds for each item, memory and threads for all that a kernel calls.
            functions: What answers the macros' calls.
        """
        self._queue = queue
        self._pool = pool
        self._limits = limits
        self._functions = functions
        self._wall_s = math.inf if limits.wall_s is None else limits.wall_s
        self._waiting: deque[Piece] = deque()
        """What an end of a kernel has left to this lane."""
        self._flight: deque[Piece] = deque()
        """Those that the kernel has; the first is running."""
        self._wake = anyio.Event()
        self._blame = Blame(limits)
        self._kernel: Kernel | None = None
        self._begin(0.0)

    def _begin(self, born_s: float) -> None:
        """Forget about the kernel before."""
        self._sender: Sender | None = None
        self._born_s = born_s
        self._depth = DEPTH
        self._begun_s = born_s
        """When the piece that runs was begun, as far as that is seen."""
        self._ran = 0
        """Items that have been called in it."""
        self._deadline_s = math.inf
        self._target: tuple[Piece, int] | None = None
        """Which item has been interrupted."""
        self._has_moved = False
        """Whether another item runs than when the deadline was set."""
        self._loading: tuple[()] | tuple[int] = ()
        """The macro whose script is being executed."""
        self._blame.lines = {}
        self._idling: anyio.CancelScope | None = None

    @property
    def load(self) -> int:
        """How many pieces it has to do."""
        return len(self._flight) + len(self._waiting)

    def look(self) -> None:
        """See that there is something in the queue, and take it where there is room."""
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
            while not self._waiting and not self._queue:
                self._wake = anyio.Event()
                await self._wake.wait()
            try:
                kernel = await self._pool.take()
            except KernelError as failure:
                for job in (*(piece.job for piece in self._waiting), *self._queue):
                    job.fail(failure)
                self._waiting.clear()
                self._queue.clear()
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
        except Suspect:
            left = alone(self._flight[0])
        except _Overdue:
            await kernel.end()
            left = self._blame_end(None)
        except _Gone:
            left = self._blame_end(await kernel.end())
        except ProtocolError as error:
            await kernel.end()
            words = f"the interpreter sent what is no answer of a batch: {error}"
            left = self._blame.of_lie(self._flight[0] if self._flight else None, words)
        wire.read_output()
        others = list(self._flight)[1:]
        if self._flight:
            self._flight[0].job.replace_piece(len(left))
        self._flight.clear()
        self._sender = None
        again = [piece for piece in (*left, *others) if not piece.job.is_dropped]
        self._waiting.extendleft(reversed(again))

    def _blame_end(self, ending: Ending | None) -> list[Piece]:
        piece = self._flight[0] if self._flight else None
        is_fresh, is_loading = self._ran == 0, bool(self._loading)
        return self._blame.of_end(piece, ending, is_fresh=is_fresh, is_loading=is_loading)

    async def _listen(self, wire: Wire, sender: Sender) -> None:
        while True:
            if any(piece.job.is_dropped for piece in self._flight):
                raise _Leave
            bodies = wire.read()
            if bodies is None:
                raise _Gone
            if bodies:
                has_called = await self._hear(bodies, wire, sender)
                await (anyio.lowlevel.checkpoint() if has_called else anyio.sleep(NAP_S))
                if self._flight and anyio.current_time() >= self._deadline_s:
                    self._interrupt()  # it says much, and comes to no end
            elif self._flight and anyio.current_time() >= self._deadline_s:
                self._interrupt()
            elif not self._flight and (self._waiting or self._queue):
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
        self._has_moved = False
        self._deadline_s = anyio.current_time() + self._wall_s

    def _feed(self, sender: Sender) -> None:
        """Send what the kernel can take."""
        while len(self._flight) < self._depth and (piece := self._next_piece()) is not None:
            piece.leave_out(self._blame.broken)
            if not piece.positions:
                piece.job.replace_piece(0)
                continue
            sender.send(piece)
            self._flight.append(piece)
            if len(self._flight) == 1:
                self._begun_s = anyio.current_time()
                self._progress()

    def _next_piece(self) -> Piece | None:
        """Take what is to be done next; None where this kernel is not to do it now."""
        if self._flight and self._flight[-1].needs_fresh:
            return None
        if self._ran and anyio.current_time() - self._born_s > LIFE_S:
            return None
        if not self._waiting:
            return whole(self._queue.popleft()) if self._queue else None
        if self._waiting[0].needs_fresh and (self._ran or self._flight):
            return None
        return self._waiting.popleft()

    # What comes back.

    async def _hear(self, bodies: list[bytes], wire: Wire, sender: Sender) -> bool:
        """Take in messages; tell whether there were calls of the API among them."""
        has_called = False
        flight = self._flight
        for message, body in zip(decode_batch_answers(bodies), bodies, strict=True):
            if type(message) is Ended:
                piece, outcome = flight[0] if flight else None, message.outcome
                if (
                    piece is not None
                    and type(outcome) is Rendered
                    and message.position == piece.at < len(piece.positions)
                    and self._target is None
                ):  # in line, as it is the way of nearly all
                    piece.job.outcomes[piece.positions[piece.at]] = outcome
                    piece.at += 1
                else:
                    piece = self._take_outcome(message)
                piece.given_bytes += len(body)
                if piece.given_bytes > 2 * MAX_CHUNK_RESULT_BYTES:
                    raise ProtocolError("more outcomes than are taken at once")
                self._ran += 1
                self._has_moved = True
            elif type(message) is Call:
                has_called = True
                await self._answer(wire, message)
            elif type(message) is Done:
                self._finish(message, wire, sender)
            else:
                self._take_note(message)
        if self._has_moved:
            self._progress()
        return has_called

    def _take_note(self, message: BatchAnswer) -> None:
        """Take in how far the item that runs is."""
        piece = self._running_piece()
        macros = piece.job.chunk.macros
        if isinstance(message, Loading):
            is_known = 0 <= message.macro < len(macros)
            if self._loading or not is_known or macros[message.macro] in self._blame.lines:
                raise ProtocolError("a script that is executed again")
            self._loading = (message.macro,)
            piece.job.loads.append(message.macro)
        elif isinstance(message, Loaded):
            if self._loading != (message.macro,):
                raise ProtocolError("a script that was not executed")
            self._loading = ()
            self._blame.lines[macros[message.macro]] = message.line
            self._progress()
        elif isinstance(message, Alone):
            if message.position != piece.at:
                raise ProtocolError("items together out of their order")
            piece.fall_apart()
            self._progress()
        else:
            # A macro may be running already, and say so: its words are not ours to repeat.
            raise ProtocolError("its limits could not be sealed")

    def _running_piece(self) -> Piece:
        piece = self._flight[0] if self._flight else None
        if piece is None or piece.at >= len(piece.positions):
            raise ProtocolError("an answer to nothing")
        return piece

    def _take_outcome(self, message: Ended) -> Piece:
        piece = self._running_piece()
        at = piece.at
        if message.position != at:
            raise ProtocolError("an outcome out of its order")
        outcome = self._judged(piece, message.outcome)
        piece.take(outcome)
        if type(outcome) is ItemFailed:
            self._take_failure(piece.macro_at(at), outcome)
        return piece

    def _judged(self, piece: Piece, outcome: Outcome) -> Outcome | None:
        is_target, self._target = self._target == (piece, piece.at), None
        return self._blame.judged(
            piece,
            outcome,
            is_target=is_target,
            is_fresh=self._ran == 0,
            is_loading=bool(self._loading),
        )

    def _take_failure(self, macro: MacroSource, failure: ItemFailed) -> None:
        if self._loading and failure.kind == "timeout":
            self._blame.broken[macro] = failure
            raise _Leave
        self._loading = ()
        if failure.limit == "memory":
            raise _Leave  # who knows what is left of it

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
        now_s = anyio.current_time()
        self._depth = SHORT_DEPTH if now_s - self._begun_s < _SHORT_S else DEPTH
        self._begun_s = now_s
        self._progress()
        self._feed(sender)

    async def _answer(self, wire: Wire, call: Call) -> None:
        if self._has_moved:
            self._progress()
        piece = self._flight[0] if self._flight else None
        indexes = [] if piece is None else [piece.job.chunk.indexes[one] for one in piece.running]
        frame, is_in_time = await answered(self._functions, call, indexes, self._deadline_s)
        if not is_in_time and self._flight and self._target is None:
            self._interrupt()
        wire.post(frame)

    def _keep_output(self, stream: Stream, data: bytes) -> None:
        if self._flight:
            self._flight[0].job.keep_output(stream, data)
