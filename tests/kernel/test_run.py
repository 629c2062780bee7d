"""Runs in real kernels: output, results, errors, limits, and that nothing is left behind."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.kernel.events import RunFinished, RunOutput, RunStarted, RunStopping
from engine.kernel.traceback import format_error, place
from tests.kernel.conftest import RunScript


def processes_with(marker: str) -> list[int]:
    """Return the pids whose command line holds `marker`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in line:
                found.append(int(entry.name))
    return found


async def test_prints_arrive_as_written_and_the_run_ends_well(run_script: RunScript) -> None:
    seen = await run_script("print('one'); print('zwölf')")
    assert seen.out == "one\nzwölf\n"
    assert seen.finished.outcome == "ok"
    assert isinstance(seen.events[0], RunStarted)
    assert isinstance(seen.events[-1], RunFinished)


async def test_every_event_carries_the_run_id(run_script: RunScript) -> None:
    seen = await run_script("print('x')")
    assert {event.run_id for event in seen.events} == {seen.finished.run_id}


async def test_output_is_seen_while_the_script_still_runs(run_script: RunScript) -> None:
    seen = await run_script("import time\nprint('now')\ntime.sleep(60)", stop_when="now")
    assert seen.finished.outcome == "stopped"
    assert seen.finished.duration_s < 10


async def test_c_code_and_child_processes_are_captured(run_open: RunScript) -> None:
    seen = await run_open(
        "import ctypes, os, subprocess, sys\n"
        "os.write(1, b'raw\\n')\n"
        "subprocess.run(['sh', '-c', 'echo child; echo oops >&2'])\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.puts(b'from c'); libc.fflush(None)\n"
    )
    assert seen.out == "raw\nchild\nfrom c\n"
    assert seen.err == "oops\n"


async def test_a_named_entrypoint_is_called_and_its_result_told(run_script: RunScript) -> None:
    seen = await run_script("print('file')\ndef report():\n    return 'the result'", "report")
    assert seen.out == "file\n"
    assert seen.finished.result == "the result"


async def test_arguments_beyond_what_the_function_takes_are_left_out(run_script: RunScript) -> None:
    source = "def render(context):\n    return {'html': '<b>%s</b>' % context['a']}"
    seen = await run_script(source, "render", arguments=({"a": 1}, None))
    assert seen.finished.result == "<b>1</b>"


async def test_an_async_entrypoint_is_awaited(run_script: RunScript) -> None:
    source = "import asyncio\nasync def go():\n    await asyncio.sleep(0)\n    return [1, 2]"
    seen = await run_script(source, "go")
    assert seen.finished.result == "[\n  1,\n  2\n]"


async def test_a_missing_entrypoint_names_those_there_are(run_script: RunScript) -> None:
    seen = await run_script("def other(): pass\ndef _hidden(): pass", "render")
    assert seen.finished.outcome == "raised"
    assert seen.finished.error is not None
    assert "'render'" in seen.finished.error.message
    assert seen.finished.error.message.endswith("entrypoints are main, other")


async def test_main_runs_the_file_as_a_program(run_script: RunScript) -> None:
    source = "if __name__ == '__main__':\n    print(__file__)\ndef other(): pass"
    assert (await run_script(source)).out == "scripts/x.py\n"
    assert (await run_script(source, "other")).out == ""


async def test_an_exception_tells_lines_and_columns_of_the_file(run_script: RunScript) -> None:
    header = '"""\n---\nslug: "x"\n---\n"""\n'
    source = header + "def f(value):\n    return 'ä' + 1 / value\n\nf(0)\n"
    error = (await run_script(source)).finished.error
    assert error is not None
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
    assert [(frame.line, frame.function) for frame in error.frames] == [(9, "<module>"), (7, "f")]
    assert place(error, "scripts/x.py") == (7, 18)
    assert format_error(error) == (
        "Traceback (most recent call last):\n"
        '  File "scripts/x.py", line 9, in <module>\n'
        "    f(0)\n"
        '  File "scripts/x.py", line 7, in f\n'
        "    return 'ä' + 1 / value\n"
        "                 ^^^^^^^^^\n"
        "ZeroDivisionError: division by zero\n"
    )


