"""Every attempt succeeds without the lockdown, where it can, and does nothing under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args
from zlib import crc32

import pytest

from tests.redteam.attempt import Attempt, Harm, Mode, Who
from tests.redteam.attempts import ATTEMPTS, BY_CATEGORY
from tests.redteam.site import Site

SiteOf = Callable[[Who], Site]

USERS: tuple[Who, ...] = ("user", "root")
ALL_LOCKED: tuple[Mode, ...] = ("spare", "forked")
NAMED = {
    f"{category}: {attempt.name}": attempt
    for category, attempts in BY_CATEGORY.items()
    for attempt in attempts
}


def _locked_modes(attempt: Attempt, who: Who) -> tuple[Mode, ...]:
    """Return the kernels in which an attempt is made.

    Always in a fork; in one started from nothing by one of the users, as that takes most of the
    time and locks itself down in the same way. What the host has to bear, locked or not, waits for
    it on purpose: that is made in one kind by one user, in the other by the other.
    """
    is_users_turn = crc32(attempt.name.encode()) % 2 == 0
    if is_users_turn != (who == "user"):
        return ("forked",)
    return ("spare",) if isinstance(attempt.unprovable, str) and attempt.unprovable else ALL_LOCKED


@pytest.mark.parametrize("who", USERS)
@pytest.mark.parametrize("attempt", NAMED.values(), ids=NAMED)
def test_an_attempt_has_no_effect(
    attempt: Attempt,
    who: Who,
    site_of: SiteOf,
    record_property: Callable[[str, object], None],
) -> None:
    site = site_of(who)
    unproven = attempt.unprovable_for(who) or site.missing(attempt.needs)
    if unproven:
        record_property("unproven", unproven)
    else:
        free = site.attack(attempt, "open")
        assert attempt.harm in free.kinds, f"it proves nothing, as it fails unlocked:\n{free}"
    for mode in _locked_modes(attempt, who):
        locked = site.attack(attempt, mode)
        assert locked.harms == [], f"it got through, {mode}:\n{locked}"
        # A kernel that does not even start resists everything.
        said = locked.answer["stdout"]
        assert said.startswith("begun\n"), f"it was not tried, {mode}:\n{locked}"
        assert attempt.says in said, f"it did not reach its point, {mode}:\n{locked}"
        if attempt.outcomes:
            assert locked.answer["outcome"] in attempt.outcomes, str(locked)


@pytest.mark.parametrize("who", USERS)
@pytest.mark.parametrize("mode", get_args(Mode))
def test_what_does_no_harm_is_seen_to_do_none(who: Who, mode: Mode, site_of: SiteOf) -> None:
    source = (
        "import decimal, json, sqlite3, threading, zoneinfo\n"
        "thread = threading.Thread(target=print, args=('in a thread',))\n"
        "thread.start(); thread.join()\n"
        "print(json.dumps([1]), decimal.Decimal(1) / 3)\n"
    )
    for victim in ("folder", "library", "grants", "locks", "process", "listeners", "terminal"):
        harmless = Attempt("harmless", Harm.AFTER, source, victim, has_sibling=victim == "folder")
        seen = site_of(who).attack(harmless, mode)
        assert seen.harms == [], str(seen)
        assert seen.answer["outcome"] == "ok", str(seen)
        assert "in a thread\n[1] 0.33" in seen.answer["stdout"]


def test_there_are_enough_attempts_and_each_has_its_name() -> None:
    assert len(ATTEMPTS) >= 150
    assert len(NAMED) == len(ATTEMPTS), "a name stands twice in a category"
    assert all(attempt.name and attempt.source.strip() for attempt in ATTEMPTS)
