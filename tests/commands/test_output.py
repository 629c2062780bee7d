"""What scripts and files say steers no terminal, and long output keeps its head and tail."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from engine.kernel.output import KEPT_BYTES
from tests.commands.conftest import add_script
from tests.processes import INKSTAND, run_inkstand

EVIL = "\x1b]0;owned\x07\x1b]52;c;aGk=\x1b\\\x1b[2J\x9b2J\x9d0;t\x9c\u202e\x1b[?1049h\x85\x07\x08"
OBEYED = re.compile("[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
COLOURS = re.compile("\x1b\\[[0-9;:]*m|\x1b\\[[0-2]?K")


def obeyed(text: str) -> list[str]:
    """Return what a terminal would obey, colours apart."""
    return OBEYED.findall(COLOURS.sub("", text))


def in_bytes(project: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(INKSTAND), *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, check=False)


def on_a_terminal(project: Path, *arguments: str) -> bytes:
    """Run the command with a terminal as its stdout and stderr; return what came there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(INKSTAND), *arguments], cwd=project, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        output = b""
        while True:
            try:
                output += os.read(ours, 4096)
            except OSError:  # EIO: nobody has it open any more
                break
    os.close(ours)
    return output


NASTY = f"""
import sys
print({EVIL!r} + "\\x1b[31mred\\x1b[0m 10%\\r20%\\t|")
print({EVIL!r}, file=sys.stderr)
sys.stdout.buffer.write(b"\\x9b2J\\x84\\xe9\\n")
"""


def test_a_script_cannot_steer_the_terminal(project: Path) -> None:
    add_script(project, "nasty", NASTY)
    piped = in_bytes(project, "run", "nasty")
    assert piped.stdout == "\ufffd\b\x1b[31mred\x1b[0m 10%\r20%\t|\n2J".encode() + b"\xe9\n"
    assert piped.stderr == "\ufffd\b\n".encode()
    shown = on_a_terminal(project, "run", "nasty")
    assert sorted(shown.split(b"\r\n")) == sorted(
        (piped.stdout + piped.stderr).replace(b"\n", b"\r\n").split(b"\r\n")
    )


def test_a_colour_that_is_left_on_ends_with_the_script(project: Path) -> None:
    add_script(project, "hides", "print('\\x1b[8mhidden')\nraise ValueError('\\x1b[31mred')\n")
    done = in_bytes(project, "run", "hides")
    assert done.stdout == b"\x1b[8mhidden\n\x1b[0m"
    error, _, last = done.stderr.rstrip(b"\n").rpartition(b"\n")
    assert error.endswith(b"ValueError: \x1b[31mred")
    assert last.startswith(b"\x1b[0minkstand: hides: raised ValueError at ")


@pytest.mark.parametrize("options", [(), ("--raw",)])
def test_results_and_errors_are_filtered_always(project: Path, options: tuple[str, ...]) -> None:
    body = (
        f"EVIL = {EVIL!r}\n"
        "def result():\n    return EVIL\n"
        "def fails():\n    raise type(f'X{EVIL}', (Exception,), {})(EVIL + '\\rover')\n"
    )
    add_script(project, "says", body)
    done = in_bytes(project, "run", "says", "--entrypoint", "result", *options)
    assert obeyed(done.stdout.decode()) == []
    done = in_bytes(project, "run", "says", "--entrypoint", "fails", *options)
    assert obeyed(done.stderr.decode()) == []
    assert done.stderr.decode().splitlines()[-1].startswith("inkstand: says: raised ")


def test_a_sequence_that_comes_in_pieces_is_filtered_too(project: Path) -> None:
    data = b"a\x1b]0;owned\x07\x1b[31mb"
    body = f"import os\nfor byte in {data!r}:\n    os.write(1, bytes([byte]))\n"
    add_script(project, "drips", body)
    assert in_bytes(project, "run", "drips").stdout == b"a\x1b[31mb\x1b[0m"


