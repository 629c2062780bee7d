"""The sites of the attempts: one for each user, kept for as long as a worker of pytest lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.redteam.attempt import Who
from tests.redteam.launch import CannotBecome
from tests.redteam.site import Site


@pytest.fixture(scope="session")
def site_of() -> Iterator[Callable[[Who], Site]]:
    """Return the site of a user, or skip the test when the tests cannot be that user."""
    sites: dict[Who, Site] = {}

    def site_of(who: Who) -> Site:
        if who not in sites:
            try:
                sites[who] = Site(who)
            except CannotBecome as error:
                pytest.skip(str(error))
        return sites[who]

    yield site_of
    for site in sites.values():
        site.close()
