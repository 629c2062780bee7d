"""Peer: round trips over a `multiprocessing` pipe. `python -m bench.peers.pipe COUNT`.

Prints a JSON array: microseconds, each value one round trip.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection


def echo(connection: Connection) -> None:
    """Send back what comes, until the other side lets go."""
    while (message := connection.recv()) is not None:
        connection.send(message)


def main(count: int) -> None:
    """Send a small message to another process and wait for it, again and again."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=echo, args=(theirs,))
    process.start()
    message = {"name": "bench", "language": "en", "languages": ["en"]}
    ours.send(message)
    ours.recv()  # unmeasured: its start
    times = []
    for _ in range(count):
        began_ns = time.perf_counter_ns()
        ours.send(message)
        ours.recv()
        times.append((time.perf_counter_ns() - began_ns) / 1000)
    ours.send(None)
    process.join()
    print(json.dumps(times))


if __name__ == "__main__":
    main(int(sys.argv[1]))
