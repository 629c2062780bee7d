"""All posts expanded as a task, with real kernels: same bytes, bounded, and cancelled."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from engine.render.expansion_report import ExpansionReport
from engine.tasks import Task
from engine.workspace import Workspace, open_workspace
from tests.unit.engine.conftest import put, with_header


def macro(workspace: Workspace, slug: str, body: str) -> None:
    text = with_header(slug, f"def run(context):\n    {body}\n", kind="macro").decode()
    put(workspace.project.root, slug, text.replace('entrypoint: "main"', 'entrypoint: "run"'))


def post(workspace: Workspace, slug: str, body: str, *, status: str = "published") -> None:
    text = f"---\nid: id-{slug}\ntitle: T\nslug: {slug}\nstatus: {status}\n---\n{body}"
    (workspace.project.root / f"posts/{slug}.md").write_text(text)


def task_of(workspace: Workspace) -> Task:
    return next(task for task in workspace.tasks if task.name == "Expand all macros")


async def many(workspace: Workspace, count: int) -> None:
    macro(workspace, "good", "return '<b>' + context['params']['n'] * 3 + '</b>'")
    for number in range(count):
        post(workspace, f"p{number:04}", f"[[good n=x{number}]] and [[good n=y]]")
    await workspace.catalog.rebuild()


async def test_the_bytes_are_the_same_with_one_kernel_or_four_warm_or_cold(
    workspace: Workspace,
) -> None:
    await many(workspace, 300)
    reports = [await workspace.survey.expand_all(jobs=jobs) for jobs in (1, 4, 1, 4)]
    assert {report.digest for report in reports} == {reports[0].digest}
    assert [(one.pages, one.calls, one.is_well) for one in reports] == [(300, 600, True)] * 4
    post(workspace, "p0299", "[[good n=other]]")
    assert (await workspace.survey.expand_all()).digest != reports[0].digest


async def test_it_is_a_task_that_tells_how_far_it_is(workspace: Workspace) -> None:
    await many(workspace, 100)
    told: list[tuple[float | None, str]] = []
    report = await workspace.survey.expand_all(
        tell=lambda share, words: told.append((share, words))
    )
    assert told[-1] == (1.0, "100 of 100 posts")
    shares = [share or 0.0 for share, _ in told]
    assert shares == sorted(shares)
    task = task_of(workspace)
    assert (task.state, task.message, task.progress) == ("completed", report.summary, 1.0)
    assert workspace.survey.report_of(task) is report
    assert not workspace.survey.is_under_way


async def test_a_failed_macro_fails_the_task_and_not_the_others(workspace: Workspace) -> None:
    await many(workspace, 3)
    macro(workspace, "bad", "return 1 / 0")
    post(workspace, "trouble", "[[bad]] [[good n=1]] [[zzz]]")
    await workspace.catalog.rebuild()
    report = await workspace.survey.expand_all()
    assert [(one.macro, one.error) for one in report.failures.first] == [
        ("bad", "ZeroDivisionError"),
        ("good", "TypeError"),
    ]
    assert [one.words for one in report.problems.first] == ["there is no macro zzz"]
    assert task_of(workspace).state == "failed"
    assert report.script_paths == {"good": "scripts/good.py", "bad": "scripts/bad.py"}


async def test_texts_are_read_when_their_turn_comes(workspace: Workspace) -> None:
    await many(workspace, 2_000)
    last = workspace.project.root / "posts/p1999.md"

    def remove_the_last(_share: float | None, _words: str) -> None:
        last.unlink(missing_ok=True)

    report = await workspace.survey.expand_all(jobs=1, tell=remove_the_last)
    assert [one.path for one in report.unreadable.first] == ["posts/p1999.md"]
    assert (report.pages, report.calls) == (2_000, 2 * 1_999)


@pytest.mark.parametrize("way", ["survey", "task", "asker"])
async def test_cancelled_it_tells_what_was_done(workspace: Workspace, way: str) -> None:
    await many(workspace, 50)
    macro(workspace, "endless", "while True: pass")
    post(workspace, "q", "[[endless]]")
    await workspace.catalog.rebuild()
    reports: list[ExpansionReport] = []
    async with anyio.create_task_group() as group:

        def cancel(_share: float | None, _words: str) -> None:
            if way == "survey":
                workspace.survey.cancel()
            elif way == "task":
                task_of(workspace).cancel()
            else:
                group.cancel_scope.cancel()

        reports.append(await workspace.survey.expand_all(jobs=1, tell=cancel))
    task = task_of(workspace)
    assert task.state == "cancelled"
    assert not workspace.survey.is_under_way
    if way == "asker":
        assert reports == []
        return
    assert reports[0].was_cancelled
    assert 0 < reports[0].pages < 51
    assert task.message.startswith("Cancelled: ")
    assert (await workspace.survey.expand_all(["posts/p0001.md"])).is_well


async def test_posts_are_named_by_their_paths(workspace: Workspace) -> None:
    await many(workspace, 2)
    post(workspace, "old", "[[good n=1]]", status="archived")
    await workspace.catalog.rebuild()
    assert (await workspace.survey.expand_all()).pages == 2
    report = await workspace.survey.expand_all(["posts/old.md", "posts/none.md", "posts/old.md"])
    assert (report.pages, report.pages_wanted) == (1, 1)
    assert [(one.path, one.words) for one in report.unreadable.first] == [
        ("posts/none.md", "the index has no post of that path")
    ]


async def test_no_posts_and_no_macros_start_no_kernel(kernelless: Workspace) -> None:
    report = await kernelless.survey.expand_all()
    assert (report.pages_wanted, report.calls, report.is_well) == (0, 0, True)
    post(kernelless, "plain", "No macro at all.")
    await kernelless.catalog.rebuild()
    report = await kernelless.survey.expand_all()
    assert (report.pages, report.calls, report.is_well) == (1, 0, True)


async def test_closing_the_project_ends_it(root: Path) -> None:
    reports: list[ExpansionReport] = []
    began = anyio.Event()
    async with anyio.create_task_group() as group, open_workspace(root) as workspace:
        await many(workspace, 50)
        macro(workspace, "endless", "while True: pass")
        post(workspace, "q", "[[endless]]")
        await workspace.catalog.rebuild()

        async def expand() -> None:
            reports.append(await workspace.survey.expand_all(jobs=1, tell=lambda *_: began.set()))

        group.start_soon(expand)
        await began.wait()
    assert [report.was_cancelled for report in reports] == [True]
