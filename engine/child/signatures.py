"""The parameters that a macro declares: as data, and how they are read off its syntax tree.

Nothing is executed to learn them; calling the function, and checking values, must never enter.

    def render(context, *, columns: int = 3, size: Literal["small", "large"] = "small"):

The parameters that can only be given by name are those that a post can give.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, cast

from engine.child.msgspec_core import Meta, Struct

if TYPE_CHECKING:
    import ast

MAX_SIGNATURES = 200
"""Functions of one file."""
MAX_PARAMETERS = 100
MAX_CHOICES = 50
MAX_NAME_CHARS = 100
MAX_VALUE_CHARS = 500
"""Of a default or a choice."""
MAX_HELP_CHARS = 300
MAX_SIGNATURES_CHARS = 200_000
"""All texts of one file's signatures; those beyond are left out."""

_MAX_DEPTH = 5
"""Of annotations inside annotations."""

_MAX_LINE_CHARS = 5_000
"""Of a line whose end is looked at for a comment."""

Kind: TypeAlias = Literal["str", "int", "float", "bool", "choices", "unknown"]
Plain: TypeAlias = str | int | float | bool | None

_Value = Annotated[str, Meta(max_length=MAX_VALUE_CHARS)]


class Parameter(Struct, frozen=True):
    """One parameter of a macro."""

    name: Annotated[str, Meta(max_length=MAX_NAME_CHARS)]
    kind: Kind
    is_required: bool
    default: _Value | int | float | bool | None = None
    """None also where it is no plain value."""
    choices: Annotated[list[_Value | int | bool], Meta(max_length=MAX_CHOICES)] = []
    help: Annotated[str, Meta(max_length=MAX_HELP_CHARS)] = ""
    """One line, from the docstring or the comment behind the parameter."""


class Signature(Struct, frozen=True):
    """What a function takes by name."""

    entrypoint: Annotated[str, Meta(max_length=MAX_NAME_CHARS)]
    parameters: Annotated[list[Parameter], Meta(max_length=MAX_PARAMETERS)]
    is_open: bool = False
    """Whether it takes others too: it has `**`, or more than can be told."""


def signatures_of(tree: ast.Module, source: str) -> list[Signature]:
    """Read the signatures of the public top-level functions that take something by name.

    Args:
        tree: The parsed source.
        source: What it was parsed from.

    Returns:
        One for every such function; of several of one name that of the last, which is the one that
        is called.
    """
    import ast

    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[node.name] = node
    lines = source.split("\n")
    signatures: list[Signature] = []
    left = MAX_SIGNATURES_CHARS
    for name, node in functions.items():
        is_declared = node.args.kwonlyargs or node.args.kwarg
        if name.startswith("_") or not is_declared or len(name) > MAX_NAME_CHARS:
            continue
        signature = _signature(node, lines)
        left -= _size(signature)
        if left < 0 or len(signatures) == MAX_SIGNATURES:
            break
        signatures.append(signature)
    return signatures


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]) -> Signature:
    helps = _docstring_helps(node)
    parameters: list[Parameter] = []
    is_open = node.args.kwarg is not None
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if len(argument.arg) > MAX_NAME_CHARS or len(parameters) == MAX_PARAMETERS:
            is_open = True
            continue
        kind, choices = _kind_of(argument.annotation)
        parameters.append(
            Parameter(
                argument.arg,
                kind,
                default is None,
                _plain(default),
                choices,
                helps.get(argument.arg) or _comment_behind(default or argument, lines),
            )
        )
    return Signature(node.name, parameters, is_open)


def _size(signature: Signature) -> int:
    return sum(
        len(one.name)
        + len(one.help)
        + len(str(one.default))
        + sum(len(str(c)) for c in one.choices)
        for one in signature.parameters
    )


