"""The keeper of the victims: `python -m tests.redteam.keeper`, one JSON line in, one out.

Runs as the user whose victims they are. One thread, so that it may fork them.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from tests.redteam import machine
from tests.redteam.victims import Victim, kinds


def main() -> None:
    """Serve until the tests let go; then end the victims that are left."""
    os.umask(0o077)
    made: dict[int, Victim] = {}
    try:
        for line in sys.stdin:
            try:
                answer = _answer(json.loads(line), made)
            except Exception:  # a victim that cannot be made fails its test, in words
                answer = {"error": traceback.format_exc()}
            print(json.dumps(answer), flush=True)
    finally:
        for victim in made.values():
            victim.close()


def _answer(order: dict[str, Any], made: dict[int, Victim]) -> dict[str, Any]:
    match order["do"]:
        case "features":
            return {"missing": [name for name in order["names"] if not machine.has(name)]}
        case "make":
            number = max(made, default=0) + 1
            made[number] = kinds()[order["kind"]](order["token"])
            return {"number": number, "facts": made[number].facts()}
        case "look":
            victim = made.pop(order["number"])
            try:
                return {"changes": victim.changes()}
            finally:
                victim.close()
        case unknown:
            raise ValueError(unknown)


if __name__ == "__main__":
    main()