async def test_causes_notes_and_groups_are_told(run_script: RunScript) -> None:
    source = (
        "try:\n    {}['key']\nexcept KeyError as error:\n"
        "    failure = ExceptionGroup('both', [ValueError('a'), TypeError('b')])\n"
        "    failure.add_note('look here')\n"
        "    raise failure from error\n"
    )
    error = (await run_script(source)).finished.error
    assert error is not None
    text = format_error(error)
    assert text.index("KeyError: 'key'") < text.index("direct cause") < text.index("look here")
    assert "ValueError: a" in text
    assert "TypeError: b" in text


async def test_a_syntax_error_is_told_at_its_line(run_script: RunScript) -> None:
    seen = await run_script("x = 1\ny = (\n")
    assert seen.finished.error is not None
    assert seen.finished.error.type == "SyntaxError"
    assert place(seen.finished.error, "scripts/x.py") == (2, 5)


async def test_a_nul_byte_is_an_error_in_words(run_script: RunScript) -> None:
    seen = await run_script("x = 1\0\n")
    assert seen.finished.error is not None
    assert "null bytes" in seen.finished.error.message


async def test_an_error_whose_message_fails_is_still_told(run_script: RunScript) -> None:
    source = "class E(Exception):\n    def __str__(self):\n        raise OSError\nraise E"
    error = (await run_script(source)).finished.error
    assert error is not None
    assert (error.type, error.message) == ("E", "<its message cannot be shown: OSError>")


async def test_a_runaway_recursion_is_cut_in_the_middle(run_script: RunScript) -> None:
    error = (await run_script("def f():\n    f()\nf()")).finished.error
    assert error is not None
    assert error.type == "RecursionError"
    assert len(error.frames) == 100


@pytest.mark.parametrize(
    ("code", "outcome", "message"),
    [
        ("", "ok", None),
        ("0", "ok", None),
        ("3", "raised", "the script left with exit code 3"),
        ("'bye'", "raised", "the script left with exit code 'bye'"),
    ],
)
async def test_sys_exit(
    run_script: RunScript, code: str, outcome: str, message: str | None
) -> None:
    seen = await run_script(f"import sys; sys.exit({code})")
    assert seen.finished.outcome == outcome
    assert (seen.finished.error.message if seen.finished.error else None) == message
    assert seen.err == ("bye\n" if "bye" in code else "")


async def test_threads_and_atexit_functions_still_print(run_script: RunScript) -> None:
    seen = await run_script(
        "import atexit, threading, time\n"
        "atexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()\n"
        "print('first')"
    )
    assert seen.out == "first\nthread\nlast\n"
    assert seen.finished.outcome == "ok"


async def test_the_environment_is_clean(
    run_script: RunScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_API_KEY", "swordfish")
    seen = await run_script(
        "import os, sys\n"
        "print(sorted(os.environ)); print(os.getcwd()); print(sys.stdin.read() == '')\n"
        "print(os.getpgrp() == os.getpid())\n"
        "def is_open(fd):\n"
        "    try: os.fstat(fd)\n"
        "    except OSError: return False\n"
        "    return True\n"
        "print([fd for fd in range(1024) if is_open(fd)])"
    )
    names, folder, is_empty, is_own_group, fds = seen.out.splitlines()
    assert "SECRET_API_KEY" not in names
    assert (folder, is_empty, is_own_group) == ("/", "True", "True")
    assert fds == "[0, 1, 2, 3, 4, 5]"


async def test_a_script_named_as_a_module_does_not_hide_it(run_script: RunScript) -> None:
    seen = await run_script("import json\ndef go(): return json.dumps({})", "go")
    assert seen.finished.result == "{}"


async def test_a_long_result_is_cut_and_says_so(run_script: RunScript) -> None:
    result = (await run_script("def go(): return 'x' * 1_000_010", "go")).finished.result
    assert result.endswith("... (10 more characters)")


async def test_the_watchdog_interrupts_and_tells_where(run_script: RunScript) -> None:
    seen = await run_script("x = 0\nwhile True:\n    x += 1", timeout_s=0.3)
    assert seen.finished.outcome == "timed_out"
    assert seen.finished.reason == "it ran longer than 0.3 s"
    assert seen.finished.error is not None
    place_in_script = place(seen.finished.error, "scripts/x.py")
    assert place_in_script is not None
    assert place_in_script[0] in (2, 3)
    assert seen.finished.duration_s < 1


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n  try: time.sleep(9)\n  except KeyboardInterrupt: print('no')",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nwhile True: pass",
        "sum(range(10 ** 12))",
    ],
    ids=["ignores interrupts", "blocks signals", "holds the lock in C"],
)
async def test_what_does_not_react_is_killed(run_script: RunScript, source: str) -> None:
    started = time.monotonic()
    seen = await run_script(source, timeout_s=0.2)
    assert seen.finished.outcome == "timed_out"
    assert "killed" in seen.finished.reason
    assert [event.step for event in seen.events if isinstance(event, RunStopping)] == [
        "interrupt",
        "kill",
    ]
    assert time.monotonic() - started < 5


