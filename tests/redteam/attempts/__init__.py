"""The attempts, a table for each kind of thing that they are after."""

from __future__ import annotations

from tests.redteam.attempt import Attempt
from tests.redteam.attempts.forgery import FORGERY
from tests.redteam.attempts.interfaces import INTERFACES
from tests.redteam.attempts.loading import LOADING
from tests.redteam.attempts.metadata import METADATA
from tests.redteam.attempts.network import NETWORK
from tests.redteam.attempts.processes import PROCESSES
from tests.redteam.attempts.reading import READING
from tests.redteam.attempts.resources import RESOURCES
from tests.redteam.attempts.sabotage import SABOTAGE
from tests.redteam.attempts.sharing import SHARING
from tests.redteam.attempts.signals import SIGNALS
from tests.redteam.attempts.spying import SPYING
from tests.redteam.attempts.terminals import TERMINALS
from tests.redteam.attempts.writing import WRITING

BY_CATEGORY: dict[str, tuple[Attempt, ...]] = {
    "reading": READING,
    "loading": LOADING,
    "spying": SPYING,
    "writing": WRITING,
    "metadata": METADATA,
    "processes": PROCESSES,
    "signals": SIGNALS,
    "network": NETWORK,
    "terminals": TERMINALS,
    "interfaces": INTERFACES,
    "resources": RESOURCES,
    "forgery": FORGERY,
    "sabotage": SABOTAGE,
    "sharing": SHARING,
}

ATTEMPTS = [attempt for attempts in BY_CATEGORY.values() for attempt in attempts]
