"""The kinds of values that settings have: which fit, and how a person types and reads them.

A value is what JSON holds. Which settings there are must never enter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.kernel.limits import RunKind
from engine.run_settings import limit_problem, limit_words
from store.one_line import clean

NONE_WORD = "none"
"""What a person types, and reads, for no limit."""

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_MAX_CHARS = 500


class Kind(Protocol):
    """What values of a setting can be."""

    @property
    def words(self) -> str:
        """What they can be, in words that follow "should be"."""

    def problem(self, value: object) -> str:
        """Return what is wrong with a value, in words; empty when it fits."""

    def parse(self, text: str) -> object:
        """Return the value that a person means; what cannot be meant comes back as it is."""

    def show(self, value: object) -> str:
        """Return a value as a person would type it."""


@dataclass(frozen=True, slots=True)
class Toggle:
    """Yes or no."""

    words: str = "true or false"

    def problem(self, value: object) -> str:
        """Take nothing but JSON's own."""
        return "" if isinstance(value, bool) else f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Understand the words that `show` writes."""
        return {"on": True, "true": True, "off": False, "false": False}.get(text, text)

    def show(self, value: object) -> str:
        """Write `on` or `off`."""
        return "on" if value else "off"


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds."""

    least: float
    most: float
    is_whole: bool = True

    @property
    def words(self) -> str:
        """Name the bounds."""
        article = "a whole number" if self.is_whole else "a number"
        return f"{article} from {self.least:g} to {self.most:g}"

    def problem(self, value: object) -> str:
        """Compare with the bounds."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if (
            is_number
            and self.least <= value <= self.most  # type: ignore[operator]
            and (not self.is_whole or value == int(value))  # type: ignore[call-overload]
        ):
            return ""
        return f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Read digits, and a decimal point where there may be one."""
        return _number(text)

    def show(self, value: object) -> str:
        """Write it as short as it is exact."""
        return _shown_number(value)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of runs. What it can be is known to the parser of limits, and only there."""

    run: RunKind
    name: str

    @property
    def words(self) -> str:
        """Name the bounds."""
        return _none_typed(limit_words(self.name))

    def problem(self, value: object) -> str:
        """Ask the parser of limits."""
        return _none_typed(limit_problem(self.run, self.name, value))

    def parse(self, text: str) -> object:
        """Read a number or `none`."""
        return None if text.lower() == NONE_WORD else _number(text)

    def show(self, value: object) -> str:
        """Write a number or `none`."""
        return NONE_WORD if value is None else _shown_number(value)


@dataclass(frozen=True, slots=True)
class Line:
    """A text in one line."""

    words: str = f"a text in one line of at most {_MAX_CHARS} characters"

    def problem(self, value: object) -> str:
        """Refuse what would break a line or steer a terminal."""
        is_line = isinstance(value, str) and clean(value) == value.strip()
        return "" if is_line and len(str(value)) <= _MAX_CHARS else f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Take it as it is."""
        return text

    def show(self, value: object) -> str:
        """Write it as it is."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Language:
    """A language as the names of translations have it."""

    words: str = "a language code such as en, de or pt-BR"

    def problem(self, value: object) -> str:
        """Compare with the form that `<slug>.<language>.md` can have."""
        is_code = isinstance(value, str) and _LANGUAGE.fullmatch(value)
        return "" if is_code else f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Take it as it is."""
        return text

    def show(self, value: object) -> str:
        """Write it as it is."""
        return str(value)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where a site is to be found; may be empty."""

    words: str = "a web address such as https://example.org"

    def problem(self, value: object) -> str:
        """Look for scheme and host, and for nothing that belongs to a single page."""
        return "" if value == "" or _is_web_address(value) else f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Take it as it is."""
        return text

    def show(self, value: object) -> str:
        """Write it as it is."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    labels: Mapping[str, str]
    """What a person reads, by value."""

    @property
    def words(self) -> str:
        """Name all of them."""
        *others, last = self.labels
        return f"{', '.join(others)} or {last}"

    def problem(self, value: object) -> str:
        """Look among them."""
        is_known = isinstance(value, str) and value in self.labels
        return "" if is_known else f"should be {self.words}"

    def parse(self, text: str) -> object:
        """Take it as it is."""
        return text

    def show(self, value: object) -> str:
        """Write it as it is."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Listing:
    """Several values of one kind, each once."""

    of: Kind
    words: str
    """What they can be, in words."""

    def problem(self, value: object) -> str:
        """Look at each of them."""
        if not isinstance(value, list) or any(map(self.of.problem, value)):
            return f"should be {self.words}"
        twice = next((one for place, one in enumerate(value) if one in value[:place]), None)
        return "" if twice is None else f"should not hold {self.of.show(twice)} twice"

    def parse(self, text: str) -> object:
        """Part them at commas and blanks."""
        return [self.of.parse(part) for part in re.split(r"[,\s]+", text) if part]

    def show(self, value: object) -> str:
        """Write them with commas between."""
        return ", ".join(map(self.of.show, value)) if isinstance(value, list) else str(value)


def _none_typed(words: str) -> str:
    return words.replace("null for none", NONE_WORD)


def _number(text: str) -> object:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _shown_number(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _is_web_address(value: object) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value) or clean(value) != value:
        return False
    from urllib.parse import urlsplit  # 3 ms that only an address needs

    try:
        parts = urlsplit(value)
        _ = parts.port  # which is only looked at when it is asked for
    except ValueError:
        return False
    is_site = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_site and not (parts.query or parts.fragment or parts.username)
