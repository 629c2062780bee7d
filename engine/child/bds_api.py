"""`from bds_api import bds` and `import js`: for scripts that were written for the plan's host.

The same functions of the host as `app`, under the names, with the arguments and in the shapes that
those scripts know: `await bds.posts.get_by_slug("x")` and `js.posts.getBySlug("x")`, keys in camel
case, None where there is nothing. What means nothing in a terminal says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import Any

from engine.child.bds_methods import LEFT_OUT, LEFT_OUT_NAMESPACES, METHODS
from engine.child.bds_shapes import snake

VERSION = "1.15.0"
"""Of the contract that is followed."""


class BdsApiError(Exception):
    """A call went wrong; with the host's words."""


def _fits(kind: str, value: object) -> bool:
    if kind == "string":
        return isinstance(value, str) and value != ""
    if kind == "string-or-null":
        return value is None or isinstance(value, str)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {"text": str, "boolean": bool, "object": Mapping, "array": list | tuple}
    return isinstance(value, kinds[kind])


def _bound(name: str, parameters: str, given: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
    """Check arguments and put them in their order.

    Raises:
        BdsApiError: They do not fit.
    """
    known = [one.split(":") for one in parameters.split()]
    if len(given) > len(known):
        raise BdsApiError(f"{name} takes {len(known)} arguments, and {len(given)} were given")
    values = dict(zip((parameter for parameter, _ in known), given, strict=False))
    for key, value in named.items():
        parameter = snake(key)
        if parameter not in dict(known):
            raise BdsApiError(f"{name} has no arg {key}")
        if parameter in values:
            raise BdsApiError(f"{name} got arg {key} twice")
        values[parameter] = value
    found: list[Any] = []
    for parameter, kind in known:
        value = values.get(parameter)
        is_optional, kind = kind.endswith("?"), kind.removesuffix("?")
        if not (is_optional and value is None) and not _fits(kind, value):
            kind = "string" if kind == "text" else kind
            raise BdsApiError(f"{name} requires {kind} arg {parameter}")
        found.append(value)
    return found


def _called(name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    method = METHODS.get(name)
    if method is None:
        why = LEFT_OUT.get(name) or LEFT_OUT_NAMESPACES.get(name.partition(".")[0])
        if why is not None:
            raise BdsApiError(f"{name} is left out here: {why}")
        raise BdsApiError(f"Unsupported Python API method: {name}")
    bound = _bound(name, method.parameters, arguments, named)
    try:
        return method.call(*bound)
    except (TypeError, ValueError, LookupError, OSError, RuntimeError) as error:
        raise BdsApiError(f"{name}: {error}") from error


class _Methods:
    """The methods of one namespace."""

    def __init__(self, namespace: str, *, is_async: bool) -> None:
        self._namespace = namespace
        self._is_async = is_async

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self._namespace}.{snake(name).rstrip('_')}"

        def method(*arguments: Any, **named: Any) -> Any:
            return _called(full, arguments, named)

        async def awaited(*arguments: Any, **named: Any) -> Any:
            return _called(full, arguments, named)

        chosen: Callable[..., Any | Awaitable[Any]] = awaited if self._is_async else method
        chosen.__name__ = name
        return chosen


def make_modules() -> dict[str, ModuleType]:
    """Make `bds_api` and `js`."""
    bds = ModuleType("bds")
    js = ModuleType("js", "The host's functions in camel case, as plain calls.")
    for namespace in dict.fromkeys(
        [*(name.partition(".")[0] for name in METHODS), *LEFT_OUT_NAMESPACES]
    ):
        setattr(bds, namespace, _Methods(namespace, is_async=True))
        setattr(js, namespace, _Methods(namespace, is_async=False))
    api = ModuleType("bds_api", "The API of the plan's host; see engine.child.bds_api.")
    api.bds, api.BdsApiError, api.__version__ = bds, BdsApiError, VERSION  # type: ignore[attr-defined]
    return {"bds_api": api, "js": js}
