"""Front matter of posts: python-frontmatter reads it, writing touches only lines that change.

What the keys mean must never enter, and python-frontmatter's `dumps` never a user's file: it
reorders, requotes and drops comments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from frontmatter.default_handlers import YAMLHandler

from store.yaml_scalars import SafeLoader as _SafeLoader
from store.yaml_scalars import plain_or_quoted, write_scalar

NewValue = str | bool | int | Sequence[str] | None
"""What a key can be set to; None takes the key away."""

_FENCE = re.compile(r"---[ \t]*\r?\n?")
# What YAML 1.1 counts as the end of a line: positions that libyaml gives count these.
_LINE = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|.+\Z", re.DOTALL)
_HANDLER = YAMLHandler()


class FrontMatterError(Exception):
    """Front matter cannot be read, or cannot be changed without touching more than it should."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        """Keep what is wrong and where in the file, from 1."""
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Parts:
    """A post cut in three: `before + block + after` is its text."""

    before: str
    """The byte order mark and the first `---` line."""
    block: str
    """The lines of YAML."""
    after: str
    """The second `---` line and the body."""

    @property
    def body(self) -> str:
        """The text below the second `---` line."""
        return self.after[self.after.index("\n") + 1 :] if "\n" in self.after else ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a post says about itself, and its body."""

    metadata: Mapping[str, object]
    """Texts as written, numbers and dates too; `true` and `false` are bool, nothing is None."""
    body: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """The lines of one key: `first` up to but without `end`, from 0."""

    key: yaml.ScalarNode
    value: yaml.Node
    first: int
    end: int


_TAG = "tag:yaml.org,2002:"
_STR = f"{_TAG}str"
# `yes` and `off` stay words: YAML 1.2, and with it the origin, knows only true and false.
_WORDS = (
    dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), f"{_TAG}bool")
    | dict.fromkeys(("", "~", "null", "Null", "NULL"), f"{_TAG}null")
    | {"<<": f"{_TAG}merge"}
)


class _Loader(_SafeLoader):
    """Reads words as they are written: a title `2024` or `007` is no number, a date no date."""

    def resolve(self, kind: type[yaml.Node], value: object, implicit: tuple[bool, bool]) -> str:
        # Called for every word; a table is four times as fast as PyYAML's patterns.
        if kind is yaml.ScalarNode:
            return _WORDS.get(str(value), _STR) if implicit[0] else _STR
        return f"{_TAG}seq" if kind is yaml.SequenceNode else f"{_TAG}map"

    def descend_resolver(self, *_: object) -> None:
        """Nothing here depends on where a word stands; PyYAML would look for every one."""

    ascend_resolver = descend_resolver

    def get_single_data(self) -> object:
        node = self.get_single_node()
        if node is None:
            return None
        # Words and lists of words, which is nearly always all: half the time of the constructors.
        plain = _plain_mapping(node)
        return self.construct_document(node) if plain is None else plain

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        if node.tag == _STR and type(node) is yaml.ScalarNode:  # nearly all: the short way
            return node.value
        return super().construct_object(node, deep)


def _plain_mapping(node: yaml.Node) -> dict[str, object] | None:
    """Read a mapping that holds nothing but words and lists of words; None for any other."""
    if type(node) is not yaml.MappingNode or node.tag != f"{_TAG}map":
        return None
    found: dict[str, object] = {}
    for key, value in node.value:
        if key.tag != _STR or type(key) is not yaml.ScalarNode:
            return None
        if type(value) is yaml.ScalarNode and value.tag == _STR:
            found[key.value] = value.value
        elif type(value) is yaml.SequenceNode and value.tag == f"{_TAG}seq":
            words = value.value
            if any(word.tag != _STR or type(word) is not yaml.ScalarNode for word in words):
                return None
            found[key.value] = [word.value for word in words]
        else:
            return None
    return found


