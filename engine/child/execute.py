"""Running one script: compile the file, execute it, call its entrypoint, turn the result into text.

Owns the namespace a script sees. What comes in and goes out of the process is not its business.
"""

from __future__ import annotations

import builtins
import linecache
import posixpath
import sys
from collections.abc import Awaitable, Callable
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from engine.child import errors
from engine.child.calls import call
from engine.child.protocol import (
    MAX_ENTRYPOINTS,
    MAX_PROBLEMS,
    WHOLE_FILE,
    Execute,
    Inspect,
    Inspected,
    Problem,
)
from engine.child.signatures import Signature, signatures_of

if TYPE_CHECKING:
    import ast

MAX_RESULT_CHARS = 1_000_000
MAX_RESULT_BYTES = 1_900_000
"""A longer result is cut, and says so: a result is looked at, output is for data."""
MAX_TOASTS = 5
"""Of one transform; more are dropped, for it is not worth failing over."""
_MAX_TOAST_CHARS = 300

_VARARGS = 0x04
"""Flag of a code object whose function takes `*args`; `inspect` alone takes 13 ms to import."""


class EntrypointError(Exception):
    """The script has no function of the asked name."""


def execute(request: Execute) -> str:
    """Run the script.

    Returns:
        The entrypoint's result as text, empty for None and for a whole file; or as JSON.

    Raises:
        EntrypointError: The file has no such top-level function.
        BaseException: Whatever the script raises.
    """
    source, code = compiled(request.source, request.path)
    is_whole_file = request.entrypoint == WHOLE_FILE
    # `if __name__ == "__main__":` means what it means everywhere: this file is being run. The other
    # name has a dot, so that a script called json.py does not hide json.
    name = (
        "__main__"
        if is_whole_file
        else f"scripts.{posixpath.basename(request.path).removesuffix('.py')}"
    )
    module = ModuleType(name)
    module.__file__ = request.path
    # Under both names, so that dataclasses, pickle and typing find the script's own classes.
    sys.modules["__main__"] = sys.modules[name] = module
    sys.argv[:] = [request.path]
    if request.has_toast:
        builtins.__dict__["toast"] = _toaster()
    exec(code, module.__dict__)
    if is_whole_file:
        return ""
    function = module.__dict__.get(request.entrypoint)
    if not callable(function):
        raise EntrypointError(
            f"{request.path} has no top-level function {request.entrypoint!r}; "
            f"its entrypoints are {', '.join(_entrypoints_of(source))}"
        )
    value = function(*fitting(function, request.arguments))
    if hasattr(type(value), "__await__"):
        value = _wait_for(value)
    if request.returns_data:
        return _as_json(request.arguments[0] if value is None and request.arguments else value)
    return as_text(value)


def compiled(source: bytes, path: str) -> tuple[str, CodeType]:
    """Compile a script, and let tracebacks show its lines.

    Returns:
        Its text, and its code.

    Raises:
        SyntaxError: Python refuses it.
    """
    text = _decoded(source, path)
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    return text, compile(text, path, "exec", dont_inherit=True)


def inspect_source(request: Inspect) -> Inspected:
    """Parse the source without running it, and tell its entrypoints and problems."""
    import ast  # 5 ms that a run does not pay

    problems: list[Problem] = []
    entrypoints = [WHOLE_FILE]
    signatures: list[Signature] = []
    try:
        source = _decoded(request.source, request.path)
        tree = ast.parse(source, request.path)
        entrypoints = _entrypoints(tree)
        signatures = signatures_of(tree, source)
        # The parser lets `return` outside a function and the like pass; the compiler does not.
        compile(source, request.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        problems.append(errors.problem_of(error))
    except (ValueError, RecursionError, MemoryError) as error:
        # A NUL byte on Python < 3.11.4; a source nested too deeply for the parser.
        problems.append(Problem(1, 1, 1, 1, f"{type(error).__name__}: {error}"))
    return Inspected(
        request.request_id, entrypoints[:MAX_ENTRYPOINTS], problems[:MAX_PROBLEMS], signatures
    )


def _entrypoints_of(source: str) -> list[str]:
    import ast

    return _entrypoints(ast.parse(source))


def _entrypoints(tree: ast.Module) -> list[str]:
    import ast

    names = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    ]
    return list(dict.fromkeys([WHOLE_FILE, *names]))


