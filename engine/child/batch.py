"""A kernel that runs a batch: chunks of calls in, one outcome a call out, in one loop.

Owns that loop and the way to the host meanwhile. What a macro is called with and may return is
`macro`'s; which kernel gets what, and what becomes of its death, is the host's business.
"""

from __future__ import annotations

import _random
import gc
import itertools
import signal
import sys
import time
from binascii import crc32
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

from engine.child import app, calls
from engine.child.batch_pipes import Pipes
from engine.child.chunks import (
    MAX_CHUNK_RESULT_BYTES,
    NO_NAMED,
    Alone,
    Done,
    Ended,
    FailureKind,
    Item,
    ItemFailed,
    Loaded,
    Loading,
    Macros,
    MacroSource,
    Outcome,
    Rendered,
    Work,
)
from engine.child.contexts import merged
from engine.child.errors import describe
from engine.child.macro import BadReturn, Loop, Macro, ReturnTooLarge
from engine.child.msgspec_core import Decoder
from engine.child.protocol import ScriptError
from engine.child.serve import Control

_ALWAYS_FRESH_BYTES = 16 * 1024
"""Shared parts up to that size are decoded for each call, in 2 us a KB, so that no call sees what
another has changed in them. Larger ones (1,000 images) are decoded once for each script."""
_GARBAGE = (10_000, 20, 50)
"""Macros make much and leave little: the collector looks seldom."""

_decode = Decoder().decode
_NOTHING: dict[str, Any] = {}
"""No keyword arguments; passing it on copies it."""


