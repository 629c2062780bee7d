"""The limits a project sets: what can be used, what cannot, and where that stands in the file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.limits import DEFAULTS, MIB, Limits
from engine.kernel.pool import Pool
from engine.run_settings import limits_of, place_of
from engine.workspace import open_workspace

HUGE = 10**400


def only(kind: str, **values: Any) -> dict[str, object]:
    return {"limits": {kind: values}}


# Values -------------------------------------------------------------------------------------------


def test_where_nothing_is_set_the_defaults_hold() -> None:
    empty: tuple[dict[str, Any], ...] = ({}, {"limits": {}}, {"limits": {"macro": {}}})
    for settings in empty:
        assert limits_of(settings) == (DEFAULTS, [])


def test_all_that_can_be_set_is_set_for_that_kind_only() -> None:
    limits, problems = limits_of(
        only("utility", timeoutS=60, cpuS=30.5, memoryMiB=2048, threads=64, outputMiB=2)
    )
    assert problems == []
    assert limits["utility"] == Limits(60, 30.5, 2048 * MIB, 64, 2 * MIB)
    assert {**limits, "utility": DEFAULTS["utility"]} == DEFAULTS


@pytest.mark.parametrize("kind", DEFAULTS)
def test_what_is_not_set_stays_the_kinds_default(kind: Any) -> None:
    limits, problems = limits_of(only(kind, threads=1))
    assert problems == []
    assert limits[kind].threads == 1
    assert limits[kind].wall_s == DEFAULTS[kind].wall_s
    assert limits[kind].memory_bytes == DEFAULTS[kind].memory_bytes


def test_null_is_no_limit_on_time() -> None:
    limits, problems = limits_of(only("macro", timeoutS=None, cpuS=None))
    assert (limits["macro"].wall_s, limits["macro"].cpu_s, problems) == (None, None, [])


GOOD = {
    "timeoutS": (0.01, 1, 86_400),
    "cpuS": (1, 1.5, 86_400),
    "memoryMiB": (160, 512.0, 1 << 20),
    "threads": (0, 1, 1_000),
    "outputMiB": (1, 16, 1_024),
}
BAD = {
    "timeoutS": (0, 0.001, 86_401),
    "cpuS": (0, 0.5, 86_401),
    "memoryMiB": (0, 159, 159.9, (1 << 20) + 1, None),
    "threads": (-1, 1_001, None),
    "outputMiB": (0, 0.5, 1_025, None),
}
NEVER: tuple[Any, ...] = (
    True,
    False,
    "5",
    "",
    [],
    [5],
    {},
    -1,
    math.nan,
    math.inf,
    -math.inf,
    HUGE,
    -HUGE,
)
"""What no limit can be."""


@pytest.mark.parametrize(("name", "values"), GOOD.items())
def test_a_value_within_its_bounds_is_used(name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        limits, problems = limits_of(only("macro", **{name: value}))
        assert problems == []
        assert limits["preview"] == DEFAULTS["preview"]


@pytest.mark.parametrize("name", BAD)
def test_a_value_beyond_its_bounds_leaves_the_default(name: str) -> None:
    for value in (*BAD[name], *NEVER):
        limits, problems = limits_of(only("macro", **{name: value}))
        assert limits == DEFAULTS
        (problem,) = problems
        assert list(problem.keys) == ["limits", "macro", name]
        assert problem.words.startswith("should be a number from ")
        assert ("null for none" in problem.words) is (name in ("timeoutS", "cpuS"))


def test_amounts_that_are_counted_are_whole() -> None:
    limits, _ = limits_of(only("macro", memoryMiB=512.5, threads=3.0, outputMiB=1.25))
    assert limits["macro"] == Limits(10, 10, 512 * MIB + MIB // 2, 3, MIB + MIB // 4)
    assert type(limits["macro"].threads) is int
    assert type(limits["macro"].memory_bytes) is int


def test_half_a_thread_is_no_number_of_threads() -> None:
    limits, problems = limits_of(only("macro", threads=2.5))
    assert (limits["macro"].threads, len(problems)) == (DEFAULTS["macro"].threads, 1)


def test_one_bad_value_spoils_no_other() -> None:
    limits, problems = limits_of(
        {"limits": {"macro": {"threads": "x", "cpuS": 3}, "preview": 5, "utility": {"cpuS": 4}}}
    )
    assert (limits["macro"].cpu_s, limits["macro"].threads) == (3, 32)
    assert (limits["preview"], limits["utility"].cpu_s) == (DEFAULTS["preview"], 4)
    assert [problem.keys[-1] for problem in problems] == ["threads", "preview"]


# Names and shapes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, 5, "macro", [], [{}], True])
def test_limits_that_are_no_object_are_told(value: object) -> None:
    limits, (problem,) = limits_of({"limits": value})
    assert limits == DEFAULTS
    assert (list(problem.keys), problem.words) == (
        ["limits"],
        "should be an object with kinds of runs",
    )


@pytest.mark.parametrize("value", [None, 5, "threads", [], [{}], True])
def test_a_kind_that_is_no_object_is_told(value: object) -> None:
    limits, (problem,) = limits_of({"limits": {"macro": value}})
    assert limits == DEFAULTS
    assert (list(problem.keys), problem.words) == (
        ["limits", "macro"],
        "should be an object with limits",
    )


@pytest.mark.parametrize("kind", ["macros", "Macro", "", "*", "ma\ncro"])
def test_an_unknown_kind_is_told_with_those_there_are(kind: str) -> None:
    limits, (problem,) = limits_of({"limits": {kind: {"threads": 1}}})
    assert limits == DEFAULTS
    assert list(problem.keys) == ["limits", kind]
    assert problem.words == "is no kind of run; there are macro, preview, transform, utility"


@pytest.mark.parametrize("name", ["timeout", "TIMEOUTS", "wall_s", "memoryMB", ""])
def test_an_unknown_limit_is_told_with_those_there_are(name: str) -> None:
    limits, (problem,) = limits_of(only("macro", **{name: 1}))
    assert limits == DEFAULTS
    assert list(problem.keys) == ["limits", "macro", name]
    assert problem.words == ("is no limit; there are timeoutS, cpuS, memoryMiB, threads, outputMiB")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["limits", *DEFAULTS, *GOOD]) | st.text(max_size=9), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "other"]), JSON, max_size=5))
def test_whatever_stands_there_the_limits_can_be_used(wanted: dict[str, Any]) -> None:
    settings = {"limits": wanted}
    limits, problems = limits_of(settings)
    assert set(limits) == set(DEFAULTS)
    for one in limits.values():
        for time_s in (one.wall_s, one.cpu_s):
            assert time_s is None or 0 < time_s <= 86_400
        assert 160 * MIB <= one.memory_bytes <= 1 << 40
        assert 0 <= one.threads <= 1_000
        assert MIB <= one.output_bytes <= 1 << 30
    text = json.dumps(settings, indent=1)
    for problem in problems:
        line, column = place_of(text, problem.keys)
        assert 1 <= line <= text.count("\n") + 1
        assert column >= 1


# Places -------------------------------------------------------------------------------------------


def found(text: str, *keys: str) -> str:
    """Return what stands at the place of a key."""
    line, column = place_of(text, keys)
    return text.splitlines()[line - 1][column - 1 :]


NESTED = """{
  "name": "limits",
  "note": "about \\"limits\\": {",
  "theme": {"limits": {"macro": {"threads": 0}}},
  "limits": {
    "preview": {"threads": -1},
    "macro"  :  {
      "cpuS": 3, "threads": "many"
    },
    "utility": {"threads": -2}
  }
}
"""


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        (["limits"], 5, 3),
        (["limits", "preview"], 6, 5),
        (["limits", "preview", "threads"], 6, 17),
        (["limits", "macro"], 7, 5),
        (["limits", "macro", "threads"], 8, 18),
        (["limits", "utility", "threads"], 10, 17),
    ],
)
def test_the_place_is_that_of_the_key(keys: list[str], line: int, column: int) -> None:
    assert place_of(NESTED, keys) == (line, column)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_the_place_in_a_file_of_one_line_or_many(indent: int | str | None) -> None:
    separators = (",", ":") if indent is None else None
    text = json.dumps(json.loads(NESTED), indent=indent, separators=separators)
    for keys in (["limits"], ["limits", "macro"], ["limits", "macro", "threads"]):
        assert found(text, *keys).startswith(f'"{keys[-1]}":')
    assert found(text, "limits", "macro", "threads").split(":")[1].strip()[:6] == '"many"'
    assert found(text, "limits", "preview", "threads").split(":")[1].strip()[:2] == "-1"


def test_a_name_inside_another_kind_is_not_taken_for_the_kind() -> None:
    text = '{"limits": {"macro": {"preview": 1}, "preview": 7}}'
    assert found(text, "limits", "preview").startswith('"preview": 7')
    assert found(text, "limits", "macro", "preview").startswith('"preview": 1')


def test_a_key_that_stands_there_twice_is_the_last_as_json_has_it() -> None:
    text = '{"limits": 5, "limits": {"macro": 1, "macro": {"threads": -1}}}'
    assert found(text, "limits").startswith('"limits": {')
    assert found(text, "limits", "macro", "threads").startswith('"threads": -1')


@pytest.mark.parametrize(
    "written",
    ['"thr\\u0065ads"', '"\\u0074\\u0068\\u0072\\u0065\\u0061\\u0064\\u0073"'],
)
def test_a_key_that_is_written_with_escapes_is_found(written: str) -> None:
    text = f'{{"limits": {{"macro":\n {{"cpuS": 1,\n  {written}: -1}}}}}}'
    assert place_of(text, ["limits", "macro", "threads"]) == (3, 3)


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "line\nend", "ünï", "😀", ""])
def test_an_unknown_name_of_any_kind_is_found(name: str) -> None:
    for is_ascii in (True, False):
        text = json.dumps(
            {"limits": {"macro": {"cpuS": 1, name: 1}}}, ensure_ascii=is_ascii, indent=1
        )
        assert place_of(text, ["limits", "macro", name]) == (5, 4)


def test_the_place_of_what_is_not_there_is_somewhere_in_the_file() -> None:
    for text in ("{}", "", '{"limits": {}}', "[1, 2"):
        line, column = place_of(text, ["limits", "macro", "threads"])
        assert (line, column) >= (1, 1)
        assert line <= text.count("\n") + 1


# The open project ---------------------------------------------------------------------------------


async def notices_of(root: Path, text: str | bytes) -> tuple[list[str], Limits]:
    data = text.encode() if isinstance(text, str) else text
    (root / "meta" / "project.json").write_bytes(data)
    async with Pool(0) as pool, open_workspace(root, pool=pool) as workspace:
        return workspace.notices, workspace.limits["macro"]


async def test_opening_tells_what_cannot_be_used_and_where(root: Path) -> None:
    notices, limits = await notices_of(root, NESTED.replace('"cpuS": 3', '"cpuS": 7'))
    assert [notice.split(": ")[0] for notice in notices] == [
        "meta/project.json:6:17",
        "meta/project.json:8:18",
        "meta/project.json:10:17",
    ]
    assert notices[1] == (
        "meta/project.json:8:18: threads should be a number from 0 to 1000; using the default."
    )
    assert (limits.cpu_s, limits.threads) == (7, DEFAULTS["macro"].threads)


async def test_opening_is_silent_where_all_is_well(root: Path) -> None:
    text = json.dumps({"name": "Blog", "limits": {"macro": {"timeoutS": None, "threads": 2}}})
    notices, limits = await notices_of(root, b"\xef\xbb\xbf" + text.encode())
    assert (notices, limits.wall_s, limits.threads) == ([], None, 2)


async def test_a_byte_order_mark_moves_no_place(root: Path) -> None:
    notices, _ = await notices_of(root, b"\xef\xbb\xbf" + b'{"limits": 5}')
    assert [notice.split(": ")[0] for notice in notices] == ["meta/project.json:1:2"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400])
async def test_numbers_that_are_none_are_told(root: Path, value: str) -> None:
    text = f'{{"name": "Blog", "limits": {{"macro": {{"threads": {value}}}}}}}'
    (notice,), limits = await notices_of(root, text)
    assert "threads should be a number" in notice
    assert limits == DEFAULTS["macro"]


async def test_a_number_beyond_what_python_reads_is_no_more_than_a_message(root: Path) -> None:
    text = f'{{"limits": {{"macro": {{"threads": {"9" * 10_000}}}}}}}'
    (notice,), limits = await notices_of(root, text)
    assert notice.startswith("meta/project.json: ")
    assert limits == DEFAULTS["macro"]


async def test_a_notice_obeys_nothing_of_the_key_it_quotes(root: Path) -> None:
    key = "\x1b]0;owned\x07\x1b[2J\n\u202ethreads\ud800"
    both: tuple[dict[str, Any], ...] = ({key: {}}, {"macro": {key: 1}})
    for limits in both:
        (notice,), _ = await notices_of(root, json.dumps({"limits": limits}))
        assert notice.isprintable(), ascii(notice)


async def test_a_giant_key_makes_no_giant_notice(root: Path) -> None:
    text = json.dumps({"limits": {"macro": {"x" * 100_000: 1}}})
    (notice,), _ = await notices_of(root, text)
    assert len(notice) < 1_000
