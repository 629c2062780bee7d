"""The table of functions: names, parameters, marks, texts; and how a call is checked against it.

What a function does is its namespace's business; whose call it is, the session's.
"""

from __future__ import annotations

import inspect
import textwrap
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

Mark: TypeAlias = Literal["read", "write", "external"]
"""What a function does: looks, changes the project, or asks somebody outside."""

MARKS: tuple[Mark, ...] = ("read", "write", "external")

_MARK = "__inkstand_mark__"
_F = TypeVar("_F", bound=Callable[..., Awaitable[Any]])


class ApiError(Exception):
    """Something that a script did wrong; raised there as the builtin exception `kind`."""

    def __init__(self, message: str, kind: str = "ValueError") -> None:
        """Keep what is raised and what it says.

        Args:
            message: In words, naming what was asked for.
            kind: The name of a builtin exception.
        """
        super().__init__(message)
        self.kind = kind


def reads(function: _F) -> _F:
    """Mark a function that only looks."""
    setattr(function, _MARK, "read")
    return function


def writes(function: _F) -> _F:
    """Mark a function that changes files."""
    setattr(function, _MARK, "write")
    return function


def external(function: _F) -> _F:
    """Mark a function that reaches beyond the project: other machines, an AI."""
    setattr(function, _MARK, "external")
    return function


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function."""

    name: str
    annotation: Any
    """Its type, resolved."""
    text: str
    """Its type as it is written."""
    default: Any
    """`inspect.Parameter.empty` when it has to be given."""
    is_keyword_only: bool

    @property
    def is_required(self) -> bool:
        """Whether a call has to give it."""
        return self.default is inspect.Parameter.empty

    @cached_property
    def decoder(self) -> msgspec.msgpack.Decoder[Any]:
        """Reads its value; made when first used."""
        return msgspec.msgpack.Decoder(self.annotation)


@dataclass(frozen=True)
class Function:
    """One function of the API."""

    name: str
    """Namespace and name: `posts.search`."""
    mark: Mark
    call: Callable[..., Awaitable[Any]]
    """Takes the session, then the parameters by name."""
    parameters: tuple[Parameter, ...]
    returns: str
    """Its return type as it is written."""
    result: Any
    """Its return type, resolved."""
    summary: str
    """The first line of its docstring."""
    text: str
    """The docstring without its example."""
    example: str
    """Code that runs in a script; it is run as a test."""

    @property
    def namespace(self) -> str:
        """The part of the name before the dot."""
        return self.name.split(".")[0]

    @property
    def signature(self) -> str:
        """How it is called, as a stub writes it: without the session."""
        parts: list[str] = []
        has_star = False
        for one in self.parameters:
            if one.is_keyword_only and not has_star:
                parts.append("*")
                has_star = True
            default = "" if one.is_required else f" = {one.default!r}"
            parts.append(f"{one.name}: {one.text}{default}")
        return f"({', '.join(parts)}) -> {self.returns}"

    def bind(self, arguments: bytes, named: bytes) -> dict[str, Any]:
        """Read and check the arguments of a call.

        Args:
            arguments: msgpack, an array.
            named: msgpack, a map from names to values.

        Returns:
            The values by parameter; those that have defaults may be missing.

        Raises:
            ApiError: They do not fit; as TypeError or ValueError.
        """
        positional = [one for one in self.parameters if not one.is_keyword_only]
        given = _decoded(_ARGUMENTS, arguments, self.name)
        by_name = _decoded(_NAMED, named, self.name)
        if len(given) > len(positional):
            raise ApiError(
                f"{self.name}() takes {_count(len(positional))}, and {len(given)} were given",
                "TypeError",
            )
        values: dict[str, bytes] = {
            parameter.name: bytes(raw) for parameter, raw in zip(positional, given, strict=False)
        }
        known = {one.name: one for one in self.parameters}
        for name, raw in by_name.items():
            if name not in known:
                raise ApiError(f"{self.name}() has no parameter {name[:80]!r}", "TypeError")
            if name in values:
                raise ApiError(f"{self.name}() got {name!r} twice", "TypeError")
            values[name] = bytes(raw)
        for one in self.parameters:
            if one.is_required and one.name not in values:
                raise ApiError(f"{self.name}() needs {one.name!r}", "TypeError")
        return {name: self._value(known[name], raw) for name, raw in values.items()}

    def _value(self, parameter: Parameter, raw: bytes) -> Any:
        try:
            return parameter.decoder.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError, OverflowError) as error:
            raise self._refusal(parameter, raw) from error

    def _refusal(self, parameter: Parameter, raw: bytes) -> ApiError:
        from engine.api import expectations  # only a wrong call pays for it

        try:
            value = msgspec.msgpack.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError, OverflowError):
            wanted = expectations.expected(parameter.annotation)
            words = f"{parameter.name} cannot be read; it should be {wanted}"
            return ApiError(f"{self.name}(): {words}", "ValueError")
        misfit = expectations.misfit(parameter.annotation, value, parameter.name)
        return ApiError(f"{self.name}(): {misfit}", misfit.kind)


_ARGUMENTS = msgspec.msgpack.Decoder(list[msgspec.Raw])
_NAMED = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])


def _decoded(decoder: msgspec.msgpack.Decoder[Any], data: bytes, name: str) -> Any:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError, OverflowError) as error:
        words = "its arguments cannot be read; they should be a list, and a dict by name"
        raise ApiError(f"{name}(): {words}", "TypeError") from error


def _count(number: int) -> str:
    return (
        "no arguments" if number == 0 else "one argument" if number == 1 else f"{number} arguments"
    )


class Registry:
    """All functions, by name. Each is looked through when first asked for: all take 8 ms."""

    def __init__(self, namespaces: Sequence[ModuleType]) -> None:
        """Collect the marked functions of some modules.

        Args:
            namespaces: A module's name is its namespace, unless its NAMESPACE says another: one
                that is too long for a file stands in several.
        """
        self._marked: dict[str, tuple[Mark, Callable[..., Awaitable[Any]]]] = {}
        self._functions: dict[str, Function] = {}
        self.texts: dict[str, str] = {}
        """What each namespace is for, in a line."""
        for module in namespaces:
            namespace = getattr(module, "NAMESPACE", module.__name__.rsplit(".", 1)[-1])
            self.texts.setdefault(namespace, (module.__doc__ or "").split("\n")[0])
            for name, member in vars(module).items():
                mark = getattr(member, _MARK, None)
                if mark is not None and member.__module__ == module.__name__:
                    public = f"{namespace}.{name.removesuffix('_')}"
                    self._marked[public] = mark, member

    def __iter__(self) -> typing.Iterator[Function]:
        return map(self.get, self._marked)

    def __len__(self) -> int:
        return len(self._marked)

    def get(self, name: str) -> Function:
        """Return a function.

        Raises:
            ApiError: There is none of that name, as AttributeError; with the nearest names.
        """
        function = self._functions.get(name)
        if function is None:
            if name not in self._marked:
                import difflib  # only a mistyped name pays for it

                near = difflib.get_close_matches(name[:80], self._marked, n=2)
                hint = f". Did you mean {' or '.join(near)}?" if near else ""
                raise ApiError(f"app has no function {name[:80]!r}{hint}", "AttributeError")
            function = self._functions[name] = _function(name, *self._marked[name])
        return function

    @property
    def by_namespace(self) -> Mapping[str, tuple[Function, ...]]:
        """The functions in the order of their modules."""
        found: dict[str, list[Function]] = {name: [] for name in self.texts}
        for function in self:
            found[function.namespace].append(function)
        return {name: tuple(functions) for name, functions in found.items()}


def _shape_name(result: Any) -> str:
    """Return what a shape, or a list of them, is called, whatever it was imported as."""
    if typing.is_typeddict(result):
        return str(result.__name__)
    inner = [_shape_name(one) for one in typing.get_args(result)]
    return f"list[{inner[0]}]" if typing.get_origin(result) is list and inner[0] else ""


def _function(name: str, mark: Mark, member: Callable[..., Awaitable[Any]]) -> Function:
    signature = inspect.signature(member)
    resolved = typing.get_type_hints(member, include_extras=True)
    parameters = tuple(
        Parameter(
            one.name,
            resolved[one.name],
            str(one.annotation),
            one.default,
            one.kind is inspect.Parameter.KEYWORD_ONLY,
        )
        for one in list(signature.parameters.values())[1:]
    )
    text, _, example = inspect.getdoc(member).partition("\n\nExample:\n")  # type: ignore[union-attr]
    return Function(
        name=name,
        mark=mark,
        call=member,
        parameters=parameters,
        returns=_shape_name(resolved["return"]) or str(signature.return_annotation),
        result=resolved["return"],
        summary=text.split("\n")[0],
        text=text,
        example=textwrap.dedent(example).strip(),
    )
