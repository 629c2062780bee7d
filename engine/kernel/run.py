"""One run of a script in one kernel, from the hand-over to the last byte.

Owns the run's events, its watchdog and the ladder that stops it: interrupt, wait, kill.
"""

from __future__ import annotations

import errno
import math
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Literal, TypeAlias

import anyio
from anyio.abc import TaskGroup

from engine.child.protocol import (
    Call,
    Execute,
    Failed,
    FrameTooLarge,
    ProtocolError,
    Refusal,
    Refused,
    Result,
    Returned,
    ScriptError,
)
from engine.kernel.events import (
    RunEvent,
    RunFinished,
    RunOutput,
    RunRequest,
    RunStarted,
    RunStopping,
    Stream,
)
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel, KernelEnded, KernelError
from engine.kernel.verdict import Answer, Broken, verdict

GRACE_S = 0.25
"""How long a script may clean up after an interrupt before it is killed. `--timeout 1` has to be
back within 1.5 s, and a script that holds on to C code never reacts anyway."""

_READ_BYTES = 1 << 16
_BUFFERED_EVENTS = 16
"""Times _READ_BYTES: what is held for a slow reader before the script's own writes block."""

StopReason: TypeAlias = Literal["stopped", "timed_out"]
Functions: TypeAlias = Callable[[Call], Awaitable[Returned | Refusal]]
"""What answers a script's calls. It never raises what the script did; it is cancelled when the
script is stopped meanwhile."""


async def refuse_calls(call: Call) -> Refusal:
    """Answer that there is no such function."""
    return Refusal(call.call_id, "LookupError", f"the host has no function {call.function!r}")


