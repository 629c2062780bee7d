"""Headers of scripts: what is one, and that patching touches only the lines that change."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import headers
from tests.unit.store.conftest import script_text

COMMENT = '#!/usr/bin/env python\n# ---\n# slug: "a"\n# title: Hello\n#\n# x-y: 1\n# ---\nprint()\n'


def test_the_docstring_form() -> None:
    text = script_text("a", title='"Say \\"hi\\" \\\\o"')
    header = headers.parse(text)
    assert header.form == "docstring"
    assert text == header.text + "x = 1\n"
    assert header.values["title"] == 'Say "hi" \\o'
    assert header.values["enabled"] is True
    assert header.values["version"] == 3
    assert tuple(header.values) == headers.KEYS


def test_the_comment_form() -> None:
    header = headers.parse(COMMENT)
    assert header.form == "comment"
    assert header.text + "print()\n" == COMMENT
    assert header.values == {"slug": "a", "title": "Hello", "x-y": 1}


@pytest.mark.parametrize("quote", ['"""', "'''"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_odd_but_fine(quote: str, bom: str, eol: str) -> None:
    lines = [quote, "---", "", "# note", "slug: 'it\\'s'", "n: -1.5", "---", "", quote, "x = 1"]
    text = bom + eol.join(lines)
    header = headers.parse(text)
    assert header.form == "docstring"
    assert header.values == {"slug": "it's", "n": -1.5}
    assert text == header.text + "x = 1"
    new = headers.patch(header, {"n": 2, "title": "T"})
    assert new == header.text.replace("-1.5", "2").replace(f"2{eol}", f'2{eol}title: "T"{eol}')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"""\n---\nslug: "a"\n', "line 1 is broken: it has no closing --- line"),
        ('"""\n---\nslug: "a"\ndef f(): pass\n---\n"""\n', "line 4 is not `key: value`"),
        ('"""\n---\nslug: "a"\n"""\n', 'line 4 is not `key: value`: """'),
        ('"""\n---\nslug: "a"\n---\nprose\n"""\n', 'line 5 should be """'),
        ("\"\"\"\n---\nslug: 'a'\n---\n'''\n", 'line 5 should be """'),
        ('# ---\n# slug: "a"\nx = 1\n', "it has no closing # --- line"),
        ('# ---\n# slug: "a"\n# junk\n# ---\n', "line 3 is not `# key: value`: junk"),
    ],
)
def test_a_broken_header_is_none_with_a_problem(text: str, words: str) -> None:
    header = headers.parse(text)
    assert (header.text, header.form) == ("", "none")
    assert words in header.problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        '"""A docstring."""\n',
        '"""\nProse\n---\n"""\n',
        "# ---\n# My script\n# ---\n",
        "# ---\n# jupyter:\n#   jupytext:\n#     title: x\n# ---\n",
        '\n"""\n---\nslug: "a"\n---\n"""\n',
        "# ---",
        '"""',
    ],
)
def test_no_header_and_no_problem(text: str) -> None:
    assert headers.parse(text) == headers.Header("", "none")


def test_a_patch_keeps_quoting_order_comments_and_unknown_keys() -> None:
    text = (
        '"""\n---\nversion:   3  \nslug: \'a\'\n# a note\ntitle: Plain\nmood: "x"\n\n'
        'kind:"macro"\n---\n"""\n'
    )
    header = headers.parse(text)
    assert headers.patch(header, {"version": 3, "slug": "a", "title": "Plain"}) == text
    changed = headers.patch(
        header, {"version": 4, "slug": "b", "title": "New", "kind": "utility", "enabled": False}
    )
    assert changed == (
        '"""\n---\nversion:   4  \nslug: \'b\'\n# a note\ntitle: New\nmood: "x"\n\n'
        'kind: "utility"\nenabled: false\n---\n"""\n'
    )


