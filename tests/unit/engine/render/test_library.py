"""Which scripts a batch gets, and what is told of those that it does not."""

from __future__ import annotations

import time

import pytest

from engine.child import protocol
from engine.render.expand import MacroError
from engine.render.grammar import parse
from engine.render.library import Draft, ReadyMacro, ReadyMacros
from engine.workspace import Workspace
from store.files import FileError, Stamp
from store.scripts import parse_script
from tests.unit.engine.conftest import put, with_header
from tests.unit.engine.render.conftest import macro

PLAIN = "def render(context):\n    return 'mine'\n"
DECLARED = "def render(context, *, count: int = 3):\n    return str(count)\n"


def answer(macros: ReadyMacros, text: str) -> object:
    (call,) = parse(text).calls
    return macros.answer(call)


def path_of(macros: ReadyMacros, text: str) -> str:
    found = answer(macros, text)
    assert isinstance(found, ReadyMacro)
    return macros.sources[found.number].path


async def test_bundled_macros_answer_where_a_project_has_none(kernelless: Workspace) -> None:
    macro(kernelless, "gallery", PLAIN)
    macros = await kernelless.macros.ready()
    assert path_of(macros, "[[gallery]]") == "scripts/gallery.py"
    assert path_of(macros, "[[youtube id=x]]") == "default_scripts/youtube.py"


async def test_a_bundled_macro_stays_away_where_the_projects_own_is_disabled(
    kernelless: Workspace,
) -> None:
    macro(kernelless, "Gallery", PLAIN, enabled="false")
    macros = await kernelless.macros.ready()
    assert answer(macros, "[[gallery]]") is None
    known = macros.table.named("gallery")
    assert known is not None
    assert not known.is_enabled


async def test_a_utility_of_the_same_slug_takes_no_macros_place(kernelless: Workspace) -> None:
    put(kernelless.project.root, "gallery", with_header("gallery", "x = 1\n"))
    macros = await kernelless.macros.ready()
    assert path_of(macros, "[[gallery]]") == "default_scripts/gallery.py"


async def test_only_macros_that_are_called_are_read(kernelless: Workspace) -> None:
    for slug in ("one", "two"):
        macro(kernelless, slug, PLAIN)
    macros = await kernelless.macros.ready({"two", "youtube", "nobody"})
    assert [one.path for one in macros.sources] == ["scripts/two.py", "default_scripts/youtube.py"]
    assert macros.table.named("one") is not None  # for words about mistyped names


@pytest.mark.parametrize("name", ["photo_album", "photo_archive"])
async def test_an_alias_brings_the_macro_it_means(kernelless: Workspace, name: str) -> None:
    macros = await kernelless.macros.ready({name})
    assert path_of(macros, f"[[{name}]]") == "default_scripts/photo_archive.py"


async def test_a_script_of_an_aliass_name_is_what_its_project_means(kernelless: Workspace) -> None:
    macro(kernelless, "photo_album", PLAIN)
    macros = await kernelless.macros.ready({"photo_album"})
    assert path_of(macros, "[[photo_album]]") == "scripts/photo_album.py"


async def test_a_script_that_is_no_longer_utf_8_fails_its_calls_and_no_others(
    kernelless: Workspace,
) -> None:
    bad = macro(kernelless, "bad", PLAIN)
    macro(kernelless, "good", PLAIN)
    await kernelless.catalog.scripts()
    bad.path.write_bytes(bad.source + b"\n# \xff\n")
    macros = await kernelless.macros.ready()
    told = macros.unreadable["scripts/bad.py"]
    assert answer(macros, "[[bad]]") is told
    assert "UTF-8" in told.words
    assert isinstance(answer(macros, "[[good]]"), ReadyMacro)


async def test_what_is_declared_is_read_once_for_each_source(workspace: Workspace) -> None:
    script = macro(workspace, "many", DECLARED)
    macros = await workspace.macros.ready({"many"})
    found = macros.by_path["scripts/many.py"]
    assert [one.name for one in found.spec.parameters] == ["count"]
    again = await workspace.macros.ready({"many"})
    assert again.by_path["scripts/many.py"].spec is found.spec
    script.path.write_bytes(script.source.replace(b"count", b"number"))
    changed = await workspace.macros.ready({"many"})
    spec = changed.by_path["scripts/many.py"].spec
    assert [one.name for one in spec.parameters] == ["number"]