@pytest.mark.parametrize("options", [(), ("--raw",)])
def test_json_is_obeyed_by_no_terminal(project: Path, options: tuple[str, ...]) -> None:
    body = NASTY + f"\nraise ValueError({EVIL!r} + '\\u2028')\n"
    add_script(project, "nasty", body)
    done = in_bytes(project, "run", "nasty", "--json", *options)
    assert done.returncode == 1
    text = done.stdout.decode()
    assert obeyed(text) == []
    assert "\ufffd" in text, "what is harmless is not escaped"
    report = json.loads(text)
    assert report["error"]["message"].endswith("\u2028")
    assert ("\x1b]0;owned\x07" in report["stdout"]) is bool(options)


LONG = """
import sys
for number in range(300_000):
    print(f"line {number:>7}", "x" * 87)
print("short", file=sys.stderr)
print("\\x1b]0;owned\\x07end")
"""


@pytest.mark.parametrize("options", [(), ("--raw",)])
def test_json_keeps_head_and_tail_and_tells_where_the_middle_is(
    project: Path, options: tuple[str, ...], state_home: Path
) -> None:
    add_script(project, "long", LONG)
    done = run_inkstand("run", "long", "--json", *options, cwd=project)
    report = json.loads(done.stdout)
    lines = report["stdout"].splitlines()
    assert lines[0].startswith("line       0 x")
    assert lines[-1] == ("\x1b]0;owned\x07end" if options else "end")
    assert report["stderr"] == "short\n"
    assert len(report["stdout"]) <= KEPT_BYTES + 1_000
    file = Path(report["spilled"]["path"])
    assert file.parent.parent.parent == state_home / "inkstand" / "projects"
    assert file.name == f"{report['run_id']}.txt"
    assert report["spilled"]["problem"] == ""
    middle = file.read_text()
    assert report["dropped_bytes"] == {"stdout": len(middle), "stderr": 0}
    assert report["spilled"]["bytes"] == len(middle)
    (place,) = [number for number, line in enumerate(lines) if line.startswith("… ")]
    assert lines[place].endswith(" in between are in " + str(file))
    whole = lines[:place] + middle.splitlines() + lines[place + 1 :]
    assert [line.split()[1] for line in whole[:-1]] == [str(number) for number in range(300_000)]


def test_json_of_short_output_has_no_file(project: Path, state_home: Path) -> None:
    done = run_inkstand("run", "hello", "--json", cwd=project)
    report = json.loads(done.stdout)
    assert report["spilled"] is None
    assert report["dropped_bytes"] == {"stdout": 0, "stderr": 0}


def test_a_file_that_cannot_be_written_is_told_and_the_run_goes_on(
    project: Path, tmp_path: Path
) -> None:
    add_script(project, "long", LONG)
    (tmp_path / "inkstand").write_text("a file where a folder should be")
    done = run_inkstand("run", "long", "--json", cwd=project, env={"XDG_STATE_HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["spilled"]["path"] is None
    assert report["spilled"]["bytes"] == 0
    assert report["spilled"]["problem"].endswith(": not a directory")
    assert report["dropped_bytes"]["stdout"] > 10_000_000
    assert " in between are not kept: " in report["stdout"]


def test_no_command_passes_on_what_files_say(project: Path) -> None:
    header = f'"""\n---\ntitle: "{EVIL}"\nslug: "s{EVIL}"\nkind: "x{EVIL}"\n---\n"""\n'
    add_script(project, "titled", header)
    add_script(project, f"named{EVIL}\nforged line", "x = (\n")
    add_script(project, "broken", f"x = '{EVIL.replace(chr(7), '')}\n")
    add_script(project, "junk", f'"""\n---\n{EVIL}\n---\n"""\n')
    (project / "posts" / f"p{EVIL}.md").write_text(f"---\ntitle: [{EVIL}\n---\n")
    (project / "meta" / "project.json").write_text(
        '{"name": "\x85\\u001b]0;owned\\u0007", "id": 1}'
    )
    for command in ("list", "rebuild", "check", "doctor"):
        for options in ((), ("--json",)):
            done = run_inkstand(command, *options, cwd=project)
            assert obeyed(done.stdout + done.stderr) == [], command
            assert "\nforged line" not in done.stdout + done.stderr, command
            assert "Traceback" not in done.stderr
    done = run_inkstand("run", f"no{EVIL}such", cwd=project)
    assert obeyed(done.stdout + done.stderr) == []
