"""`import app` inside a script: the host's functions as modules of functions.

Proxies only: what a function does, who may call it and what its arguments may be is the host's
business. A few functions have a part here, where it belongs to the script's side: what is printed
comes in its order, and pages are fetched while one iterates.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from engine.child import calls, pictures
from engine.child.api_names import FUNCTIONS, SHAPES
from engine.child.bds_api import make_modules
from engine.child.buffers import Inlet

_PAGE = 500
"""Entries fetched at once: 0.1 s for 10,000 posts, and 1 MB at a time."""


class Record(dict[str, Any]):
    """What a function gives: a mapping whose keys are attributes, too."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no {name!r}; there is {', '.join(map(str, self))}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __repr__(self) -> str:
        return f"Record({', '.join(f'{key}={value!r}' for key, value in self.items())})"


def as_records(value: Any) -> Any:
    """Return a value in which every map is a Record."""
    if type(value) is dict:
        return Record({key: as_records(item) for key, item in value.items()})
    if type(value) is list:
        return [as_records(item) for item in value]
    return value


class Function:
    """One function of the host."""

    def __init__(self, name: str) -> None:
        self.__name__ = name.rpartition(".")[2]
        self.__qualname__ = f"app.{name}"
        self._name = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it at the host and wait."""
        return as_records(calls.call(self._name, *arguments, **named))

    def __repr__(self) -> str:
        return f"<function {self.__qualname__}>"


class Namespace(ModuleType):
    """Functions that belong together, by name."""

    def __init__(self, name: str, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(f"app.{name}")
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{self.__name__} has no function {name!r}")


def _iterated(page: str) -> Callable[..., Iterator[Record]]:
    def iterate(*, fields: Sequence[str] = (), **wanted: Any) -> Iterator[Record]:
        """Yield entries one by one, the newest first, fetched in pages."""
        cursor = ""
        while True:
            got = calls.call(page, cursor, _PAGE, fields=list(fields), **wanted)
            names = got["fields"]
            for row in got["rows"]:
                yield Record(zip(names, row, strict=True))
            cursor = got["next"]
            if not cursor:
                return

    return iterate


def _print_table(rows: Any, *, columns: Sequence[str] = (), title: str = "") -> None:
    """Print rows as a table; each is a mapping or a sequence."""
    listed = [row if isinstance(row, dict) else list(row) for row in rows]
    names = list(columns)
    if not names:
        names = list(dict.fromkeys(key for row in listed if isinstance(row, dict) for key in row))
    cells = [
        [_cell(row.get(name)) for name in names]
        if isinstance(row, dict)
        else [_cell(item) for item in row]
        for row in listed
    ]
    print(calls.call("output.table", cells, columns=[str(name) for name in names], title=title))


def _print_picture(pixels: Any, *, columns: int = 60, depth: int = 24) -> None:
    """Print a picture as half blocks; it is drawn here, as what it is made of may be large.

    A name stands for a buffer, which the host has as well.
    """
    if isinstance(pixels, str):
        print(calls.call("output.image", pixels, columns=columns, depth=depth))
    else:
        print(pictures.draw(pixels, columns, depth))


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        # An integer of more than 64 bits is no message.
        return value if not isinstance(value, int) or -(2**63) <= value < 2**63 else str(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else str(value)


def _ask_line(prompt: object = "", /) -> str:
    """Read a line from the person, as `input` does everywhere: the prompt is output."""
    sys.stdout.write(str(prompt))
    sys.stdout.flush()
    sys.stderr.flush()
    line = calls.call("ui.read_line", str(prompt))
    if line is None:
        raise EOFError("there is nobody to answer")
    return str(line)


def _ask(question: str, *, default: str = "") -> str:
    """Ask for a line of text; an empty answer means the default."""
    return _ask_line(f"{question} [{default}] " if default else f"{question} ") or default


def _local() -> dict[str, Callable[..., Any]]:
    return {
        "posts.iter": _iterated("posts.page"),
        "media.iter": _iterated("media.page"),
        "output.table": _print_table,
        "output.image": _print_picture,
        "ui.ask": _ask,
        **Inlet().functions,
    }


def make_module() -> ModuleType:
    """Make the module `app`, without what belongs to one run."""
    module = ModuleType("app", "Everything a script may do with its project.")
    local = _local()
    for namespace, names in FUNCTIONS.items():
        functions: dict[str, Callable[..., Any]] = {
            name: Function(f"{namespace}.{name}") for name in names
        }
        for name, function in local.items():
            if name.startswith(f"{namespace}."):
                functions[name.partition(".")[2]] = function
        setattr(module, namespace, Namespace(namespace, functions))
    for name in ("Record", *SHAPES):
        setattr(module, name, Record)
    module.args = []  # type: ignore[attr-defined]
    return module


def install() -> None:
    """Let scripts import `app` and call `input`; before a script runs."""
    module = make_module()
    sys.modules["app"] = module
    for name in FUNCTIONS:
        sys.modules[f"app.{name}"] = getattr(module, name)
    sys.modules.update(make_modules())
    builtins.input = _ask_line


def begin_run(args: Sequence[str]) -> None:
    """Give a run its arguments."""
    sys.modules["app"].args = list(args)  # type: ignore[attr-defined]
