"""Peer: the macro in a plain loop of one process, `python -m bench.peers.macro_loop ITEMS`.

Prints JSON: microseconds a call, everything included. It has no sandbox, no limit and no isolation.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from bench.batch_items import MACRO, context_of


def main(count: int) -> None:
    """Call the macro again and again."""
    namespace: dict[str, Any] = {}
    exec(compile(MACRO, "macro.py", "exec"), namespace)
    render = namespace["render"]
    began_ns = time.perf_counter_ns()
    size = 0
    for number in range(count):
        size += len(render(context_of(number), None))
    took_us = (time.perf_counter_ns() - began_ns) / 1000
    assert size >= count * 1000
    print(json.dumps({"call_us": took_us / count}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
