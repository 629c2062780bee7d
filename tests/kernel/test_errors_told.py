"""What a script raises or returns is told within bounds, whatever it is, and harms nobody else."""

from __future__ import annotations

import textwrap

import pytest

from engine.child.errors import MAX_MESSAGE_CHARS
from engine.child.protocol import MAX_GROUP, MAX_KERNEL_FRAME_BYTES, MAX_NOTES
from engine.kernel.traceback import format_error
from tests.kernel.conftest import RunScript, Seen

TYPE_AND_SCRIPT = {
    "a giant message": ("ValueError", "raise ValueError('x' * 10_000_000)"),
    "a giant message of many bytes a character": (
        "ValueError",
        "raise ValueError('😀' * 2_000_000)",
    ),
    "giant notes": (
        "ValueError",
        """
        error = ValueError("noted")
        for _ in range(1_000):
            error.add_note("n" * 100_000)
        raise error
        """,
    ),
    "notes that are none": (
        "ValueError",
        "error = ValueError()\nerror.__notes__ = {1: 2}\nraise error",
    ),
    "notes that are no texts": (
        "ValueError",
        "error = ValueError()\nerror.__notes__ = [1, b'x', None, 'a text']\nraise error",
    ),
    "notes that fail": (
        "E",
        """
        class E(Exception):
            @property
            def __notes__(self):
                raise OSError
        raise E
        """,
    ),
    "a giant group in giant groups": (
        "ExceptionGroup",
        """
        group = ExceptionGroup("m", [ValueError(f"{i} " + "x" * 5_000) for i in range(1_000)])
        for _ in range(40):
            group = ExceptionGroup("g", [group, *group.exceptions[1:], KeyError("k")])
        raise group
        """,
    ),
    "a group of itself a thousand times": (
        "ExceptionGroup",
        """
        group = ExceptionGroup("m", [ValueError("v")])
        for _ in range(300):
            group = ExceptionGroup("g", [group] * 1_000)
        raise group
        """,
    ),
    "a huge chain of causes": (
        "KeyError",
        """
        last = None
        for i in range(50_000):
            error = KeyError(f"{i} " + "x" * 1_000)
            error.__cause__, last = last, error
        raise last
        """,
    ),
    "causes in a circle": (
        "KeyError",
        """
        one, other = KeyError(1), ValueError(2)
        one.__cause__, other.__cause__ = other, one
        raise one
        """,
    ),
    "many large errors, together too large for a frame": (
        "ExceptionGroup",
        """
        def error():
            error = ValueError("m" * 20_000)
            for _ in range(20):
                error.add_note("😀" * 20_000)
            return error
        raise ExceptionGroup("g", [error() for _ in range(20)]) from error()
        """,
    ),
    "halves of characters in message and notes": (
        "ValueError",
        "error = ValueError('a \\ud800 b')\nerror.add_note('\\udfff')\nraise error",
    ),
    "half a character in the last of many causes": (
        "KeyError",
        "try:\n    raise ValueError('\\ud800')\nexcept ValueError:\n    raise KeyError('k')",
    ),
    "half a character in the name of the type": (
        "E",
        "class E(Exception): pass\nE.__qualname__ = 'E\\ud800'\nraise E('m')",
    ),
    "a giant name of the type": (
        "E" * 200,
        "raise type('E' * 5_000_000, (Exception,), {'__module__': '__main__'})('m')",
    ),
    "a module of the type that is no text": (
        "E",
        "raise type('E', (Exception,), {'__module__': 5})",
    ),
    "half a character in a file's name": (
        "ZeroDivisionError",
        "exec(compile('1/0', 'a \\udc80 b', 'exec'))",
    ),
    "a giant file's name": ("ZeroDivisionError", "exec(compile('1/0', 'f' * 5_000_000, 'exec'))"),
    "a giant name of a function": (
        "ZeroDivisionError",
        """
        def f():
            1 / 0
        f.__code__ = f.__code__.replace(co_name="f" * 5_000_000)
        f()
        """,
    ),
    "half a character in a function's name": (
        "ZeroDivisionError",
        """
        def f():
            1 / 0
        f.__code__ = f.__code__.replace(co_name="f\\ud800")
        f()
        """,
    ),
    "a line of the source with half a character": (
        "ZeroDivisionError",
        """
        import linecache
        linecache.cache["made up"] = (1, None, ["1/0 # \\ud800\\n"], "made up")
        exec(compile("1/0", "made up", "exec"))
        """,
    ),
    "a giant line of the source": (
        "ZeroDivisionError",
        """
        import linecache
        source = "x = 1 / 0 #" + "y" * 5_000_000
        linecache.cache["made up"] = (1, None, [source], "made up")
        exec(compile(source, "made up", "exec"))
        """,
    ),
    "a giant exit code": ("SystemExit", "raise SystemExit(['x' * 10_000_000])"),
    "an exit code with half a character": ("SystemExit", "raise SystemExit(['\\ud800'])"),
    "an exit code that cannot be shown": (
        "SystemExit",
        """
        class Code:
            def __repr__(self):
                raise OSError("no")
        raise SystemExit(Code())
        """,
    ),
    "a syntax error with a giant message and line": (
        "SyntaxError",
        "raise SyntaxError('m' * 5_000_000, ('f' * 5_000_000, 1, 1, 't' * 5_000_000))",
    ),
    "a syntax error with half a character": (
        "SyntaxError",
        "raise SyntaxError('\\ud800', ('\\ud800', 1, 1, '\\ud800'))",
    ),
    "a syntax error at no line": (
        "SyntaxError",
        "raise SyntaxError('m', ('f', 2 ** 70, -(2 ** 70), 't', 2 ** 70, 2 ** 70))",
    ),
    "a syntax error at places that are no numbers": (
        "SyntaxError",
        "raise SyntaxError('m', ('f', 'one', 'two', 't', 'three', 'four'))",
    ),
    "a syntax error whose parts are no texts": (
        "SyntaxError",
        "raise SyntaxError(object(), (object(), 1, 1, object()))",
    ),
    "a message that fails by leaving": (
        "E",
        "class E(Exception):\n    def __str__(self): raise SystemExit(3)\nraise E",
    ),
    "a message that fails by an interrupt": (
        "E",
        "class E(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise E",
    ),
    "a message that fails by its depth": (
        "E",
        "class E(Exception):\n    def __str__(self): return str(self)\nraise E",
    ),
    "a message that is a text of a kind of its own": (
        "E",
        """
        class Text(str):
            def __getitem__(self, key):
                return object()
        class E(Exception):
            def __str__(self):
                return Text("text")
        raise E
        """,
    ),
}
"""What is raised: how the name of its type begins, and the script."""


