"""A host that is a process of its own: `python -m tests.kernel.lone_host`, for `launching`.

Takes an order on stdin, runs one script in one kernel, and tells as JSON how that went.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

import anyio

from engine.kernel.events import RunOutput, RunRequest
from engine.kernel.limits import Limits
from engine.kernel.pool import Pool
from engine.kernel.process import Kernel
from engine.kernel.run import Run
from engine.kernel.sources import Forks


class Noting(Pool):
    """A pool that remembers what its last kernel said when it was ready."""

    ready: dict[str, Any] = {}

    async def take(self) -> Kernel:
        kernel = await super().take()
        ready = kernel.ready
        self.ready = {
            "user_id": ready.user_id,
            "layers": {one.name: [one.is_enforced, one.words] for one in ready.layers},
        }
        return kernel


def pool_of(kernels: str) -> Noting:
    if kernels == "fork":
        return Noting(0, source=Forks())
    return Noting(0, is_sandboxed=kernels != "open")


async def run(order: dict[str, Any]) -> dict[str, Any]:
    written = {"stdout": b"", "stderr": b""}
    request = RunRequest(
        order["script"].encode(), "scripts/x.py", "main", (), Limits(**order["limits"])
    )
    run = Run(request)
    async with pool_of(order["kernels"]) as pool, anyio.create_task_group() as group:
        group.start_soon(run.execute, pool)
        async for event in run.events():
            if isinstance(event, RunOutput):
                written[event.stream] += event.data
    assert run.finished is not None
    told = {name: data.decode(errors="replace") for name, data in written.items()}
    finished = asdict(run.finished)
    finished["error"] = run.finished.error.type if run.finished.error else ""
    return {**finished, **told, **pool.ready}


if __name__ == "__main__":
    print(json.dumps(anyio.run(run, json.load(sys.stdin))))