@pytest.mark.parametrize(
    "head",
    [
        "(context, *, count: int = 3)",
        "(\n    context,\n    *,\n    count: int = 3,\n)",
        "(context,\n           post, *, count: int = 3)",
        "(context, post=(1, 2),  # what it may give:\n    # (see above):\n  *, count: int = 3)",
        "(context, \\\n *, count: int = 3)",
        "(*, count: int = 3)",
        "(context, *rest, count: int = 3)",
    ],
)
async def test_declared_parameters_are_found_however_they_are_written(
    workspace: Workspace, head: str
) -> None:
    macro(workspace, "many", f"def render{head}:\n    pass\n")
    macros = await workspace.macros.ready({"many"})
    spec = macros.by_path["scripts/many.py"].spec
    assert [one.name for one in spec.parameters] == ["count"]


async def test_a_broken_macro_takes_everything_and_is_left_to_the_kernel(
    workspace: Workspace,
) -> None:
    macro(workspace, "bad", "def render(context, *, x=1):\n    return (\n")
    found = answer(await workspace.macros.ready({"bad"}), "[[bad]]")
    assert isinstance(found, ReadyMacro)
    assert not found.spec.is_declared


async def test_a_source_that_no_interpreter_can_read_fails_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    macro(workspace, "large", f"{DECLARED}# {'x' * 5_000}\n")
    macro(workspace, "many", DECLARED)
    monkeypatch.setattr(protocol, "MAX_HOST_FRAME_BYTES", 4_096)
    macros = await workspace.macros.ready({"large", "many"})
    refusal = answer(macros, "[[large]]")
    assert isinstance(refusal, MacroError)
    assert refusal.words.startswith("scripts/large.py could not be checked: 5,")
    assert macros.by_path["scripts/many.py"].spec.is_declared


async def test_a_draft_is_taken_as_it_stands_in_the_editor(workspace: Workspace) -> None:
    script = macro(workspace, "many", PLAIN, enabled="false")
    macros = await workspace.macros.ready((), Draft(script, DECLARED.encode()))
    (source,) = macros.sources
    assert (source.name, source.path, source.source) == (
        "many",
        "scripts/many.py",
        DECLARED.encode(),
    )
    assert macros.by_path["scripts/many.py"].spec.is_declared
    assert isinstance(answer(macros, "[[many]]"), ReadyMacro)


async def test_a_draft_that_the_index_has_not_seen_is_taken_too(kernelless: Workspace) -> None:
    await kernelless.catalog.scripts()
    script = macro(kernelless, "late", PLAIN)
    macros = await kernelless.macros.ready((), Draft(script, script.source))
    assert isinstance(answer(macros, "[[late]]"), ReadyMacro)


async def test_a_draft_is_called_by_the_slug_it_has_in_the_editor(kernelless: Workspace) -> None:
    path = kernelless.project.root / "scripts/fresh.py"
    script = parse_script(path, PLAIN.encode(), Stamp(0, 0, ""))
    macros = await kernelless.macros.ready((), Draft(script, script.source))
    assert macros.sources[0].name == "fresh"


async def test_a_draft_that_is_not_utf_8_is_refused(kernelless: Workspace) -> None:
    script = macro(kernelless, "bad", PLAIN)
    with pytest.raises(FileError, match="UTF-8"):
        await kernelless.macros.ready((), Draft(script, b"# \xff"))


async def test_a_macro_nobody_agreed_to_fails_without_the_sandbox(kernelless: Workspace) -> None:
    macro(kernelless, "agreed", PLAIN)
    await kernelless.agreement.agree()
    macro(kernelless, "new", PLAIN)
    await kernelless.catalog.scripts_changed()
    macros = await kernelless.macros.ready()
    refusal = macros.by_path["scripts/new.py"].refusal
    assert refusal is not None
    assert refusal.error == "NotAgreed"
    assert macros.by_path["scripts/agreed.py"].refusal is None
    assert macros.by_path["default_scripts/youtube.py"].refusal is None  # not the project's


async def test_of_a_thousand_macros_only_those_that_are_called_are_read(
    workspace: Workspace,
) -> None:
    for number in range(1_000):
        macro(workspace, f"m{number}", PLAIN)
    macro(workspace, "m7", DECLARED)
    await workspace.catalog.scripts()
    started = time.process_time()
    few = await workspace.macros.ready({"m7", "m900"})
    few_s = time.process_time() - started
    assert {one.name for one in few.sources} == {"m7", "m900"}
    started = time.process_time()
    everything = await workspace.macros.ready()
    all_s = time.process_time() - started
    assert len(everything.sources) > 1_000
    assert len(list(few.table)) >= 1_000
    assert few_s < all_s
