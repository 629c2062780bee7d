"""How much memory processes have, as /proc tells it."""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError


def pss_mb(pid: int) -> float:
    """Return a process's proportional set size in millions of bytes; what is shared counts in part.

    Raises:
        BenchError: It cannot be read. Without privileges nobody may look into a kernel.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError as error:
        raise BenchError(
            f"the memory of kernels cannot be measured: {error.strerror} (their lockdown keeps "
            "other processes of the same user out, too; root can measure it)"
        ) from error
    return _kilobytes(text, "Pss:") * 1024 / 1e6


def rss_mb(pid: int | None = None) -> float:
    """Return a process's resident set size in millions of bytes; this one's when none is named."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8")
    return _kilobytes(status, "VmRSS:") * 1024 / 1e6


def _kilobytes(text: str, name: str) -> int:
    line = next(line for line in text.splitlines() if line.startswith(name))
    return int(line.split()[1])