def assert_is_whole(seen: Seen) -> None:
    """Nothing of ours came to light, and what was told is not too large to be shown."""
    assert "engine/child" not in seen.err
    assert seen.finished.error is not None
    text = format_error(seen.finished.error)
    text.encode()
    assert len(text) < 4 * MAX_KERNEL_FRAME_BYTES


@pytest.mark.parametrize("case", TYPE_AND_SCRIPT)
async def test_an_error_is_told_within_bounds(run_script: RunScript, case: str) -> None:
    name, source = TYPE_AND_SCRIPT[case]
    seen = await run_script(textwrap.dedent(source), timeout_s=10)
    assert (seen.finished.outcome, seen.finished.reason) == ("raised", "")
    assert_is_whole(seen)
    assert seen.finished.error is not None
    assert seen.finished.error.type[: len(name)] == name
    assert len(seen.finished.error.type) <= 1_000
    assert len(seen.finished.error.message) <= MAX_MESSAGE_CHARS
    assert len(seen.finished.error.notes) <= MAX_NOTES
    assert len(seen.finished.error.group) <= MAX_GROUP
    assert (await run_script("print('fine')")).out == "fine\n"


async def test_an_error_beside_full_memory_is_told(run_either: RunScript) -> None:
    # To the last byte: large pieces first, then small ones, which telling the error needs too.
    seen = await run_either(
        "kept, size = [], 1 << 24\n"
        "while True:\n"
        "    try:\n"
        "        kept.append(bytearray(size))\n"
        "    except MemoryError:\n"
        "        if size == 1: raise\n"
        "        size //= 2\n"
    )
    assert (seen.finished.outcome, seen.finished.limit) == ("raised", "memory")
    assert seen.finished.reason == "it needed more than its 1 GiB of memory"
    assert_is_whole(seen)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("'a \\ud800 b'", "a ? b"),
        ("['\\ud800']", '[\n  "?"\n]'),
        ("{'html': '\\udfff', 'rest': '\\ud800'}", '?\n{\n  "rest": "?"\n}'),
    ],
    ids=["text", "list", "html"],
)
async def test_a_result_with_half_a_character_is_told(
    run_script: RunScript, result: str, told: str
) -> None:
    seen = await run_script(f"def go(): return {result}", "go")
    assert (seen.finished.outcome, seen.finished.result) == ("ok", told)


@pytest.mark.parametrize(
    "result",
    ["'x' * 30_000_000", "'😀' * 5_000_000", "['y' * 30_000_000]", "{'html': 'z' * 30_000_000}"],
    ids=["letters", "wide", "list", "html"],
)
async def test_a_result_that_is_too_long_is_cut_to_what_goes_through(
    run_either: RunScript, result: str
) -> None:
    seen = await run_either(f"def go(): return {result}", "go")
    assert seen.finished.outcome == "ok"
    assert seen.finished.result.endswith(" more characters)")
    assert len(seen.finished.result.encode()) < MAX_KERNEL_FRAME_BYTES


@pytest.mark.parametrize(
    "result",
    [
        "type('R', (), {'__repr__': lambda self: 1 / 0})()",
        "type('S', (str,), {'__getitem__': lambda self, key: object()})('text')",
        "type('S', (str,), {'encode': lambda self, *_: 1 / 0})('text')",
        "type('D', (dict,), {'items': lambda self: 1 / 0})(html='x')",
    ],
    ids=["cannot be shown", "cannot be cut", "cannot be encoded", "cannot be read"],
)
async def test_a_result_that_fails_is_the_scripts_error(run_script: RunScript, result: str) -> None:
    seen = await run_script(f"def go(): return {result}", "go")
    assert seen.finished.outcome in ("ok", "raised")
    assert "engine/child" not in seen.err
