"""Writes single YAML values as the origin does: plain, single quotes where it needs them.

Documents, files and what a value means must never enter.
"""

import re

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml: slower, the same otherwise
    from yaml import SafeLoader as SafeLoader  # type: ignore[assignment]

__all__ = ["SafeLoader", "plain_or_quoted", "write_scalar"]

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d([Tt ].*)?")
# Words that YAML 1.2 readers (the origin is one) take for numbers and PyYAML does not.
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?|0o[0-7]+")
_NEEDS_ESCAPES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write_scalar(value: str | bool | int, style: str | None) -> str:
    """Write a value in the quoting of the old one where that can hold it, else as it needs.

    Args:
        value: What to write.
        style: The old value's quoting as PyYAML names it; None for none.

    Returns:
        The text behind `key: `. Dates and what YAML would read as something else are quoted.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if style == '"' or _NEEDS_ESCAPES.search(value):
        return _double_quoted(value)
    if style == "'" or _ISO_DATE.fullmatch(value):
        return _single_quoted(value)
    return plain_or_quoted(value)


def plain_or_quoted(value: str) -> str:
    """Write a text without quotes where YAML reads it back as this text, else with single ones."""
    if _NEEDS_ESCAPES.search(value):
        return _double_quoted(value)
    if value and not _NUMBER_ELSEWHERE.fullmatch(value) and value == value.strip():
        try:
            # Asked of the strict reader: what it takes for a number, a date or a list is quoted.
            if yaml.load(f"k: {value}\nl:\n  - {value}\n", Loader=SafeLoader) == {
                "k": value,
                "l": [value],
            }:
                return value
        except (yaml.YAMLError, ValueError, TypeError, RecursionError):
            pass
    return _single_quoted(value)


def _single_quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _double_quoted(value: str) -> str:
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    escaped = (
        named.get(letter) or (f"\\u{ord(letter):04x}" if _NEEDS_ESCAPES.match(letter) else letter)
        for letter in value
    )
    return '"' + "".join(escaped) + '"'
