"""What is made from the registry: the names inside kernels, the stub, the reference, JSON.

A test compares what is committed with what this makes; `make api` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.api import coverage
from engine.api.permissions import DEFAULTS, PLURALS
from engine.api.registry import Function, Registry
from engine.api.stub import as_stub, shapes
from engine.api.stub import stub as make_stub

_LOCAL: dict[str, tuple[str, str, str]] = {
    "posts.page": (
        "iter",
        "(*, fields: Sequence[str] = (), status: Status | None = None, tag: str = '', "
        "category: str = '', tags: Sequence[str] = (), categories: Sequence[str] = (), "
        "language: str = '', missing_translation: str = '', year: int = 0, month: int = 0, "
        "since: str = '', until: str = '') -> Iterator[Post]",
        "Yield posts one by one, the newest first; only some fields when they are named.\n\n"
        'Bodies come when asked for: `fields=["slug", "body"]`. The rest is as for `list`.',
    ),
    "media.page": (
        "iter",
        "(*, fields: Sequence[str] = (), tag: str = '', mime_type: str = '', year: int = 0) "
        "-> Iterator[Media]",
        "Yield media one by one, the newest first; only some fields when they are named.",
    ),
    "output.table": (
        "table",
        "(rows: Iterable[Any], *, columns: Sequence[str] = (), title: str = '') -> None",
        "Print rows as a table; each is a mapping or a sequence.",
    ),
    "output.image": (
        "image",
        "(pixels: Any, *, columns: int = 60, depth: Literal[24, 8] = 24) -> None",
        "Print a picture as half blocks.\n\n"
        "`pixels` are rows of grey values or of (r, g, b), 0 to 255, or an array of the shape\n"
        "(rows, columns), (rows, columns, 3) or (rows, columns, 4), as numpy has them. A picture\n"
        "wider than `columns` (200 at most) is scaled down. `depth` 8 is for terminals of 256\n"
        "colours. What is transparent becomes black. A text is the name of a buffer.",
    ),
    "buffers.create": (
        "create",
        "(name: str, shape: int | Sequence[int], dtype: Any = 'uint8', *, replace: bool = False) "
        "-> Any",
        "Make a buffer: an array of zeros that other scripts of the project can open.\n\n"
        "`name` takes letters, digits, dots, hyphens and underscores. `dtype` is one of int8 to\n"
        "int64, uint8 to uint64, float32, float64, bool. The array is one of numpy where that is\n"
        "there, else a memoryview of that shape. It goes when the project is closed. A name that\n"
        "is taken is a FileExistsError, unless `replace` is true.",
    ),
    "buffers.open": (
        "open",
        "(name: str, *, writable: bool = False) -> Any",
        "Give the array of a buffer that this or another script has made: its memory, no copy.\n\n"
        "With `writable` it can be changed, which takes the right to write. `LookupError` when\n"
        "there is none.",
    ),
}
"""What scripts see instead of a function: name, signature, summary (`engine.child.app`)."""

_COMPATIBLE = (
    "## bds_api and js",
    "",
    "Scripts that were written for the plan's host run as they are: `from bds_api import bds` with "
    '`await bds.posts.get_by_slug("x")`, or `import js` with `js.posts.getBySlug("x")`. Names, '
    "arguments and shapes are that host's, contract 1.15.0: keys in camel case, None where nothing "
    "is, `BdsApiError` for what goes wrong. `import` is `import_` there. A tag's id is its "
    "name; `media.import_` and `replace_file` take files of the project's folder; `discard` goes "
    "back to git's last commit; `open_folder` and `show_item_in_folder` print the path.",
)

_HIDDEN = frozenset({"ui.read_line"})
"""What only the proxies call."""


def names(registry: Registry) -> str:
    """Make the module `engine.child.api_names`."""
    lines = [
        '"""The functions of the API by namespace; made by `make api` from the registry."""',
        "",
        "FUNCTIONS: dict[str, tuple[str, ...]] = {",
    ]
    for namespace, functions in registry.by_namespace.items():
        own = [f'"{function.name.partition(".")[2]}",' for function in functions]
        if len(own) == 1:
            lines.append(f'    "{namespace}": ({own[0]}),')
        else:
            lines += [f'    "{namespace}": (', *(f"        {name}" for name in own), "    ),"]
    lines += ["}", "", "SHAPES = ("]
    lines += [f'    "{shape.__name__}",' for shape in shapes(registry)]
    return "\n".join([*lines, ")", '"""What results are called in annotations: `app.Post`."""', ""])


def stub(registry: Registry) -> str:
    """Make `app.pyi`, which tells editors what `app` has."""
    return make_stub(registry, _seen)


def reference(registry: Registry) -> str:
    """Make `docs/api.md`."""
    rights = "; ".join(f"{PLURALS[kind]}: {', '.join(sorted(DEFAULTS[kind]))}" for kind in DEFAULTS)
    lines = [
        "# The API",
        "",
        "What a script can do with its project. Made from the registry (`engine/api/`) by "
        "`make api`; every example runs as a test in a sandboxed kernel.",
        "",
        "```python",
        "import app",
        "",
        'for post in app.posts.list(status="published", limit=10):',
        "    print(post.created_at[:10], post.title)",
        "```",
        "",
        'Results are mappings whose keys are attributes, too: `post.title` and `post["title"]`. '
        "What goes wrong is a Python exception with the host's words: `LookupError` when there is "
        "no such entry, `ValueError` and `TypeError` for arguments, `PermissionError` for what the "
        "script may not do, `OSError` when a file could not be read or written. `input()` asks the "
        "person, `app.args` holds what stood behind the script's name.",
        "",
        f"By default may: {rights}. `permissions` in `meta/project.json` says otherwise:",
        "",
        "```json",
        '"permissions": {"macro": ["read"], "utility": ["read", "write", "external"]}',
        "```",
    ]
    for namespace, functions in registry.by_namespace.items():
        lines += ["", f"## app.{namespace}", "", registry.texts[namespace]]
        for function in functions:
            if function.name in _HIDDEN:
                continue
            for name, signature, text in _seen(function):
                lines += [
                    "",
                    f"### app.{namespace}.{name}",
                    "",
                    "```python",
                    f"app.{namespace}.{name}{as_stub(signature)}",
                    "```",
                    "",
                    f"Needs the right to {function.mark}. {_as_markdown(text)}",
                    "",
                    "```python",
                    "import app",
                    "",
                    function.example,
                    "```",
                ]
    lines += ["", *_COMPATIBLE, "", *coverage.table()]
    return "\n".join([*lines, ""])


def as_data(registry: Registry) -> list[dict[str, Any]]:
    """Give every function as plain data, for `inkstand api --json`."""
    return [
        {
            "name": function.name,
            "mark": function.mark,
            "signature": function.signature,
            "summary": function.summary,
            "text": function.text,
            "example": function.example,
            "parameters": [
                {
                    "name": one.name,
                    "type": one.text,
                    "required": one.is_required,
                    "default": None if one.is_required else one.default,
                    "keyword_only": one.is_keyword_only,
                }
                for one in function.parameters
            ],
        }
        for function in registry
    ]


def _seen(function: Function) -> Iterator[tuple[str, str, str]]:
    """Give name, signature and text as scripts see the function."""
    local = _LOCAL.get(function.name)
    if local is not None:
        yield local
    else:
        yield function.name.partition(".")[2], function.signature, function.text


def _as_markdown(text: str) -> str:
    """Turn the sections of a docstring into lists."""
    lines: list[str] = []
    is_listing = False
    for line in text.split("\n"):
        if line in ("Args:", "Raises:", "Returns:"):
            lines.append(f"**{line[:-1]}**")
            lines.append("")
            is_listing = line != "Returns:"
        elif line.startswith("    ") and is_listing and not line.startswith("     "):
            name, _, words = line.strip().partition(": ")
            lines.append(f"- `{name}`: {words}")
        else:
            lines.append(line.strip() if is_listing else line.removeprefix("    "))
    return "\n".join(lines)
