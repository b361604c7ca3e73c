"""One program of the stack: it runs in a session of its own, dies with its supervisor, and is known by pid and start time.

Linux only: process start times come from /proc, and the tie to the supervisor is the kernel's parent-death signal.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from deploy.local.errors import StackError

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def at_once() -> bool:
    """The readiness of a program that has nothing to wait for."""
    return True


@dataclass(frozen=True)
class Child:
    """A program to run: its command and whole environment, when it counts as ready, and how it is asked to stop.

    `user` names the system user that it runs as (None: ours); `ready` must answer within about a second. What a `heard` one prints is
    passed on to whoever started the stack.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], bool] = at_once
    directory: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    heard: bool = False


class Identity(BaseModel):
    """A process that cannot be confused with a later one of the same pid. `started` is in clock ticks since boot."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The identity of a process that runs now; None for one that is gone or a zombie."""
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if state in "ZX" else cls(pid=pid, started=int(fields[18]))

    def alive(self) -> bool:
        return Identity.of(self.pid) == self


def spawn(child: Child, log: Path) -> subprocess.Popen[bytes]:
    """Start a program whose output is appended to `log`. Call from the main thread: the child dies with the thread that made it."""
    account = pwd.getpwnam(child.user) if child.user else None
    with log.open("ab") as output:
        try:
            return subprocess.Popen(
                child.command,
                env=child.environment,
                cwd=child.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # else a terminal's Ctrl-C reaches all at once, and in no order
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=[] if account else None,
                preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509  # two system calls, no lock
            )
        except OSError as error:
            raise StackError(f"cannot start {child.name}: {error}") from None


def _die_with(parent: int) -> None:
    """In the child, after it took its user (which would clear the setting): be killed when the supervisor ends, however it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we could ask
        os._exit(1)


def terminate(process: Identity, ask: signal.Signals, grace: Callable[[], float]) -> None:
    """Ask a process to end, kill it when it has not in `grace()` seconds, and its process group; return when it is gone.

    `grace` is asked again while waiting, so that an impatient second Ctrl-C counts.
    """
    if not process.alive():
        return
    with suppress(ProcessLookupError):
        os.kill(process.pid, ask)
        asked = time.monotonic()
        while process.alive() and time.monotonic() - asked < grace():
            time.sleep(0.02)
        if process.alive():
            os.kill(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what it started and did not end; nothing when it led no group
    while process.alive():
        time.sleep(0.02)
