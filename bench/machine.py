"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.report import JsonValue


def machine_facts() -> Mapping[str, JsonValue]:
    """Return what matters for speed here, with the load until now: call it before measuring."""
    load = os.getloadavg()
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cpu_count": os.cpu_count(),
        "usable_cpu_count": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
        "textual": version("textual"),
        "inkstand": version("inkstand"),
        "load_before_1_min": round(load[0], 2),
        "load_before_5_min": round(load[1], 2),
    }


def machine_line(facts: Mapping[str, JsonValue]) -> str:
    """Return the facts in one line for a person."""
    return (
        f"{facts['cpu']}, {facts['usable_cpu_count']} of {facts['cpu_count']} cores, "
        f"Python {facts['python']}, Textual {facts['textual']}, "
        f"load before {facts['load_before_1_min']}"
    )


def _cpu_name() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or "unknown cpu"
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()