def test_quoting_gives_way_where_it_cannot_hold_the_value() -> None:
    header = headers.parse('"""\n---\ntitle: Plain\nslug: \'a\'\n---\n"""\n')
    for value in ("true", "12", '"', "a\\b", "", "it's"):
        new = headers.patch(header, {"title": value})
        assert headers.parse(new).values["title"] == value
    new = headers.patch(header, {"slug": 'three """ quotes'})
    assert headers.parse(new).values["slug"] == 'three """ quotes'
    ast.parse(new)


def test_the_last_of_repeated_keys_counts_and_is_patched() -> None:
    header = headers.parse('"""\n---\nslug: "a"\nslug: "b"\n---\n"""\n')
    assert header.values["slug"] == "b"
    assert '"a"\nslug: "c"' in headers.patch(header, {"slug": "c"})


def test_a_comment_header_is_patched_as_comments() -> None:
    header = headers.parse(COMMENT)
    assert headers.patch(header, {"title": "Bye", "version": 2}) == (
        '#!/usr/bin/env python\n# ---\n# slug: "a"\n# title: Bye\n#\n# x-y: 1\n'
        "# version: 2\n# ---\n"
    )


def test_deeper_levels_of_a_comment_block_are_not_ours() -> None:
    header = headers.parse('# ---\n# slug: "a"\n# jupyter:\n#   title: "theirs"\n# ---\n')
    assert headers.patch(header, {"title": "mine"}).endswith('"theirs"\n# title: "mine"\n# ---\n')


def test_what_stays_above_an_added_header() -> None:
    assert headers.split_preamble("#!/bin/x\n# coding: utf-8\nx") == (
        "#!/bin/x\n# coding: utf-8\n",
        "x",
    )
    assert headers.split_preamble("\ufeffx") == ("\ufeff", "x")
    assert headers.split_preamble("x = 1\n") == ("", "x = 1\n")


VALUES = st.one_of(
    st.text(max_size=40).map(headers.clean),
    st.sampled_from(['"""', "'''", '\\"""', "\\", "true", "007", "a: b", "# x", "---", "N{x}"]),
    st.booleans(),
    st.integers(-(10**15), 10**15),
)
HEADER_DICTS = st.dictionaries(
    st.sampled_from((*headers.KEYS, "mood", "x-y")), VALUES, min_size=1
).filter(lambda values: values.keys() & set(headers.KEYS))


@given(HEADER_DICTS, st.sampled_from(["docstring", "comment"]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_rendered_is_read_back(
    values: dict[str, headers.Value], form: headers.Form, eol: str
) -> None:
    text = headers.render(values, form=form, eol=eol)
    header = headers.parse(text + "body")
    assert header.problem == ""
    assert (header.text, header.form, dict(header.values)) == (text, form, values)
    assert headers.patch(header, values) == text
    ast.parse(text)


@given(HEADER_DICTS, HEADER_DICTS, st.sampled_from(["docstring", "comment"]))
def test_a_patch_touches_only_the_lines_it_changes(
    old: dict[str, headers.Value], changes: dict[str, headers.Value], form: headers.Form
) -> None:
    before = headers.render(old, form=form)
    header = headers.parse(before)
    after = headers.patch(header, changes)
    assert dict(headers.parse(after).values) == old | changes
    ast.parse(after)
    kept = [line for line in before.split("\n") if not any(f"{key}:" in line for key in changes)]
    lines = iter(after.split("\n"))
    assert all(line in lines for line in kept)  # a subsequence: same lines, same order


@given(st.text())
def test_any_text_is_header_and_body(text: str) -> None:
    header = headers.parse(text)
    assert text.startswith(header.text)


@given(st.lists(st.sampled_from(['"""', "---", "slug: x", "# ---", "# slug: x", "", "x", "\r"])))
def test_any_mix_of_header_lines_is_read(lines: list[str]) -> None:
    text = "\n".join(lines)
    header = headers.parse(text)
    assert text.startswith(header.text)
    assert bool(header.text) == (header.form != "none")
