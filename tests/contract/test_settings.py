"""Every setting is told, has a default that fits, and comes back from its file as it went in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from engine.kernel.limits import DEFAULTS
from engine.run_settings import limit_names, limits_of
from engine.settings.kinds import Choice, Language, Limit, Line, Listing, Number, Toggle, WebAddress
from engine.settings.reference import reference
from engine.settings.registry import AUTO_THEME, SECTION_TITLES, SETTINGS, Setting, setting
from engine.settings.values import Settings
from store.files import read
from store.personal import personal_path
from store.project import open_project
from tests.contract.test_keys import ARRIVES, PREFIXES, keys_of, own_bindings
from tui.screens.preferences import PreferencesScreen
from tui.theme import INK, SIXTEEN_COLOURS

ROOT = Path(__file__).parents[2]
BY_ID = pytest.mark.parametrize("one", SETTINGS, ids=lambda one: one.id)


def samples(one: Setting) -> list[object]:
    """Return values that fit and are not the default."""
    values: dict[type, list[object]] = {
        Toggle: [True, False],
        Number: [1, 7, 3],
        Limit: [200, 300.5 if isinstance(one.kind, Limit) and one.kind.name != "threads" else 9],
        Line: ["Tëxt & 😀", '"quoted" \\ [x]'],
        Language: ["de", "pt-BR"],
        Listing: [["en", "pt-BR"], ["de"]],
        WebAddress: ["https://example.org/blog"],
        Choice: list(one.kind.labels) if isinstance(one.kind, Choice) else [],
    }
    found = [value for value in values[type(one.kind)] if one.validate(value) == ""]
    return [value for value in found if value != one.default]


@BY_ID
def test_a_setting_is_told_in_words(one: Setting) -> None:
    assert one.label.strip()
    assert one.help.endswith(".")
    assert one.help[:-1].count(". ") == 0, "one sentence"
    assert one.help.isascii()
    assert one.section in SECTION_TITLES
    assert one.kind.words.strip()


@BY_ID
def test_a_default_fits_and_can_be_typed(one: Setting) -> None:
    assert one.validate(one.default) == ""
    assert one.kind.parse(one.kind.show(one.default)) == one.default


@BY_ID
async def test_a_value_comes_back_from_its_file(
    one: Setting, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    values = samples(one)
    assert values, "nothing to try"
    for value in values:
        settings = Settings(open_project(demo), lambda _: None)
        await settings.load()
        assert await settings.change(one, value) is not None
        assert settings.reading(one).value == value
        again = Settings(open_project(demo), lambda _: None)
        await again.load()
        assert again.reading(one).value == value
        assert [*again.problems("project"), *again.problems("personal")] == []
        path = demo / "meta" / "project.json" if one.home == "project" else personal_path()
        held = json.loads(read(path)[0])
        for key in one.path:
            held = held[key]
        assert held == value


def test_ids_and_places_are_their_own() -> None:
    for names in ([one.id for one in SETTINGS], [(one.home, one.path) for one in SETTINGS]):
        assert [name for name, count in Counter(names).items() if count > 1] == []
    labels = Counter((one.section, one.group, one.label) for one in SETTINGS)
    assert max(labels.values()) == 1
    assert {one.section for one in SETTINGS} == set(SECTION_TITLES)


def test_the_reference_is_what_the_registry_says() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert text == reference(), "run `make docs`"
    for one in SETTINGS:
        assert f"**{one.label}** `{'.'.join(one.path)}` ({one.home})" in text
        assert one.help in text


def test_every_limit_of_every_kind_of_run_can_be_set() -> None:
    paths = {one.path for one in SETTINGS if one.section == "limits"}
    assert paths == {("limits", run, name) for run in DEFAULTS for name in limit_names()}
    settings = {
        run: {name: setting(f"project.limits.{run}.{name}").default for name in limit_names()}
        for run in DEFAULTS
    }
    assert limits_of({"limits": settings}) == (DEFAULTS, []), "the registry knows the defaults"


def test_every_theme_can_be_chosen() -> None:
    kind = setting("personal.theme").kind
    assert isinstance(kind, Choice)
    assert list(kind.labels) == [AUTO_THEME, INK.name, SIXTEEN_COLOURS]


def test_the_screen_needs_no_key_that_does_not_arrive() -> None:
    for binding in own_bindings(PreferencesScreen):
        assert binding.id
        assert binding.id.startswith("preferences.")
        for key in keys_of(binding):
            assert ARRIVES.fullmatch(key)
            assert key not in PREFIXES
