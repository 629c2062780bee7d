"""A kernel's process: `python -I -B -X utf8 -m engine.child CONTROL_IN CONTROL_OUT LIFELINE`.

Owns the process: its pipes, its signals, its end. It answers `Inspect` as often as asked and
`Execute` once; then it ends as any Python program ends (threads are joined, `atexit` runs) and
reports last.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from io import TextIOWrapper

from engine.child import errors, guard, protocol
from engine.child.execute import execute, inspect_source
from engine.child.protocol import Execute, Failed, Inspect, Ready, Result

_READ_BYTES = 1 << 16


class Control:
    """The control pipes, blocking: the kernel has nothing else to do while it waits."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._frames = protocol.FrameReader()
        self._pending: list[bytes] = []

    def send(self, message: protocol.KernelMessage) -> None:
        """Write the message whole."""
        data = memoryview(protocol.encode(message))
        while data:
            data = data[os.write(self._writing, data) :]

    def receive(self) -> protocol.HostMessage | None:
        """Return the next message, or None when the host has let go."""
        while not self._pending:
            data = os.read(self._reading, _READ_BYTES)
            if not data:
                return None
            self._pending = self._frames.feed(data)
        return protocol.decode_host_message(self._pending.pop(0))


def main() -> None:
    """Become a kernel."""
    reading, writing, lifeline = map(int, sys.argv[1:4])
    guard.split(lifeline)
    # Whoever starts us behind an `&` in a shell script has SIGINT ignored, which is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A script's lines must be seen as they come, as on a terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    control = Control(reading, writing)
    control.send(Ready(protocol.PROTOCOL, sys.version.split()[0]))
    while (request := control.receive()) is not None:
        if isinstance(request, Inspect):
            control.send(inspect_source(request))
        else:
            _run_once(control, request)


def _run_once(control: Control, request: Execute) -> None:
    outcome: protocol.KernelMessage = Failed(
        request.run_id,
        protocol.ScriptError("KeyboardInterrupt", "interrupted while its error was being told"),
    )

    def report() -> None:
        # From here on an interrupt comes too late to be the script's.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue  # the script has closed or replaced it: what it held is the script's loss
        control.send(outcome)
        os._exit(0)

    # First in, last out: after the script's threads are joined and its own `atexit` functions ran.
    atexit.register(report)
    try:
        outcome = Result(request.run_id, execute(request))
    except SystemExit as left:
        if left.code in (None, 0):
            outcome = Result(request.run_id, "")
        else:
            if isinstance(left.code, str):
                print(left.code, file=sys.stderr)
            outcome = Failed(request.run_id, errors.describe(left))
    except BaseException as error:  # whatever it is belongs to the script and is told in its words
        outcome = Failed(request.run_id, errors.describe(error))
    sys.exit()


if __name__ == "__main__":
    main()