def _kind_of(node: ast.expr | None, depth: int = 0) -> tuple[Kind, list[str | int | bool]]:
    """Read an annotation; what it says of None does not count, as no post can give that."""
    import ast

    if node is None or depth > _MAX_DEPTH:
        return "unknown", []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _kind_of(ast.parse(node.value.strip(), mode="eval").body, depth + 1)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return "unknown", []
    if isinstance(node, ast.Name) and node.id in ("str", "int", "float", "bool"):
        return cast(Kind, node.id), []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [one for one in (node.left, node.right) if not _is_none(one)]
        return _kind_of(sides[0], depth + 1) if len(sides) == 1 else ("unknown", [])
    if isinstance(node, ast.Subscript):
        outer = getattr(node.value, "attr", getattr(node.value, "id", ""))
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer == "Literal":
            return _choices(inner)
        if outer in ("Optional", "Annotated") and inner:
            return _kind_of(inner[0], depth + 1)
    return "unknown", []


def _choices(nodes: Sequence[ast.expr]) -> tuple[Kind, list[str | int | bool]]:
    choices: list[str | int | bool] = []
    for node in nodes:
        value = _plain(node)
        if isinstance(value, str | int):
            choices.append(value)
        elif not _is_none(node):
            return "unknown", []
    is_told = 0 < len(choices) <= MAX_CHOICES
    return ("choices", choices) if is_told else ("unknown", [])


def _is_none(node: ast.expr) -> bool:
    return getattr(node, "value", node) is None


def _plain(node: ast.expr | None) -> Plain:
    """Return what a literal says, None where it is none that can be sent."""
    import ast

    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool | str):
        is_fit = sign == 1 and (isinstance(value, bool) or len(value) <= MAX_VALUE_CHARS)
        return (_sendable(value) if isinstance(value, str) else value) if is_fit else None
    if isinstance(value, int):
        return sign * value if -(1 << 63) <= sign * value < 1 << 63 else None
    if isinstance(value, float):
        return sign * value if abs(value) != float("inf") else None
    return None


def _comment_behind(node: ast.expr | ast.arg, lines: Sequence[str]) -> str:
    """Return the comment at the end of the line in which a parameter ends, if it is the last."""
    if node.end_lineno is None or node.end_col_offset is None:
        return ""
    line = lines[node.end_lineno - 1] if node.end_lineno <= len(lines) else ""
    if len(line) > _MAX_LINE_CHARS:
        return ""
    rest = line.encode()[node.end_col_offset :].decode(errors="replace")  # it counts in bytes
    found = re.match(r"[\s,):]*#+(.*)", rest)
    return _fitting_help(found[1]) if found else ""


_ARGS = re.compile(r"([ \t]*)(?:Args|Arguments|Parameters|Keyword Args):[ \t]*")
_ENTRY = re.compile(r"([ \t]+)\*{0,2}(\w+)[ \t]*(?:\([^)]*\))?[ \t]*:(.*)")


def _docstring_helps(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return what the docstring's Args section says of each parameter."""
    import ast

    # `clean` would import inspect, which takes 13 ms.
    lines = (ast.get_docstring(node, clean=False) or "").split("\n")
    helps: dict[str, str] = {}
    section: int | None = None
    entries, name = 0, ""
    for line in lines:
        width = len(line) - len(line.lstrip())
        if begins := _ARGS.fullmatch(line):
            section, entries, name = len(begins[1]), 0, ""
        elif section is None or not line.strip():
            continue
        elif width <= section:
            section = None
        elif (entry := _ENTRY.match(line)) and width == (entries or width):
            entries, name = width, entry[2]
            helps[name] = entry[3]
        elif name and width > entries and len(helps[name]) < MAX_HELP_CHARS:
            helps[name] += f" {line.strip()}"
    return {name: _fitting_help(text) for name, text in helps.items()}


def _fitting_help(text: str) -> str:
    words = " ".join(text[: 4 * MAX_HELP_CHARS].split())
    if len(words) > MAX_HELP_CHARS:
        words = f"{words[: MAX_HELP_CHARS - 1]}…"
    return _sendable(words)


def _sendable(text: str) -> str:
    """Replace halves of surrogate pairs, which no message can carry."""
    return text.encode("utf-8", "replace").decode()