def _as_text(loader: _Loader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


for _name in ("int", "float", "timestamp"):
    _Loader.add_constructor(f"{_TAG}{_name}", _as_text)


def split(text: str) -> Parts | None:
    """Cut a post into front matter and the rest.

    Args:
        text: The whole file.

    Returns:
        The parts; None when it does not begin with a `---` line.

    Raises:
        FrontMatterError: The front matter never ends.
    """
    start = 1 if text.startswith("\ufeff") else 0
    fence = _FENCE.match(text, start)
    if fence is None or not fence[0].endswith("\n"):
        return None
    at = fence.end()
    while True:
        if text.startswith("---", at):
            closing = _FENCE.match(text, at)
            if closing and (closing[0].endswith("\n") or closing.end() == len(text)):
                return Parts(text[: fence.end()], text[fence.end() : at], text[at:])
        newline = text.find("\n---", at)
        if newline < 0:
            break
        at = newline + 1
    raise FrontMatterError("the front matter never ends: there is no second --- line")


def parse(text: str) -> Parsed:
    """Read a post's front matter.

    Args:
        text: The whole file.

    Returns:
        Metadata and body; without front matter the metadata is empty and all is body.

    Raises:
        FrontMatterError: It never ends, is no YAML or no list of keys; line and column in the file.
    """
    parts = split(text)
    if parts is None:
        return Parsed({}, text.removeprefix("\ufeff"))
    return Parsed(_load(parts.block), parts.body)


def patch(text: str, changes: Mapping[str, NewValue]) -> str:
    """Change keys of a post's front matter. Everything else stays byte for byte.

    Args:
        text: The whole file.
        changes: New values by key; None takes a key away, new keys come at the end.

    Returns:
        The file's new text.

    Raises:
        FrontMatterError: There is no front matter, it is broken, or it is written in a way (braces,
            a value that others refer to) in which a key cannot be changed by itself.
    """
    parts = split(text)
    if parts is None:
        raise FrontMatterError("there is no front matter")
    return parts.before + patch_block(parts.block, changes) + parts.after


def patch_block(block: str, changes: Mapping[str, NewValue]) -> str:
    """Change keys of a block of YAML; see `patch`.

    Args:
        block: The lines between the `---` lines.
        changes: New values by key; None takes a key away.

    Returns:
        The new lines.

    Raises:
        FrontMatterError: As `patch`.
    """
    old = _load(block)
    wanted = {key: value for key, value in changes.items() if _differs(old, key, value)}
    if not wanted:
        return block
    lines = _LINE.findall(block)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    eol = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    added = []
    for key, value in wanted.items():
        entries = [entry for entry in _entries(block, lines) if entry.key.value == key]
        if value is None:
            for entry in entries:
                lines[entry.first : entry.end] = [""] * (entry.end - entry.first)
        elif entries:
            last = entries[-1]
            # One text, empty ones behind it: the other entries keep their line numbers.
            padding = [""] * (last.end - last.first - 1)
            lines[last.first : last.end] = ["".join(_rewritten(lines, last, value, eol)), *padding]
        else:
            added.append(_new_entry(plain_or_quoted(key), value, eol))
    new = "".join([*lines, *added])
    _verify(new, old, wanted)
    return new


def _load(block: str) -> dict[str, object]:
    try:
        loaded = _HANDLER.load(block, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = str(error.problem or error.context or "it is no YAML")
        # Line 1 of the file is the first `---`, and marks count from 0.
        line, column = (mark.line + 2, mark.column + 1) if mark else (1, 1)
        raise FrontMatterError(reason, line, column) from error
    except yaml.reader.ReaderError as error:
        at = min(error.position, len(block))
        line = block.count("\n", 0, at) + 2
        reason = f"a character that YAML does not allow: {error.reason}"
        raise FrontMatterError(reason, line) from error
    except yaml.YAMLError as error:
        raise FrontMatterError(str(error), 2) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        # PyYAML's constructors let these out for values like `!!bool perhaps`.
        raise FrontMatterError(f"a value cannot be read: {error}", 2) from error
    except RecursionError as error:
        raise FrontMatterError("it is nested too deeply", 2) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise FrontMatterError("the front matter is not lines of `key: value`", 2)
    return {str(key): value for key, value in loaded.items()}


def _differs(old: Mapping[str, object], key: str, value: NewValue) -> bool:
    if value is None:
        return key in old
    if key not in old or old[key] is None:
        return True
    return old[key] != _as_loaded(value)


def _as_loaded(value: NewValue) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    return str(value) if isinstance(value, int) else [str(item) for item in value]


def _entries(block: str, lines: list[str]) -> list[_Entry]:
    loader = _Loader(block)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise FrontMatterError("front matter in braces cannot be changed line by line", 2)
    entries = []
    for key, value in root.value:
        if isinstance(key, yaml.ScalarNode):
            first = key.start_mark.line
            end = max(_end_line(value), _end_line(key), first + 1)
            while end > first + 1 and _is_between(lines[end - 1]):
                end -= 1
            entries.append(_Entry(key, value, first, end))
    return entries


def _end_line(node: yaml.Node) -> int:
    """Give the first line after a node, from 0."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        # libyaml ends these at the next key, past comments that belong to nobody or to that key.
        children = node.value
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        return max([_end_line(child) for child in children], default=node.start_mark.line + 1)
    ends_at = node.end_mark
    return int(ends_at.line) + (1 if ends_at.column else 0)


def _is_between(line: str) -> bool:
    """Say whether a line after an entry belongs to none: blank, or a comment at column 0."""
    return not line.strip() or line.startswith("#")


def _rewritten(lines: list[str], entry: _Entry, value: NewValue, eol: str) -> list[str]:
    """Write an entry anew in the form of the old one."""
    first = lines[entry.first]
    node = entry.value
    if isinstance(value, str | bool | int):
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        start, end = node.start_mark, node.end_mark
        written = write_scalar(value, style)
        if isinstance(node, yaml.ScalarNode) and start.line == end.line == entry.first:
            space = "" if first[: start.column].endswith((" ", "\t")) else " "
            return [first[: start.column] + space + written + first[end.column :]]
        return [f"{_key_text(first, entry)}: {written}{eol}"]
    items = [str(item) for item in value or ()]
    if not items:
        return [f"{_key_text(first, entry)}: []{eol}"]
    old = _old_items(lines, node)
    opening = first if old else f"{_key_text(first, entry)}:{eol}"
    indent = "  "
    if old:
        known = next(iter(old.values()))[0]
        indent = known[: len(known) - len(known.lstrip())]
    written_items = []
    for item in items:
        kept = old.get(item)
        written_items.append(kept.pop(0) if kept else f"{indent}- {write_scalar(item, None)}{eol}")
        old = {text: rows for text, rows in old.items() if rows}
    return [opening, *written_items]


def _old_items(lines: list[str], node: yaml.Node) -> dict[str, list[str]]:
    """Give the lines of a block list by their value, to keep those whose value stays."""
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return {}
    items: dict[str, list[str]] = {}
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or item.start_mark.line != item.end_mark.line:
            return {}
        line = lines[item.start_mark.line]
        if not line.lstrip().startswith("-"):
            return {}
        items.setdefault(item.value, []).append(line)
    return items


def _key_text(line: str, entry: _Entry) -> str:
    return line[: entry.key.end_mark.column]


def _new_entry(key: str, value: NewValue, eol: str) -> str:
    if isinstance(value, str | bool | int):
        return f"{key}: {write_scalar(value, None)}{eol}"
    items = [f"  - {write_scalar(str(item), None)}{eol}" for item in value or ()]
    return "".join([f"{key}:{eol}", *items]) if items else f"{key}: []{eol}"


def _verify(block: str, old: Mapping[str, object], wanted: Mapping[str, NewValue]) -> None:
    """Read the result back: whatever odd YAML the file holds, nothing else may have changed."""
    expected = dict(old)
    for key, value in wanted.items():
        if value is None:
            expected.pop(key, None)
        else:
            expected[key] = _as_loaded(value)
    reason = "this front matter cannot be changed line by line; edit it by hand"
    try:
        is_same = _load(block) == expected
    except FrontMatterError as error:
        raise FrontMatterError(reason, error.line, error.column) from error
    if not is_same:
        raise FrontMatterError(reason)