class Run:
    """A script being run. Iterate it for its events; the last is `RunFinished`.

    Whoever iterates sets the pace: a script that prints faster is slowed by its pipe.
    """

    def __init__(
        self,
        request: RunRequest,
        functions: Functions = refuse_calls,
        *,
        when_stopping: Callable[[RunStopping], None] | None = None,
        explain: Callable[[ScriptError], Awaitable[str]] | None = None,
    ) -> None:
        """Prepare a run.

        Args:
            request: What to run.
            functions: What answers the script's calls.
            when_stopping: Called at each step of the ladder, whoever reads the events.
            explain: Tells what to do about what the script has raised; empty when nobody knows.
        """
        self._explain = explain
        self._when_stopping = when_stopping
        self.id = os.urandom(6).hex()
        self.request = request
        self.finished: RunFinished | None = None
        """Set just before the last event."""
        self._functions = functions
        self._events_in, self._events_out = anyio.create_memory_object_stream[RunEvent](
            _BUFFERED_EVENTS
        )
        self._stop_asked = anyio.Event()
        self._kill_asked = anyio.Event()
        self._is_over = False
        self._calling: anyio.CancelScope | None = None
        self._kernel: Kernel | None = None
        self._reads: set[anyio.CancelScope] = set()

    def stop(self) -> None:
        """Ask the script to stop; a second call kills it at once. Harmless when it has ended."""
        if self._stop_asked.is_set():
            self._kill_asked.set()
        self._stop_asked.set()

    def give(self, packet: bytes, fd: int) -> None:
        """Hand an fd to the kernel, while it waits for the answer to a call.

        Raises:
            OSError: It could not be handed over.
        """
        if self._kernel is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        self._kernel.give(packet, fd)

    async def events(self) -> AsyncGenerator[RunEvent, None]:
        """Yield what happens until the run has ended. For one consumer."""
        async with self._events_out:
            async for event in self._events_out:
                yield event

    async def wait(self) -> RunFinished:
        """Read the events away and return the last one."""
        async with aclosing(self.events()) as events:
            async for event in events:
                if isinstance(event, RunFinished):
                    return event
        raise RuntimeError(f"run {self.id} ended without its last event")

    async def execute(self, pool: Pool) -> None:
        """Take a kernel from the pool and run the script in it to its end, whatever that is."""
        async with self._events_in:
            try:
                kernel = await pool.take()
            except KernelError as error:
                await self._finish(RunFinished(self.id, "not_started", 0.0, reason=str(error)))
                return
            try:
                threads = await pool.threads_for(kernel, self.request.limits.threads)
                finished = await self._execute_in(kernel, threads)
            finally:
                await kernel.end()
                kernel.close()
            await self._finish(await self._explained(finished))

    async def _explained(self, finished: RunFinished) -> RunFinished:
        error = finished.error
        if error is None or self._explain is None:
            return finished
        hint = await self._explain(error)
        if not hint:
            return finished
        from msgspec.structs import replace as replaced  # which few runs need

        return replace(finished, error=replaced(error, notes=[*error.notes, hint]))

    async def _finish(self, event: RunFinished) -> None:
        self.finished = event
        await self._emit(event)

    async def _emit(self, event: RunEvent) -> None:
        try:
            await self._events_in.send(event)
        except anyio.BrokenResourceError:
            # Nobody listens any more, e.g. behind `inkstand run x | head`: end the script.
            self.stop()
            self.stop()

    async def _execute_in(self, kernel: Kernel, threads: int | None) -> RunFinished:
        # Handed over before anything is told or watched: the kernel begins meanwhile.
        self._kernel = kernel
        started = time.monotonic()
        problem = await self._hand_over(kernel, threads)
        await self._emit(RunStarted(self.id))
        stopped_for: list[StopReason] = []
        answer: Answer = problem
        async with anyio.create_task_group() as group:
            group.start_soon(self._read, kernel.stdout, "stdout")
            group.start_soon(self._read, kernel.stderr, "stderr")
            if problem is None:
                async with anyio.create_task_group() as watch:
                    watch.start_soon(self._watchdog, kernel, stopped_for, watch)
                    answer = await self._answer(kernel)
                    watch.cancel_scope.cancel()
            duration_s = time.monotonic() - started
            ending = await kernel.end()
            # Everything that could write is gone: what is in the pipes now is all there will be.
            self._is_over = True
            for scope in self._reads:
                scope.cancel()
        return verdict(
            self.id,
            self.request.limits,
            answer,
            ending,
            duration_s,
            stopped_for[0] if stopped_for else None,
            is_sandboxed=kernel.is_sandboxed,
        )

    async def _hand_over(self, kernel: Kernel, threads: int | None) -> Broken | None:
        request, limits = self.request, self.request.limits
        execute = Execute(
            self.id,
            request.source,
            request.path,
            request.entrypoint,
            list(request.arguments),
            list(request.args),
            returns_data=request.returns_data,
            has_toast=request.has_toast,
            memory_bytes=limits.memory_bytes,
            cpu_s=None if limits.cpu_s is None else math.ceil(limits.cpu_s),
            threads=threads,
        )
        try:
            await kernel.send(execute)
        except FrameTooLarge as error:
            return Broken(f"the script and its arguments are too large: {error}")
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            return Broken(f"its arguments cannot be handed over: {error}")
        except KernelEnded:
            return None  # which its answer tells
        return None

    async def _answer(self, kernel: Kernel) -> Answer:
        """Answer the script's calls until the kernel has its last word."""
        try:
            while isinstance(answer := await kernel.receive(), Call):
                returned: Returned | Refusal | None = None
                with anyio.CancelScope() as self._calling:
                    returned = await self._functions(answer)
                if returned is not None:  # else the script has been interrupted in its call
                    await self._return(kernel, returned)
        except KernelEnded:
            return None
        except FrameTooLarge as error:
            return Broken(f"the interpreter sent too large a message: {error}", "frames")
        except ProtocolError as error:
            return Broken(f"the interpreter sent what is no message of its protocol: {error}")
        if isinstance(answer, Refused):
            # The script may be running already, and say so: its words are not ours to repeat.
            return Broken("the interpreter's limits could not be sealed")
        if not isinstance(answer, Result | Failed) or answer.run_id != self.id:
            return Broken(f"the interpreter sent an unexpected {type(answer).__name__} message")
        return answer

    async def _return(self, kernel: Kernel, answer: Returned | Refusal) -> None:
        try:
            await kernel.send(answer)
        except FrameTooLarge as error:
            refusal = Refusal(
                answer.call_id, "OverflowError", f"what it returns is too large: {error}"
            )
            await kernel.send(refusal)

    async def _watchdog(
        self, kernel: Kernel, stopped_for: list[StopReason], group: TaskGroup
    ) -> None:
        with anyio.move_on_after(self.request.limits.wall_s):
            await self._stop_asked.wait()
        reason: StopReason = "stopped" if self._stop_asked.is_set() else "timed_out"
        stopped_for.append(reason)
        kernel.interrupt()
        if self._calling is not None:  # such as a question that nobody will answer
            self._calling.cancel()
        self._tell_step(RunStopping(self.id, "interrupt", reason), group)
        with anyio.move_on_after(GRACE_S):
            await self._kill_asked.wait()
        kernel.kill()
        self._tell_step(RunStopping(self.id, "kill", reason), group)

    def _tell_step(self, step: RunStopping, group: TaskGroup) -> None:
        if self._when_stopping is not None:
            self._when_stopping(step)
        # Told beside, not awaited: a consumer that does not read must not put off the kill.
        group.start_soon(self._emit, step)

    async def _read(self, fd: int, stream: Stream) -> None:
        while True:
            try:
                data = os.read(fd, _READ_BYTES)
            except BlockingIOError:
                if self._is_over:
                    return
                with anyio.CancelScope() as scope:
                    self._reads.add(scope)
                    try:
                        await anyio.wait_readable(fd)
                    finally:
                        self._reads.discard(scope)
                continue
            if not data:
                return
            await self._emit(RunOutput(self.id, stream, data))
