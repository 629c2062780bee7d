"""scripts/requirements.txt: what passes to an installer, and what never does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.project import Project, init_project, open_project
from store.requirements import (
    RequirementsError,
    as_file,
    has_requirements,
    normal,
    read_requirements,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    init_project(tmp_path / "blog")
    return open_project(tmp_path / "blog")


def put(project: Project, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    (project.scripts_dir / "requirements.txt").write_bytes(data)


def test_a_project_without_the_file_lists_nothing(project: Project) -> None:
    assert not has_requirements(project)
    assert read_requirements(project) == ()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("six", "six"),
        ("Pillow>=10,<12  # pictures", "pillow"),
        ("ruamel.yaml == 0.18.6", "ruamel-yaml"),
        ("requests[socks, use_chardet_on_py3]~=2.31", "requests"),
        ("a===1.0+local.1!", "a"),
        ("numpy (>=1.26)", "numpy"),
        ("tomli; python_version < '3.11' and (os_name == \"posix\")", "tomli"),
        ("six==1.16.* ; sys_platform != 'win32'", "six"),
        ("six==1.16.0 --hash=sha256:0a1b --hash=sha256:2c", "six"),
    ],
)
def test_a_requirement(project: Project, line: str, name: str) -> None:
    put(project, f"\ufeff# what scripts want\n\n{line}\n")
    (one,) = read_requirements(project)
    assert (one.line, one.name) == (3, name)
    assert as_file([one]).splitlines() == ["", "", one.text]
    assert "#" not in one.text


def test_lines_may_go_on(project: Project) -> None:
    put(project, "six==1.16.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\r\n\r\nattrs\\\n")
    first, second = read_requirements(project)
    assert (first.line, first.text) == (1, "six==1.16.0 --hash=sha256:aa --hash=sha256:bb")
    assert (second.line, second.text) == (5, "attrs")
    assert as_file([first, second]).splitlines()[4] == "attrs"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("--index-url https://example.org/simple", "option"),
        ("--no-binary :all:", "option"),
        ("-e .", "option"),
        ("-r other.txt", "option"),
        ("six --no-binary six", "no requirement"),
        ("six --config-settings=a=b", "no requirement"),
        ("six==1; python_version > '3' --global-option=x", "no requirement"),
        ("six @ git+https://example.org/six.git", "address"),
        ("git+https://example.org/six.git", "address"),
        ("./six", "address"),
        ("/tmp/six-1-py3-none-any.whl", "address"),
        ("six-1-py3-none-any.whl", "address"),
        ("six==${HOME}", "variable"),
        ("${HOME}", "variable"),
        ("six = 1", "no requirement"),
        ("six==1; '${HOME}' == 'x'", "variable"),
        ("two words", "no requirement"),
        ("six\x1b[2J", "no requirement"),
    ],
)
def test_what_does_not_pass_is_told_with_its_place(project: Project, line: str, word: str) -> None:
    put(project, f"attrs\n{line}\n")
    with pytest.raises(RequirementsError) as raised:
        read_requirements(project)
    words = str(raised.value)
    assert words.startswith("scripts/requirements.txt:2: ")
    assert word in words
    assert "\x1b" not in words


def test_what_is_no_utf_8_is_told_with_its_place(project: Project) -> None:
    put(project, b"six\n\n\xff\n")
    with pytest.raises(RequirementsError, match=r"requirements\.txt:3: not UTF-8"):
        read_requirements(project)


@given(
    st.lists(st.text(alphabet="six=1.0 -$#\\{}\n\t;'\"[]@/:<>~,()\u2028\x0b", max_size=40)).map(
        "\n".join
    )
)
def test_nothing_that_passes_has_an_option_a_variable_or_an_address(text: str) -> None:
    from store.requirements import _logical_lines, _parsed

    for number, line in _logical_lines(text):
        try:
            passed = as_file([_parsed(number, line)]).strip("\n")
        except RequirementsError:
            continue
        assert len(passed.splitlines()) == 1
        assert not {"$", "@", "/", "#", "\\", "{"} & set(passed)
        assert all(word.startswith("--hash=") for word in passed.split() if word[0] == "-")


def test_names_have_one_spelling() -> None:
    assert normal("Ruamel_YAML.-x") == "ruamel-yaml-x"
