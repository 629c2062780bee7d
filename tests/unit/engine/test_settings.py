"""Settings of an open project: read, checked, written one by one, taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.events import RunOutput
from engine.kernel.limits import DEFAULTS, MIB
from engine.settings.data import data_facts
from engine.settings.kinds import Kind, Language, Limit, Line, Listing, Number, Toggle, WebAddress
from engine.settings.registry import SETTINGS, setting
from engine.settings.values import Settings, read_personal
from engine.workspace import Workspace, open_workspace
from store.consent import read_consent
from store.files import ConflictError, FileError
from store.json_text import REMOVE
from store.project import open_project

NAME = setting("project.name")
PER_PAGE = setting("project.maxPostsPerPage")
CPU = setting("project.limits.macro.cpuS")
WALL = setting("project.limits.utility.timeoutS")
INDENT = setting("personal.editor.indentWidth")
THEME = setting("personal.theme")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "inkstand" / "settings.json"


def project_file(root: Path) -> Path:
    return root / "meta" / "project.json"


async def loaded(workspace: Workspace) -> Settings:
    await workspace.settings.load()
    return workspace.settings


def put_config(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def is_sandboxed(workspace: Workspace) -> bool:
    return workspace.agreement.is_sandboxed


def value(settings: Settings, id: str) -> object:
    return settings.reading(setting(id)).value


# What fits ----------------------------------------------------------------------------------------

LANGUAGES = Listing(Language(), "codes")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Toggle(), (True, False), (1, 0, "true", None, [])),
        (Number(1, 500), (1, 500, 20.0), (0, 501, 1.5, True, "5", None, float("nan"), 10**400)),
        (Number(0, 1, is_whole=False), (0, 0.5, 1), (-0.1, 1.1, float("inf"), False)),
        (Line(), ("", "Tëa & 😀", "x" * 500), ("a\nb", "\x1b[2J", "\u202e", "x" * 501, 5, None)),
        (Language(), ("en", "pt-BR", "gsw"), ("", "EN", "e", "en_US", "english", "en-", 5, None)),
        (LANGUAGES, ([], ["en", "de"]), ("en", ["en", "en"], ["en", ""], [5], None, {})),
        (
            WebAddress(),
            ("", "https://example.org", "http://localhost:8000/blog/", "https://ä.example"),
            ("x.org", "ftp://x.org", "https://", "https://a b", "https://x/?q", "https://x/#y", 5),
        ),
        (WebAddress(), (), ("https://u:p@x", "https://x:99999", "https://[", "javascript:x")),
        (Limit("macro", "threads"), (0, 3.0, 1_000), (2.5, -1, 1_001, None, True, "3")),
        (Limit("macro", "cpuS"), (1, 2.5, None), (0, "none", False)),
        (THEME.kind, ("auto", "ink", "ansi-dark"), ("", "Ink", 5, [], None)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_fits_and_what_does_not(
    kind: Kind, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    for one in good:
        assert kind.problem(one) == ""
        assert kind.problem(kind.parse(kind.show(one))) == ""
    for one in bad:
        assert kind.problem(one).startswith("should ")


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        (Toggle(), "on", True),
        (Number(1, 500), "20", 20),
        (Number(1, 500), "1e2", 100.0),
        (Number(1, 500), "twenty", "twenty"),
        (Number(1, 500), "9" * 5_000, "9" * 5_000),
        (Number(1, 500), "nan", "nan"),
        (Limit("macro", "cpuS"), "None", None),
        (Limit("macro", "cpuS"), "2.5", 2.5),
        (LANGUAGES, "en, de fr", ["en", "de", "fr"]),
        (LANGUAGES, " , ", []),
    ],
)
def test_what_a_person_types_is_understood(kind: Kind, text: str, meant: object) -> None:
    assert kind.parse(text) == meant
    assert type(kind.parse(text)) is type(meant)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_taken_or_refused_in_words(text: str) -> None:
    for one in SETTINGS:
        problem = one.validate(one.kind.parse(text))
        assert problem == "" or problem.startswith("should ")


# Reading ------------------------------------------------------------------------------------------


async def test_where_the_files_say_nothing_the_defaults_hold(
    kernelless: Workspace, root: Path
) -> None:
    settings = await loaded(kernelless)
    assert value(settings, "project.name") == "Blog"
    for one in SETTINGS:
        if one is not NAME:
            reading = settings.reading(one)
            assert (reading.value, reading.is_set, reading.problem) == (one.default, False, "")
    assert [*settings.problems("project"), *settings.problems("personal")] == []


async def test_a_wrong_value_is_told_with_its_place_and_the_default_holds(
    kernelless: Workspace, root: Path, config: Path
) -> None:
    project_file(root).write_text(
        '{"name": "Blog",\n "maxPostsPerPage": "many",\n'
        ' "limits": {"macro": {"cpuS": 0}, "macros": {}}}'
    )
    put_config(config, '{"theme": "pink",\n  "editor": 5}')
    settings = await loaded(kernelless)
    assert value(settings, PER_PAGE.id) == 50
    assert settings.problems("project") == [
        "meta/project.json:2:2: maxPostsPerPage should be a whole number from 1 to 500; "
        "using the default.",
        "meta/project.json:3:23: cpuS should be a number from 1 to 86400, or null for none; "
        "using the default.",
        "meta/project.json:3:35: macros is no kind of run; there are macro, preview, transform, "
        "utility; using the default.",
    ]
    assert settings.reading(CPU).problem.startswith("meta/project.json:3:23: cpuS should be ")
    first, second = settings.problems("personal")
    assert first.endswith("settings.json:2:3: editor should be an object; using defaults.")
    assert second.endswith(":1:2: theme should be auto, ink or ansi-dark; using the default.")


async def test_the_persons_own_are_there_before_a_project_is_open(config: Path) -> None:
    readings, problems = read_personal()
    assert (readings[THEME.id].value, readings[INDENT.id].value, problems) == ("auto", 4, [])
    put_config(config, '{"theme": "ink"')
    readings, (problem,) = read_personal()
    assert readings[THEME.id].value == "auto"
    assert "settings.json:1:16: " in problem


async def test_control_characters_in_a_file_steer_no_terminal(
    kernelless: Workspace, root: Path
) -> None:
    bad = "\x1b]0;owned\x07"
    project_file(root).write_text(
        json.dumps({"name": bad, "mainLanguage": bad, "limits": {bad: {}, "macro": {bad: 1}}})
    )
    settings = await loaded(kernelless)
    assert len(settings.problems("project")) == 4
    for problem in settings.problems("project"):
        assert problem.isprintable()
    assert value(settings, "project.name") == ""


# Writing ------------------------------------------------------------------------------------------


async def test_a_change_is_written_and_takes_effect_at_once(
    kernelless: Workspace, root: Path
) -> None:
    settings = await loaded(kernelless)
    change = await settings.change(CPU, 3)
    assert change is not None
    assert (change.file, change.before) == ("meta/project.json", REMOVE)
    assert json.loads(project_file(root).read_text())["limits"] == {"macro": {"cpuS": 3}}
    assert (kernelless.limits["macro"].cpu_s, kernelless.limits["preview"].cpu_s) == (3, 5)
    await settings.change(WALL, 60)
    assert kernelless.limits["utility"].wall_s == 60
    await settings.change(NAME, "Renamed")
    assert (kernelless.project.name, open_project(root).name) == ("Renamed", "Renamed")
    assert kernelless.project.settings["name"] == "Renamed"


async def test_a_run_keeps_to_a_limit_that_was_just_set(workspace: Workspace, root: Path) -> None:
    settings = await loaded(workspace)
    await settings.change(setting("project.limits.utility.memoryMiB"), 200)
    (root / "scripts" / "work.py").write_text(
        "import resource\nprint(resource.getrlimit(resource.RLIMIT_AS)[0])\n"
    )
    run = await workspace.runs.start(await workspace.load_script("scripts/work.py"))
    printed = b"".join([one.data async for one in run.events() if isinstance(one, RunOutput)])
    assert int(printed) == 200 * MIB


async def test_taking_the_last_limit_out_leaves_no_empty_objects(
    kernelless: Workspace, root: Path
) -> None:
    before = project_file(root).read_text()
    settings = await loaded(kernelless)
    await settings.change(CPU, 3)
    await settings.change(WALL, None)
    await settings.change(CPU, REMOVE)
    assert json.loads(project_file(root).read_text())["limits"] == {"utility": {"timeoutS": None}}
    await settings.change(WALL, REMOVE)
    assert project_file(root).read_text() == before
    assert kernelless.limits == DEFAULTS
    assert await settings.change(WALL, REMOVE) is None


async def test_what_does_not_fit_is_not_written(kernelless: Workspace, root: Path) -> None:
    before = project_file(root).read_bytes()
    settings = await loaded(kernelless)
    with pytest.raises(ValueError, match="should be a whole number from 1 to 500"):
        await settings.change(PER_PAGE, 501)
    assert project_file(root).read_bytes() == before
    assert not settings.can_undo


async def test_changes_are_taken_back_one_by_one(kernelless: Workspace, root: Path) -> None:
    project_file(root).write_text('{"name": "Blog", "maxPostsPerPage": "many", "x": 1}')
    before = project_file(root).read_text()
    settings = await loaded(kernelless)
    await settings.change(PER_PAGE, 20)
    await settings.change(INDENT, 2)
    await settings.change(CPU, 3)
    assert await settings.change(CPU, 3) is None
    undone = [await settings.undo(), await settings.undo()]
    assert [one.setting for one in undone if one] == [CPU, INDENT]
    assert read_personal()[0][INDENT.id].is_set is False
    assert kernelless.limits == DEFAULTS
    last = await settings.undo()
    assert last is not None
    assert last.before == "many"
    assert project_file(root).read_text() == before
    assert await settings.undo() is None


async def test_a_conflict_reads_again_and_overwrites_nothing(
    kernelless: Workspace, root: Path
) -> None:
    settings = await loaded(kernelless)
    await settings.change(PER_PAGE, 20)
    theirs = '{"name": "Theirs", "limits": {"macro": {"cpuS": 7}}}'
    project_file(root).write_text(theirs)
    with pytest.raises(ConflictError, match="It has been read again"):
        await settings.change(NAME, "Mine")
    assert project_file(root).read_text() == theirs
    assert value(settings, NAME.id) == "Theirs"
    assert kernelless.limits["macro"].cpu_s == 7
    assert not settings.can_undo, "what it would bring back is not what was there"
    await settings.change(NAME, "Mine")
    assert project_file(root).read_text() == theirs.replace("Theirs", "Mine")


async def test_taking_back_over_a_foreign_change_is_a_conflict_too(
    kernelless: Workspace, root: Path
) -> None:
    settings = await loaded(kernelless)
    await settings.change(NAME, "Mine")
    project_file(root).write_text('{"name": "Theirs"}')
    with pytest.raises(ConflictError):
        await settings.undo()
    assert project_file(root).read_text() == '{"name": "Theirs"}'
    assert await settings.undo() is None


async def test_a_file_that_breaks_while_the_project_is_open_changes_nothing(
    kernelless: Workspace, root: Path
) -> None:
    settings = await loaded(kernelless)
    await settings.change(CPU, 3)
    project_file(root).write_text("{")
    await settings.load()
    assert kernelless.limits["macro"].cpu_s == 3
    assert kernelless.project.name == "Blog"
    assert settings.problems("project")[0].startswith("meta/project.json:1:2: ")
    with pytest.raises(FileError, match="right first"):
        await settings.change(NAME, "Mine")
    assert project_file(root).read_text() == "{"


async def test_a_change_by_hand_is_taken_in_by_reading(kernelless: Workspace, root: Path) -> None:
    settings = await loaded(kernelless)
    project_file(root).write_text('{"name": "By hand", "limits": {"macro": {"threads": 5}}}')
    await settings.load()
    assert (kernelless.project.name, kernelless.limits["macro"].threads) == ("By hand", 5)


# Sandbox and data ---------------------------------------------------------------------------------


async def test_taking_the_agreement_back_brings_the_sandbox_back(
    workspace: Workspace, root: Path
) -> None:
    script = await workspace.load_script("scripts/work.py")
    await workspace.agreement.agree()
    assert await workspace.agreement.is_noted()
    assert is_sandboxed(workspace) is False
    await workspace.agreement.withdraw()
    assert is_sandboxed(workspace) is True
    assert not await workspace.agreement.is_noted()
    assert read_consent(workspace.project) == {}
    assert await workspace.agreement.unconfirmed() == ["scripts/work.py"]
    proof = root / "proof"
    source = f"open({str(proof)!r}, 'w')".encode()
    run = await workspace.runs.start(script, source=source)
    assert (await run.wait()).outcome == "raised"
    assert not proof.exists()


async def test_the_data_are_measured(root: Path) -> None:
    async with open_workspace(root) as workspace:
        await workspace.catalog.rebuild(is_full=True)
        (root / "posts" / "broken.md").write_text("---\ntitle: [\n---\n")
        await workspace.catalog.rebuild()
        facts = await data_facts(workspace.project, workspace.catalog)
        assert (facts.folder, facts.index) == (root, workspace.project.index_path)
        assert facts.index_bytes >= facts.index.stat().st_size > 0
        assert facts.counts.scripts >= 1
        assert [problem.path for problem in facts.problems] == ["posts/broken.md"]