async def test_a_script_may_clean_up_when_interrupted(run_script: RunScript) -> None:
    source = "import time\ntry:\n  print('go')\n  time.sleep(60)\nfinally:\n  print('cleaned')"
    seen = await run_script(source, stop_when="go")
    assert seen.out == "go\ncleaned\n"
    assert seen.finished.reason == "stopped on request"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV (segmentation fault)"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os; os.abort()", "SIGABRT (abort)"),
    ],
)
async def test_a_crash_is_told_and_the_next_run_is_fine(
    run_script: RunScript, source: str, words: str
) -> None:
    seen = await run_script(source)
    assert seen.finished.outcome == "crashed"
    assert words in seen.finished.reason
    assert (await run_script("print('fine')")).out == "fine\n"


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_no_process_of_an_open_run_survives_it(run_open: RunScript, is_stopped: bool) -> None:
    marker = f"6{time.monotonic_ns() % 10**12}"
    source = (
        "import subprocess, sys, time\n"
        "for own in (False, True):\n"
        f"    subprocess.Popen(['sleep', '{marker}'], start_new_session=own)\n"
        "print('started')\n" + ("time.sleep(60)\n" if is_stopped else "")
    )
    await run_open(source, stop_when="started" if is_stopped else None)
    assert processes_with(marker) == []


async def test_a_flood_of_output_arrives_whole(run_script: RunScript) -> None:
    seen = await run_script("for i in range(200_000): print('line', i)")
    assert seen.out.count("\n") == 200_000
    assert seen.out.endswith("line 199999\n")


async def test_partial_lines_and_both_streams_arrive(run_script: RunScript) -> None:
    seen = await run_script("import sys\nsys.stdout.write('no newline'); sys.stderr.write('e')")
    assert (seen.out, seen.err) == ("no newline", "e")


async def test_closing_its_own_fds_harms_only_the_script(run_script: RunScript) -> None:
    seen = await run_script("import os\nos.closerange(0, 256)")
    assert seen.finished.outcome == "crashed"
    assert (await run_script("print('fine')")).out == "fine\n"


@pytest.mark.parametrize(
    "frame",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "(3).to_bytes(4, 'big') + b'abc'",
        "(200_000).to_bytes(4, 'big') + b'\\x91' * 200_000",
    ],
    ids=["oversized", "nonsense", "deeply nested"],
)
async def test_forged_frames_end_only_this_run(run_script: RunScript, frame: str) -> None:
    # The kernel's writing end is the highest of its pipes; try them all.
    source = (
        "import os, time\n"
        f"data = {frame}\n"
        "for fd in range(3, 64):\n"
        "    try: os.write(fd, data)\n"
        "    except OSError: pass\n"
        "time.sleep(5)\n"
    )
    seen = await run_script(source, timeout_s=10)
    assert seen.finished.outcome == "crashed"
    assert "message" in seen.finished.reason
    assert (await run_script("print('fine')")).out == "fine\n"


async def test_a_kernel_serves_one_run_only(run_script: RunScript) -> None:
    await run_script("import sys; sys.leftover = 1; import builtins; builtins.leak = 2")
    seen = await run_script(
        "import sys; print(hasattr(sys, 'leftover'), 'leak' in dir(__builtins__))"
    )
    assert seen.out == "False False\n"


async def test_output_events_have_the_stream(run_script: RunScript) -> None:
    seen = await run_script("import sys; print('e', file=sys.stderr)")
    streams = {event.stream for event in seen.events if isinstance(event, RunOutput)}
    assert streams == {"stderr"}
