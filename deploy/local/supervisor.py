"""Runs programs under one roof: starts, waits for readiness, restarts what exits, bounds the logs, and leaves no process behind."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from types import FrameType, TracebackType
from typing import Self

from deploy.local.errors import StackError
from deploy.local.process import Child, Identity, spawn, terminate

GRACE = 20.0
"""Seconds that a program gets to stop cleanly."""
LOG_BYTES = 10_000_000
BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SETTLED = 30.0
"""Seconds after which a program that ran counts as well again, and its back-off starts anew."""


class StoppedError(Exception):
    """Someone asked the stack to stop while it was still starting."""


class StopRequest:
    """What Ctrl-C, SIGTERM and a closed terminal set. The second one says: now, without grace.

    Plain flags: a handler that sets an Event waits for ever when it interrupts whoever holds the Event's lock, another handler too.
    """

    def __init__(self) -> None:
        self.made = False
        self.urgent = False

    def within(self, seconds: float) -> bool:
        """Wait so long, or less when somebody asks to stop; whether somebody did."""
        deadline = time.monotonic() + seconds
        while not self.made and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
        return self.made

    @contextmanager
    def from_signals(self) -> Iterator[Self]:
        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {kind: signal.signal(kind, self._on_signal) for kind in kinds}
        try:
            yield self
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _on_signal(self, _kind: int, _frame: FrameType | None) -> None:
        self.urgent = self.made
        self.made = True


@dataclass
class _Running:
    """A child and its present process; `restart_at` (monotonic seconds) is set while it waits for its next start.

    `log_read`: how many bytes of its log were passed on, or written by an earlier process.
    """

    child: Child
    process: subprocess.Popen[bytes]
    identity: Identity | None
    since: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None
    log_read: int = 0


def unheard(_line: str) -> None:
    """For a caller that wants no progress lines."""


class Supervisor:
    """A context manager: on leaving it, by whatever way, every program it started is gone, in reverse order of their start.

    `say` gets progress lines; `changed` is called after each start with the processes by name.
    """

    def __init__(
        self,
        logs: Path,
        say: Callable[[str], None] = unheard,
        changed: Callable[[dict[str, Identity]], None] = lambda _processes: None,
        stop: StopRequest | None = None,
    ) -> None:
        self.logs = logs
        self.say = say
        self._changed = changed
        self._stop = stop or StopRequest()
        self._running: dict[str, _Running] = {}

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for running in reversed(self._running.values()):
            self._end(running)
        self._running.clear()

    def processes(self) -> dict[str, Identity]:
        """What runs now, by name, in the order of the first starts."""
        return {name: running.identity for name, running in self._running.items() if running.identity and running.identity.alive()}

    def start(self, child: Child) -> None:
        """Start a program that is to run until the stack stops."""
        self._running[child.name] = self._spawn(child)
        self._changed(self.processes())

    def run(self, child: Child, seconds: float = 120, progress: Callable[[], str] | None = None) -> None:
        """Run a program to its end. StackError with the last line of its output when it fails or is late."""
        step = self._spawn(child)
        try:
            self._until(lambda: step.process.poll() is not None, seconds, child.name, progress)
        finally:
            self._end(step)
        if step.process.returncode != 0:
            raise StackError(f"{child.name} failed: {self._last_line(child.name)}")

    def until_ready(self, *names: str, seconds: float = 60) -> None:
        """Wait until these programs say that they are ready; one that exits meanwhile is started again."""
        for name in names:
            self._until(self._running[name].child.ready, seconds, name)

    def watch(self) -> None:
        """Keep everything running until someone asks to stop."""
        while not self._stop.within(0.2):
            self._tend()

    def _until(self, reached: Callable[[], bool], seconds: float, name: str, progress: Callable[[], str] | None = None) -> None:
        begin = told = time.monotonic()
        while not reached():
            now = time.monotonic()
            if self._stop.within(0.05):
                raise StoppedError
            if now - begin > seconds:
                raise StackError(f"{name} is not ready after {seconds:.0f} s: {self._last_line(name)}")
            if progress and now - told > 5:
                told = now
                self.say(f"  {progress()}")
            self._tend()

    def _tend(self) -> None:
        now = time.monotonic()
        for name, running in self._running.items():
            if running.restart_at is not None:
                if now >= running.restart_at:
                    self._running[name] = self._spawn(running.child, running.failures)
                    self._changed(self.processes())
            elif (code := running.process.poll()) is not None:
                failures = running.failures if now - running.since < SETTLED else 0
                running.restart_at = now + BACK_OFF[min(failures, len(BACK_OFF) - 1)]
                running.failures = failures + 1
                self.say(f"{name} ended with {code}: starting it again ({self._log(name)})")
            if running.child.heard:
                self._pass_on(running)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LOG_BYTES:  # children append, so a log that is cut goes on from its start
                copyfile(log, log.with_suffix(".log.1"))
                log.open("wb").close()

    def _pass_on(self, running: _Running) -> None:
        """Say the whole lines that a program printed since the last look."""
        with self._log(running.child.name).open("rb") as log:
            place = log.seek(running.log_read if running.log_read <= log.seek(0, 2) else 0)  # it may have been cut
            lines = log.read().rpartition(b"\n")[0]
        running.log_read = place + len(lines) + bool(lines)
        for line in lines.decode("utf-8", "replace").splitlines():
            self.say(line)

    def _spawn(self, child: Child, failures: int = 0) -> _Running:
        log = self._log(child.name)
        log_read = log.stat().st_size if log.exists() else 0
        process = spawn(child, log)
        return _Running(child, process, Identity.of(process.pid), failures=failures, log_read=log_read)

    def _end(self, running: _Running) -> None:
        if running.identity:
            terminate(running.identity, running.child.stop_signal, lambda: 0.0 if self._stop.urgent else GRACE)
        running.process.wait()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _last_line(self, name: str) -> str:
        log = self._log(name)
        lines = log.read_text("utf-8", "replace").split("\n") if log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing") + f" ({log})"
