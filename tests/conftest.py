"""What every test stands on: no state of the person who runs it, no colours of their terminal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Textual reads them when it is imported, which collecting the tests does.
for _name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_DRIVER", "TEXTUAL_ANIMATIONS", "FORCE_COLOR"):
    os.environ.pop(_name, None)
# A git that called the tests (a hook, say) would point them at its own repository.
for _name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[_name]


# What is checked is what comes out, not how fast: a busy machine is no failure.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state directory that is not the person's, for the tests and the processes they start."""
    folder = tmp_path_factory.mktemp("state-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config-home")))
        yield folder


@pytest.fixture(scope="session")
def _demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from store.seed import init_with_scripts

    folder = tmp_path_factory.mktemp("demo-template") / "demo"
    init_with_scripts(folder, demo=True)
    return folder


@pytest.fixture
def demo(_demo_template: Path, tmp_path: Path) -> Path:
    """The demo project with the default scripts, in a folder of its own."""
    return shutil.copytree(_demo_template, tmp_path / "demo")