class Batch:
    """The macros of a batch and the loop that calls them."""

    def __init__(self, pipes: Pipes, *, has_packages: bool) -> None:
        """Begin with no macros.

        Args:
            pipes: The way to the host.
            has_packages: Whether macros may import more than the standard library.
        """
        self._pipes = pipes
        self._sources: Sequence[MacroSource] = ()
        self._macros: list[Macro | None] = []
        self._loaded: dict[MacroSource, Macro] = {}
        """By all of their content: a macro that comes again is warm."""
        self._broken: dict[MacroSource, ItemFailed] = {}
        self._parts: dict[int, bytes] = {}
        self._loop = Loop()
        self._seeds_all = has_packages
        self._given = 0

    def run(self) -> None:
        """Do what the host says until it lets go."""
        while (message := self._pipes.next_message()) is not None:
            if isinstance(message, Work):
                self._work(message)
            elif isinstance(message, Macros):
                self._sources = message.macros
                self._macros = [self._loaded.get(source) for source in self._sources]
            else:
                self._parts[message.slot] = message.parts
                for macro in self._loaded.values():
                    macro.parts.pop(message.slot, None)

    def _work(self, work: Work) -> None:
        at = self._given = 0
        is_done = False
        for size in work.sizes or itertools.repeat(1, len(work.items)):
            if size > 1:
                is_done = self._call_many(work, at, size)
                if not is_done:
                    self._pipes.send(Alone(at))
            if size == 1 or not is_done:
                for position in range(at, at + size):
                    self._call_one(work, position)
            at += size
            if self._given > MAX_CHUNK_RESULT_BYTES:
                break
        for stream in (sys.stdout, sys.stderr):
            # Closed or replaced by a macro: what it held is that macro's loss.
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        self._pipes.send(Done(work.number, at))

    def _call_one(self, work: Work, position: int) -> None:
        # As few steps as can be: this is what each call of a batch pays.
        pipes, clock, decode = self._pipes, time.perf_counter_ns, _decode
        macro: Macro | None = None
        took_ns = 0
        pipes.was_interrupted = pipes.wants_interrupt = False
        try:
            item = work.items[position]
            macro = self._macros[item.macro] or self._load(item.macro)
            if macro is None:
                self._tell(position, self._broken[self._sources[item.macro]])
                return
            arguments: Sequence[Any]
            if item.share < 0 and macro.takes == 1:
                arguments = (decode(item.context),)
            elif item.share < 0 and macro.takes == 2:
                post = None if item.post < 0 else decode(work.posts[item.post])
                arguments = (decode(item.context), post)
            else:
                arguments = self._arguments(macro, work, item)
            named = _NOTHING if item.named is NO_NAMED else decode(item.named)
            if macro.is_random or self._seeds_all:
                _seed(macro, item)
            pipes.is_interruptible = True
            began_ns = clock()
            try:
                value = macro.function(*arguments, **named)
                if type(value) is not str and hasattr(type(value), "__await__"):
                    value = self._loop.wait_for(value)
            finally:
                took_ns = clock() - began_ns
                pipes.is_interruptible = False
            shaped = Rendered(value, took_ns) if type(value) is str else None
            outcome = shaped or macro.shaped(value, took_ns)
            self._given += pipes.send(Ended(position, outcome))
            return
        except BaseException as error:  # whatever it is belongs to the macro, and is told
            pipes.is_interruptible = False
            failure = _failure(error, macro, took_ns, was_interrupted=pipes.was_interrupted)
        self._tell(position, failure)

    def _arguments(self, macro: Macro, work: Work, item: Item) -> list[Any]:
        context = _decode(item.context)
        if item.share >= 0:
            shared = [self._part(macro, slot) for slot in work.shares[item.share]]
            context = merged(context, shared)
        if macro.takes > 1:
            post = None if item.post < 0 else _decode(work.posts[item.post])
            return [context, post]
        return [context] if macro.takes else []

    def _part(self, macro: Macro, slot: int) -> Any:
        packed = self._parts[slot]
        if len(packed) <= _ALWAYS_FRESH_BYTES:
            return _decode(packed)
        found = macro.parts.get(slot)
        if found is None:
            found = macro.parts[slot] = _decode(packed)
        return found

    def _call_many(self, work: Work, at: int, size: int) -> bool:
        """Render some items of one macro in one call; tell whether that gave them."""
        pipes = self._pipes
        pipes.begin()
        items = work.items[at : at + size]
        try:
            macro = self._macros[items[0].macro] or self._load(items[0].macro)
            if macro is None or macro.many is None:
                return False
            named = [{} if o.named is NO_NAMED else _decode(o.named) for o in items]
            if macro.many_takes < 3 and any(named):
                return False
            contexts, posts = [], []
            for one in items:
                found = self._arguments(macro, work, one)
                contexts.append(found[0] if found else {})
                posts.append(found[1] if len(found) > 1 else None)
            if macro.takes < 2 <= macro.many_takes:
                posts = [None if o.post < 0 else _decode(work.posts[o.post]) for o in items]
            if macro.is_random or self._seeds_all:
                _seed(macro, items[0])
            pipes.is_interruptible = True
            began_ns = time.perf_counter_ns()
            try:
                values = macro.many(*[contexts, posts, named][: macro.many_takes])
                if hasattr(type(values), "__await__"):
                    values = self._loop.wait_for(values)
            finally:
                took_ns = time.perf_counter_ns() - began_ns
                pipes.is_interruptible = False
            if not isinstance(values, list) or len(values) != size:
                raise BadReturn(f"it returned no list of {size}, one for each context")
        except BaseException as error:  # told where each item is called alone
            pipes.is_interruptible = False
            _say_why_alone(self._sources[items[0].macro].path, error)
            return False
        for position, value in enumerate(values, at):
            try:
                outcome = macro.shaped(value, took_ns // size)
                self._tell(position, outcome)
            except (BadReturn, ReturnTooLarge, UnicodeEncodeError):
                self._call_one(work, position)
        return True

    def _load(self, number: int) -> Macro | None:
        """Execute a macro's script, once; None where that has failed, for good."""
        source = self._sources[number]
        if source in self._broken:
            return None
        pipes = self._pipes
        pipes.send(Loading(number))
        macro: Macro | None = None
        try:
            pipes.is_interruptible = True
            macro = Macro(source)
            pipes.is_interruptible = False
        except BaseException as error:
            pipes.is_interruptible = False
            if pipes.was_interrupted or isinstance(error, MemoryError):
                raise  # which says nothing about the next time
            failure = _failure(error, None, 0, was_interrupted=False)
            self._broken[source] = failure
        else:
            self._loaded[source] = self._macros[number] = macro
            # What is there now stays: the collector need not look at it again.
            gc.freeze()
        pipes.send(Loaded(number, 0 if macro is None else macro.line))
        return macro

    def _tell(self, position: int, outcome: Outcome) -> None:
        self._given += self._pipes.send(Ended(position, outcome))


def serve_batch(control: Control, *, has_packages: bool) -> None:
    """Run batches until the host lets go; limits are set and sealed.

    Args:
        control: The pipes.
        has_packages: Whether the project has packages that macros may import.
    """
    pipes = Pipes(control)
    calls.control = pipes
    app.begin_run([])
    signal.signal(signal.SIGINT, pipes.interrupt)
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    Batch(pipes, has_packages=has_packages).run()


def _seed(macro: Macro, item: Item) -> None:
    """Set the random generators by what is called with what, so that each call gives the same
    wherever and after whatever it runs. 5 us."""
    seed = crc32(item.context, crc32(macro.path.encode()))
    if (module := sys.modules.get("random")) is not None:
        generator: Any = module._inst
        _random.Random.seed(generator, seed)
        generator.gauss_next = None
    if (numpy_random := sys.modules.get("numpy.random")) is not None:
        numpy_random.seed(seed)


def _failure(
    error: BaseException, macro: Macro | None, took_ns: int, *, was_interrupted: bool
) -> ItemFailed:
    kind: FailureKind = "raised"
    limit: Literal["", "wall", "memory", "threads", "frames"] = ""
    if was_interrupted and isinstance(error, KeyboardInterrupt):
        kind, limit = "timeout", "wall"
    elif isinstance(error, MemoryError):
        kind, limit = "limit", "memory"
    elif type(error) is RuntimeError and error.args == ("can't start new thread",):
        kind, limit = "limit", "threads"
    elif isinstance(error, ReturnTooLarge):
        kind, limit = "limit", "frames"
    elif isinstance(error, BadReturn):
        kind = "bad_return"
    elif isinstance(error, UnicodeEncodeError) and not _is_from_script(error):
        kind = "bad_return"
        error = BadReturn("it returned text with halves of surrogate pairs, which is no UTF-8")
    told: ScriptError = describe(error) if macro is None else macro.told(error)
    return ItemFailed(kind, told, "", max(took_ns, 0), limit)


def _is_from_script(error: BaseException) -> bool:
    """Tell whether an error was raised inside a macro, and not behind it."""
    return bool(describe(error).frames)


def _say_why_alone(path: str, error: BaseException) -> None:
    told = describe(error)
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(
            f"{path}: render_many failed ({told.type}: {told.message[:500]}); "
            "its items are rendered one by one\n"
        )
