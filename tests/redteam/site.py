"""Where an attempt is made: a host of kernels and a keeper of victims, both of one user."""

from __future__ import annotations

import json
import os
import secrets
import select
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.redteam.attempt import Attempt, Harm, Mode, Who
from tests.redteam.launch import ROOT, command
from tests.redteam.prelude import prelude_for

NEXT = Attempt("next run", Harm.AFTER, "print(6 * 7)")
"""What must work after an attack that aimed at its host."""

_SECONDS_TO_ANSWER = 15.0
"""An order takes a second; a server that takes so long has been frozen."""

_SECONDS_TO_LEAVE = 5.0


class ServerDied(Exception):
    """A host or keeper went away in the middle of an order."""


class Server:
    """One of our modules as a process that answers JSON lines; may be told a secret to hold."""

    def __init__(self, who: Who, module: str, secret: str = "") -> None:
        words = command(who, f"tests.redteam.{module}", *([secret] if secret else ()))
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - see `close`
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            # Nothing of the person who runs the tests: attacks print what they find.
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "REDTEAM_SECRET": secret},
            start_new_session=True,
        )

    def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to an order.

        Raises:
            ServerDied: There was none.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = ""
        is_heard = True
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            is_heard = bool(select.select([self._process.stdout], [], [], _SECONDS_TO_ANSWER)[0])
            if is_heard:
                line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            state = "gone" if is_heard else "frozen"
            raise ServerDied(f"it is {state}\n{self._said.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer or "outcome" in answer, answer["error"]
        return answer

    def close(self) -> None:
        """Let it leave by itself; it takes what it started with it."""
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._process.stdout.close()
            self._said.close()


@dataclass(frozen=True)
class Sight:
    """What an attempt has done, as far as the victim, the host and the machine can tell."""

    harms: list[tuple[Harm, str]]
    """Empty is what the lockdown is for."""
    answer: dict[str, Any] = field(repr=False)
    """Of the host: outcome, reason, error, stdout, stderr, result."""

    @property
    def kinds(self) -> set[Harm]:
        """The kinds of harm that were done."""
        return {harm for harm, _ in self.harms}

    def __str__(self) -> str:
        told = [f"{harm}: {words[:300]}" for harm, words in self.harms] or ["no harm"]
        shown = {key: str(value)[-1500:] for key, value in self.answer.items() if value}
        return "\n".join([*told, *(f"  {key}: {value}" for key, value in shown.items())])


class Site:
    """A host and a keeper of one user. Both are started when first needed."""

    def __init__(self, who: Who) -> None:
        self.who: Who = who
        self._secret = f"host-secret-{secrets.token_hex(12)}"
        self._host: Server | None = None
        self._keeper = Server(who, "keeper")
        self._missing: dict[str, bool] = {}

    def close(self) -> None:
        """End both."""
        if self._host is not None:
            self._host.close()
        self._keeper.close()

    def missing(self, features: tuple[str, ...]) -> str:
        """Return in words what the machine lacks of the features; empty when it has all."""
        unknown = [name for name in features if name not in self._missing]
        if unknown:
            missing = self._keeper.ask({"do": "features", "names": unknown})["missing"]
            self._missing |= {name: name in missing for name in unknown}
        lacking = [name for name in features if self._missing[name]]
        return f"this machine has no {', '.join(lacking)} for this user" if lacking else ""

    def attack(self, attempt: Attempt, mode: Mode) -> Sight:
        """Make an attempt on a fresh victim and look at what came of it."""
        token, proof = (f"{name}-{secrets.token_hex(12)}" for name in ("secret", "proof"))
        victim = self._keeper.ask({"do": "make", "kind": attempt.victim, "token": token})
        order = {
            "prelude": prelude_for(attempt.source),
            "source": attempt.source,
            "facts": {**victim["facts"], "proof": proof},
            "timeout_s": attempt.timeout_s,
            "has_sibling": attempt.has_sibling,
            "mode": mode,
        }
        harms: list[tuple[Harm, str]] = []
        try:
            answer = self._ask_host(order)
        except ServerDied as error:
            answer = {"outcome": "host lost", "reason": str(error)}
            harms.append((Harm.HOST, str(error)))
        finally:
            changes = self._keeper.ask({"do": "look", "number": victim["number"]})["changes"]
        heard = "\n".join(
            str(answer.get(key, "")) for key in ("stdout", "stderr", "result", "error", "reason")
        )
        for secret in (token, self._secret):
            if secret in heard:
                harms.append((Harm.SECRET, _line_with(secret, heard)))
        if proof in heard:
            harms.append((Harm.ANSWER, _line_with(proof, heard)))
        harms += [(Harm.VICTIM, change) for change in changes]
        harms += [(Harm.HOST, change) for change in answer.get("host", ())]
        harms += [(Harm.PROCESS, process) for process in answer.get("processes", ())]
        harms += [(Harm.LIMIT, limit) for limit in answer.get("limits", ())]
        if attempt.is_followed:
            # In a fork: its zygote is what an attack on the host could have harmed besides.
            following = self.attack(NEXT, "forked")
            harms += following.harms
            if following.answer.get("stdout") != "begun\n42\n":
                harms.append((Harm.AFTER, str(following)))
        return Sight(harms, answer)

    def _ask_host(self, order: Mapping[str, Any]) -> dict[str, Any]:
        if self._host is None:
            self._host = Server(self.who, "host", self._secret)
        try:
            return self._host.ask(order)
        except ServerDied:
            host, self._host = self._host, None
            host.close()
            raise


def _line_with(token: str, text: str) -> str:
    return next(line for line in text.splitlines() if token in line)
