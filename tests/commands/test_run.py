"""`inkstand run`: what comes out, when it comes, the exit code, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.conftest import Start, add_script
from tests.processes import DEADLINE_S, INKSTAND, alive, descendants, run_inkstand, wait_until

MACRO = '''"""
---
id: "11111111-2222-4333-8444-555555555555"
slug: "shout"
title: "Shout"
kind: "macro"
entrypoint: "render"
enabled: true
version: 1
---
"""
import json

def render(context, post):
    print(json.dumps({"hook": context["env"]["hook"], "post": post and post["title"]}))
    return {"html": "<p>loud</p>", "data": {"n": 1}}
'''
TRANSFORM = '''"""
---
slug: "tidy"
kind: "transform"
entrypoint: "transform"
---
"""
def transform(post, context):
    print(context["source"], sorted(post))
    return {"title": post["title"].upper()}
'''


def family(process: subprocess.Popen[str]) -> set[tuple[int, str]]:
    found = descendants(process.pid)
    assert found, "a running script has a process of its own"
    return found


def test_output_and_exit_code_of_a_script(project: Path) -> None:
    done = run_inkstand("run", "hello", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


def test_the_default_hello_runs(demo: Path) -> None:
    done = run_inkstand("run", "hello", "--project", demo)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello" in done.stdout


def test_raw_output_stays_as_it_is_byte_for_byte(project: Path) -> None:
    body = "import os\nos.write(1, b'a\\xff\\r\\n\\x00')\nos.write(2, b'no newline')\n"
    path = add_script(project, "bytes", body)
    command = [sys.executable, "-c", "from tui.cli import main; main(['run', 'bytes', '--raw'])"]
    done = subprocess.run(command, cwd=project, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"a\xff\r\n\x00", b"no newline")
    assert path.read_bytes() == body.encode()


def test_an_exception_is_told_with_its_place(project: Path) -> None:
    add_script(project, "fails", "def f():\n    return 1 / 0\n\n\nprint('first')\nf()\n")
    done = run_inkstand("run", "fails", cwd=project)
    assert (done.returncode, done.stdout) == (1, "first\n")
    assert "Traceback (most recent call last):" in done.stderr
    assert 'File "scripts/fails.py", line 2, in f' in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "at scripts/fails.py:2:12" in done.stderr.splitlines()[-1]
    assert str(Path(sys.prefix)) not in done.stderr, "frames of ours are of no use"


def test_a_syntax_error_names_file_line_and_column(project: Path) -> None:
    add_script(project, "broken", "x = 1\n\nprint('a' 2)\n")
    done = run_inkstand("run", "broken", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert "SyntaxError" in done.stderr
    assert "scripts/broken.py:3:7" in done.stderr


@pytest.mark.parametrize(
    ("statement", "code"),
    [("sys.exit()", 0), ("sys.exit(0)", 0), ("sys.exit(3)", 1), ("sys.exit('words')", 1)],
)
def test_a_script_that_leaves_by_itself(project: Path, statement: str, code: int) -> None:
    add_script(project, "leaves", f"import sys\nprint('here')\n{statement}\nprint('never')\n")
    done = run_inkstand("run", "leaves", cwd=project)
    assert (done.returncode, done.stdout) == (code, "here\n")
    assert ("words" in done.stderr) is ("words" in statement)


def test_a_crash_of_the_interpreter_is_a_failure_in_words(project: Path) -> None:
    add_script(project, "crash", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    done = run_inkstand("run", "crash", cwd=project)
    assert done.returncode == 1
    assert "SIGSEGV (segmentation fault)" in done.stderr


def test_an_entrypoint_can_be_chosen(project: Path) -> None:
    add_script(project, "tools", "print('file')\n\n\ndef count():\n    return [1, 2]\n")
    done = run_inkstand("run", "tools", "--entrypoint", "count", cwd=project)
    assert (done.returncode, done.stdout) == (0, "file\n[\n  1,\n  2\n]\n")
    done = run_inkstand("run", "tools", cwd=project)
    assert (done.returncode, done.stdout) == (0, "file\n")


def test_an_unknown_entrypoint_names_those_there_are(project: Path) -> None:
    add_script(project, "tools", "def count():\n    pass\n")
    done = run_inkstand("run", "tools", "--entrypoint", "cuont", cwd=project)
    assert done.returncode == 1
    assert "no top-level function 'cuont'" in done.stderr
    assert "main, count" in done.stderr


def test_an_endless_script_without_header_ends_at_its_time_limit(
    project: Path, start: Start
) -> None:
    (project / "scripts" / "spin.py").write_bytes(b'print("on")\nwhile True: pass\n')
    process = start("run", "spin", "--timeout", "1")
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    started = family(process)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 124
    assert "spin: it ran longer than 1 s" in errors
    assert not alive(started)


def test_the_time_limit_kills_a_script_that_ignores_it(project: Path) -> None:
    body = "while True:\n    try:\n        list(iter(int, 1))\n    except BaseException: pass\n"
    add_script(project, "stubborn", body)
    done = run_inkstand("run", "stubborn", "--timeout", "0.2", cwd=project)
    assert done.returncode == 124
    assert "was killed" in done.stderr


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf"])
def test_a_time_limit_is_a_number_above_0(project: Path, value: str) -> None:
    done = run_inkstand("run", "hello", f"--timeout={value}", cwd=project)
    assert done.returncode == 2
    assert "seconds above 0" in done.stderr


def test_json_holds_output_and_outcome(project: Path) -> None:
    add_script(project, "both", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n")
    done = run_inkstand("run", "both", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["slug"] == "both"
    assert report["path"] == "scripts/both.py"
    assert report["entrypoint"] == "main"
    assert (report["outcome"], report["exit_code"], report["error"]) == ("ok", 0, None)
    assert (report["stdout"], report["stderr"]) == ("out\n", "err\n")
    assert report["duration_s"] > 0
    assert report["run_id"]


def test_json_tells_an_error_with_its_place(project: Path) -> None:
    add_script(project, "fails", "raise KeyError('x')\n")
    done = run_inkstand("run", "fails", "--json", cwd=project)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["outcome"], report["exit_code"]) == ("raised", 1)
    error = report["error"]
    assert (error["type"], error["line"], error["column"]) == ("KeyError", 1, 1)
    assert "scripts/fails.py" in error["traceback"]


def test_json_of_a_time_out(project: Path) -> None:
    add_script(project, "spin", "while True: pass\n")
    done = run_inkstand("run", "spin", "--timeout", "0.2", "--json", cwd=project)
    assert done.returncode == 124
    report = json.loads(done.stdout)
    assert (report["outcome"], report["exit_code"]) == ("timed_out", 124)
    assert "0.2 s" in report["reason"]


def test_lines_are_readable_while_the_script_runs(project: Path, start: Start) -> None:
    add_script(project, "slow", "import time\nprint('first')\ntime.sleep(600)\n")
    process = start("run", "slow")
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_script_and_all_it_started(
    project: Path, start: Start, number: signal.Signals
) -> None:
    body = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "print('up')\n"
        "time.sleep(600)\n"
    )
    add_script(project, "slow", body)
    process = start("run", "slow", "--unsandboxed", "--yes")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    started = family(process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "slow: stopped on request" in errors
    assert not alive(started)


def test_the_second_interrupt_ends_a_script_that_ignores_the_first(
    project: Path, start: Start
) -> None:
    body = (
        "import time\n"
        "print('up')\n"
        "while True:\n"
        "    try:\n"
        "        time.sleep(600)\n"
        "    except KeyboardInterrupt:\n"
        "        print('ignored')\n"
    )
    add_script(project, "stubborn", body)
    process = start("run", "stubborn")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    started = family(process)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "ignored\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130
    assert "killed" in errors
    assert not alive(started)


def test_a_script_can_clean_up_after_an_interrupt(project: Path, start: Start) -> None:
    body = (
        "import time\ntry:\n    print('up')\n    time.sleep(600)\nfinally:\n    print('tidied')\n"
    )
    add_script(project, "tidy", body)
    process = start("run", "tidy")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, output) == (130, "tidied\n")
    assert "Traceback" not in errors


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_a_run_whose_reader_has_paused(
    project: Path, start: Start, options: tuple[str, ...], number: signal.Signals
) -> None:
    written = project.parent / "written"
    body = (
        "import time\n"
        "print('x' * 150_000)\n"  # more than fits in a pipe, and less than is held for a reader
        f"open({str(written)!r}, 'w').close()\n"
        "print('x' * 3_000_000)\n"
        "time.sleep(600)\n"
    )
    add_script(project, "much", body)
    process = start("run", "much", "--unsandboxed", "--yes", *options)
    assert process.stderr is not None
    wait_until(written.exists, "there is more than the reader has room for")
    started = family(process)
    process.send_signal(number)
    time.sleep(0.5)  # the script is interrupted or killed; its output is still not read
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(DEADLINE_S) == 130
    assert "its last output was not read" in process.stderr.read()
    wait_until(lambda: not alive(started), "no kernel is left")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_non_blocking_stdout_gets_everything(project: Path, options: tuple[str, ...]) -> None:
    add_script(project, "much", "print('x' * 1_000_000)\n")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        [str(INKSTAND), "run", "much", *options],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writing)
        time.sleep(1)  # it is full before anything is read
        with os.fdopen(reading, "rb") as pipe:
            output = pipe.read()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(DEADLINE_S)) == (b"", 0)
    assert output.count(b"x") >= 1_000_000


def test_started_in_the_background_of_a_shell_script_it_can_be_interrupted(project: Path) -> None:
    body = (
        "import time\ntry:\n    print('up', flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    add_script(project, "slow", body)
    # A shell without job control has SIGINT ignored by what it starts with `&`.
    command = f'"{INKSTAND}" run slow >out & until grep -qs up out; do sleep 0.05; done'
    done = subprocess.run(
        ["bash", "-c", f"{command}; kill -INT $!; wait $!; cat out"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("up\ninterrupted\n", "")


def test_killing_the_command_leaves_no_kernel(project: Path, start: Start) -> None:
    add_script(project, "spin", "print('on')\nwhile True: pass\n")
    process = start("run", "spin")
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    started = family(process)
    process.kill()
    process.wait(DEADLINE_S)
    wait_until(lambda: not alive(started), "the kernel ends with the command")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_goes_away_ends_the_run_quietly(
    project: Path, start: Start, options: tuple[str, ...]
) -> None:
    add_script(project, "chatty", "for n in range(100_000): print('line', n)\n")
    process = start("run", "chatty", *options)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(DEADLINE_S) == 141


def test_head_gets_its_line_from_an_endless_script(project: Path) -> None:
    add_script(project, "endless", "while True: print('line')\n")
    command = f'"{Path(sys.executable).parent / "inkstand"}" run endless | head -1'
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo codes ${{PIPESTATUS[*]}}"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("line\ncodes 141 0\n", "")


def test_a_script_reads_nothing_from_our_stdin(project: Path) -> None:
    add_script(project, "reads", "import sys\nprint(repr(sys.stdin.read()))\n")
    done = run_inkstand("run", "reads", cwd=project, stdin="secret of the terminal\n")
    assert (done.returncode, done.stdout) == (0, "''\n")


def test_a_script_sees_nothing_of_our_environment(project: Path) -> None:
    add_script(project, "env", "import os\nprint(os.environ.get('API_TOKEN'))\n")
    done = run_inkstand("run", "env", cwd=project, env={"API_TOKEN": "secret"})
    assert (done.returncode, done.stdout) == (0, "None\n")


def test_a_slug_that_is_not_there_names_close_ones(project: Path) -> None:
    done = run_inkstand("run", "helo", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "inkstand: no script has the slug 'helo'. Did you mean hello?\n"


def test_without_a_project_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = run_inkstand("run", "hello", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not an Inkstand project" in done.stderr
    assert "inkstand init DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_project_is_found_from_a_folder_below(project: Path) -> None:
    below = project / "posts" / "2026"
    below.mkdir()
    done = run_inkstand("run", "hello", cwd=below)
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_a_macro_gets_a_sample_call_with_the_projects_post(project: Path) -> None:
    add_script(project, "shout", MACRO)
    done = run_inkstand("run", "shout", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == '{"hook": "shout", "post": null}'
    assert "<p>loud</p>" in done.stdout
    post = "---\nid: p1\ntitle: Calls it\nslug: p\nstatus: published\n---\n[[shout]]\n"
    (project / "posts" / "p.md").write_text(post)
    run_inkstand("rebuild", cwd=project)
    done = run_inkstand("run", "shout", cwd=project)
    assert done.stdout.splitlines()[0] == '{"hook": "shout", "post": "Calls it"}'


def test_a_transform_gets_a_sample_post(project: Path) -> None:
    add_script(project, "tidy", TRANSFORM)
    done = run_inkstand("run", "tidy", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == "blogmark ['categories', 'content', 'tags', 'title']"
    assert "FOUNTAIN PENS" in "".join(rest)


def test_every_default_script_runs(demo: Path) -> None:
    scripts = sorted(path.stem for path in (demo / "scripts").glob("*.py"))
    assert "hello" in scripts
    codes = {slug: run_inkstand("run", slug, cwd=demo).returncode for slug in scripts}
    assert codes == dict.fromkeys(scripts, 0)


def test_a_disabled_script_runs_when_a_person_asks(project: Path) -> None:
    add_script(project, "tidy", TRANSFORM.replace('kind: "transform"', "enabled: false"))
    done = run_inkstand("run", "tidy", "--entrypoint", "main", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")


def test_running_loads_neither_screen_nor_index(project: Path) -> None:
    code = (
        "import sys\n"
        "from tui.cli import main\n"
        "code = main(['run', 'hello'])\n"
        "heavy = {'textual', 'rich', 'peewee', 'yaml', 'frontmatter', 'watchdog', 'tree_sitter'}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout == "hello\n0 []\n"
