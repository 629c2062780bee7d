"""What an attempt is, and what counts as its success.

Owns the words that the tables of attempts are written in. No attack and no victim stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias

Who: TypeAlias = Literal["user", "root"]
"""As whom the host, its kernels and the victims run."""

Mode: TypeAlias = Literal["open", "guarded", "spare", "forked"]
"""In which kernel: without the lockdown (`open` for the tests, `guarded` as a person gets it), or
locked down (`spare`, started from nothing, or `forked` from a zygote)."""


class Harm(StrEnum):
    """What an attempt can do. Every run is looked at for all of them."""

    SECRET = "a secret was told"
    """The token that only the victim or the host holds is in the script's output."""
    ANSWER = "the attack got its answer"
    """The script, or a process of it, printed the proof: the kernel did what was asked."""
    VICTIM = "the victim was changed"
    HOST = "the host was changed"
    """It received a signal, lost a limit, has input on its terminal, or is gone."""
    PROCESS = "a process was started"
    """One that came from the kernel was seen, or is left over."""
    LIMIT = "a limit was passed"
    AFTER = "the next run failed"


@dataclass(frozen=True)
class Attempt:
    """One try to get out, or to do harm from inside."""

    name: str
    """Unique in its category; says what is tried."""
    harm: Harm
    """What success looks like; without the lockdown it must be seen."""
    source: str
    """The script. `prelude` stands in front of it, facts about the victim are in `V`."""
    victim: str = "nothing"
    """A kind of `victims.KINDS`."""
    needs: tuple[str, ...] = ()
    """Features of the machine (`machine.py`) without which there is nothing to prove."""
    unprovable: str | Mapping[Who, str] = field(default="")
    """Why it does not succeed without the lockdown either: in words, for all or for some."""
    timeout_s: float = 10.0
    """When the host ends the run; short for what hangs on purpose."""
    outcomes: frozenset[str] = frozenset()
    """How the locked run has to end; empty for any way."""
    says: str = ""
    """What the locked script must have printed, to show that the attack reached its point."""
    has_sibling: bool = False
    """Whether another kernel of the same host waits beside it, as `V.sibling`."""
    is_followed: bool = False
    """Whether another run must work in the same pool afterwards."""

    def unprovable_for(self, who: Who) -> str:
        """Return why it cannot be proven as that user; empty when it can."""
        if isinstance(self.unprovable, str):
            return self.unprovable
        return self.unprovable.get(who, "")