def as_text(value: object) -> str:
    """Return a result as a person would read it."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, dict) and isinstance(value.get("html"), str):
        # A macro's result: the html is the point, and unreadable inside quotes.
        rest = {key: item for key, item in value.items() if key != "html"}
        text = value["html"] + (f"\n{as_text(rest)}" if rest else "")
    elif isinstance(value, dict | list):
        import json  # 3 ms that few runs need

        try:
            text = json.dumps(value, indent=2, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            text = repr(value)
    else:
        text = repr(value)
    return _cut(text)


def _as_json(value: object) -> str:
    """Return a result as data, whole.

    Raises:
        TypeError: It is no plain data.
        ValueError: It is too much of it.
    """
    import json

    try:
        # In ASCII, so that halves of surrogate pairs come through; the host refuses them.
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"what it returns is no plain data: {error}") from None
    if len(text) > MAX_RESULT_BYTES:
        raise ValueError(
            f"what it returns is too large: {len(text):,} bytes, at most {MAX_RESULT_BYTES:,}"
        )
    return text


def _toaster() -> Callable[[object], None]:
    left = MAX_TOASTS

    def toast(message: object) -> None:
        """Show a short message; blank ones, and those after the fifth, are dropped."""
        nonlocal left
        text = str(message).strip()[:_MAX_TOAST_CHARS]
        if text and left:
            left -= 1
            call("ui.toast", text.encode("utf-8", "replace").decode())

    return toast


def _cut(text: str) -> str:
    kept = text[:MAX_RESULT_CHARS]
    # Strings may hold halves of surrogate pairs, which no message can carry.
    data = kept.encode("utf-8", "replace")
    if len(data) > MAX_RESULT_BYTES:
        data = data[:MAX_RESULT_BYTES]
    kept = data.decode("utf-8", "ignore")
    missing = len(text) - len(kept)
    return f"{kept}\n... ({missing} more characters)" if missing else kept


def _decoded(source: bytes, path: str) -> str:
    """Return the source as text, in the encoding it declares.

    Compiling the bytes themselves would give the columns of syntax errors in bytes.

    Raises:
        SyntaxError: It is not in that encoding; at the place of the first wrong byte.
    """
    if _is_plain(source):
        return source.decode().replace("\r\n", "\n").replace("\r", "\n")
    from importlib.util import decode_source  # 1.5 ms that few sources need

    nul = source.find(b"\0")
    if nul >= 0:  # before Python 3.11.4 the compiler gives no place for it
        raise SyntaxError("source code cannot contain null bytes", _place(source, nul, path))
    try:
        try:
            return decode_source(source)
        except SyntaxError as refused:
            # Its first lines are not UTF-8, which is told below, or name an unknown encoding.
            source.decode()
            raise SyntaxError(refused.msg, (path, 1, 1, "")) from None
    except UnicodeDecodeError as error:
        reason = f"not {error.encoding}: {error.reason} at byte {error.start}"
        raise SyntaxError(reason, _place(source, error.start, path)) from None


def _is_plain(source: bytes) -> bool:
    """Tell whether it is UTF-8 without a mark or a declaration that says so, or otherwise."""
    head = source.split(b"\n", 2)[:2]
    if b"\0" in source or source.startswith(b"\xef\xbb\xbf") or b"coding" in b"".join(head):
        return False
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    return True


def warm_up() -> None:
    """Take what the first use of the compiler costs, 0.3 ms, before a script is waiting."""
    code = compile(_decoded("π = 0".encode(), ""), "", "exec", dont_inherit=True)
    exec(code, ModuleType("").__dict__)


def _place(source: bytes, at: int, path: str) -> tuple[str, int, int, str]:
    """Return a byte's place as SyntaxError takes it."""
    before = source[:at]
    column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
    return (path, before.count(b"\n") + 1, column, "")


def fitting(function: Any, arguments: list[Any]) -> list[Any]:
    """Return as many arguments as the function takes: `render(context)` is as good as two."""
    code = getattr(function, "__code__", None)
    is_plain = isinstance(function, FunctionType) and not hasattr(function, "__wrapped__")
    if is_plain and isinstance(code, CodeType):
        return arguments if code.co_flags & _VARARGS else arguments[: code.co_argcount]
    import inspect  # for classes and the like

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return arguments
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return arguments
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return arguments[: sum(parameter.kind in positional for parameter in parameters)]


def _wait_for(value: Awaitable[Any]) -> Any:
    import asyncio  # 60 ms that only asynchronous scripts pay

    async def wait() -> Any:
        return await value

    return asyncio.run(wait())
