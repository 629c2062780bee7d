"""Makes `app.pyi`, which tells editors and type checkers what `app` has and gives.

Everything in it is made from the registry: the functions, and a class for each shape of a result.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine.api.registry import Function, Registry
from engine.api.shapes import EXTENDS

_Seen = Callable[[Function], Iterator[tuple[str, str, str]]]

_HEAD = '''\
"""What a script may do with its project: `import app`. Made by `inkstand api`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, List, Literal, overload

class Record(dict[str, Any]):
    """What a function gives: a mapping whose keys are attributes, too."""

    def __getattr__(self, name: str) -> Any: ...
'''
_ARGS = '''\
args: List[str]
"""What stood behind the script's name: `inkstand run SLUG -- ARGS`."""
'''


def stub(registry: Registry, seen: _Seen) -> str:
    """Make the stub.

    Args:
        registry: The functions.
        seen: Gives name, signature and text of a function as scripts see it.
    """
    lines = [_HEAD, *map(_shape_class, shapes(registry)), _ARGS]
    for namespace, functions in registry.by_namespace.items():
        lines += [f"class _{namespace.title()}:", f'    """{registry.texts[namespace]}"""', ""]
        for function in functions:
            for name, signature, text in seen(function):
                lines.append(f"    def {name}{_with_self(as_stub(signature))}:")
                body = text.replace("\\", "\\\\").replace("\n", "\n        ")
                ending = "\n        " if "\n" in text else ""
                lines.append(f'        """{body}{ending}"""')
                lines.append("")
        lines += [f"{namespace}: _{namespace.title()}", ""]
    return re.sub(r"[ \t]+\n", "\n", "\n".join(lines)).rstrip("\n") + "\n"


def shapes(registry: Registry) -> list[type]:
    """Return the shapes of results, those that others are made of first."""
    found: dict[type, None] = {}
    for function in registry:
        for shape in _within(function.result):
            found[shape] = None
    return list(found)


def as_stub(signature: str) -> str:
    """Write types as a script's author needs them: without bounds."""
    text = re.sub(r"Annotated\[(\w+), Meta\([^)]*\)\]", r"\1", signature)
    known = {
        "Names": "List[str]",
        "Options": "List[str]",
        "Columns": "List[str]",
        "Languages": "List[str]",
        "Count": "int",
        "Data": "Record",
        "Status": 'Literal["draft", "published", "archived"]',
        "Kind": 'Literal["macro", "utility", "transform"]',
        "list": "List",
    }
    for name, meaning in known.items():
        text = re.sub(rf"\b{name}\b(?!=)", meaning, text)
    return text


def _within(annotation: Any) -> Iterator[type]:
    """Yield the shapes in a type."""
    if typing.is_typeddict(annotation):
        yield from _within(EXTENDS.get(annotation))
        for field in typing.get_type_hints(annotation).values():
            yield from _within(field)
        yield annotation
    for part in typing.get_args(annotation):
        yield from _within(part)


def _shape_class(shape: type) -> str:
    extended = EXTENDS.get(shape)
    base = extended.__name__ if extended else "dict[str, Any]"
    inherited = extended.__annotations__ if extended else {}
    fields = {name: _text(kind) for name, kind in shape.__annotations__.items()}
    text = (inspect.getdoc(shape) or "").replace("\n", "\n    ")
    ending = "\n    " if "\n" in text else ""
    lines = [f"class {shape.__name__}({base}):", f'    """{text}{ending}"""', ""]
    lines += [f"    {name}: {kind}" for name, kind in fields.items() if name not in inherited]
    for kind in dict.fromkeys(fields.values()):
        names = _quoted(name for name, own in fields.items() if own == kind)
        lines += ["    @overload", _item(f"Literal[{names}]", kind)]
    # A key that is only known at run time.
    lines += ["    @overload", _item("str", "Any"), ""]
    return "\n".join(lines)


def _item(key: str, kind: str) -> str:
    return f"    def __getitem__(self, key: {key}, /) -> {kind}: ..."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _text(kind: Any) -> str:
    """Return a field's type as a stub writes it."""
    written = kind.__name__ if type(kind) is type else str(kind)
    return as_stub(re.sub(r"\b(typing|engine\.api\.shapes)\.", "", written))


def _with_self(signature: str) -> str:
    return "(self)" + signature[2:] if signature.startswith("()") else f"(self, {signature[1:]}"
