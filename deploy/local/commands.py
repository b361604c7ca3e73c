"""`clockstop up`, `down` and `status`. Every failure is one line on standard error and exit 1; a wrong option is exit 2."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.condition import condition
from deploy.local.errors import StackError
from deploy.local.process import terminate
from deploy.local.stack import Stack
from deploy.local.startup import bring_up
from deploy.local.supervisor import StoppedError, StopRequest, Supervisor

Directory = Annotated[Path, typer.Option("--dir", help="Where the stack keeps its state.")]
DEFAULT_DIRECTORY = Path(".clockstop")
WITH_MESH = "With the sandbox of MESH, to which returns go; left out: unless --empty."

app = typer.Typer(help="The stack on this machine.", no_args_is_help=True)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn a StackError into one line and exit 1."""
    try:
        yield
    except StackError as error:
        typer.echo(f"clockstop: {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready; stop it with `down`.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    port: Annotated[int | None, typer.Option(min=1, max=65535, envvar="PORT", help="Port of the site; a free one if left out.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Without demonstration data.")] = False,
    mesh: Annotated[bool | None, typer.Option("--mesh/--no-mesh", help=WITH_MESH)] = None,
) -> None:
    """Start Kafka, PostgreSQL, the services and the site; Ctrl-C stops them all."""
    with_mesh = not empty if mesh is None else mesh
    with in_one_line():
        if detach:
            _in_background(directory, port, empty=empty, with_mesh=with_mesh)
        else:
            supervise(directory.resolve(), port, empty=empty, with_mesh=with_mesh)


@app.command()
def down(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Stop the stack; returns when all of it is gone."""
    with in_one_line():
        stack = Stack.last(directory)
        if stack is None or not end(stack):
            typer.echo(f"Nothing runs in {directory}")
        else:
            typer.echo(f"Stopped the stack in {directory}")


@app.command()
def status(
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """What runs, where, in which version, and how far each service is behind. Exit 1 when nothing runs."""
    with in_one_line():
        found = condition(Stack.load(directory))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    state = "ready" if found.ready else "starting"
    typer.echo(f"{found.site}  {state}, up {found.up_seconds} s, in {found.directory}; Kafka at {found.kafka}")
    typer.echo(f"messages   none leaves this machine: {found.messages} shows them")
    if found.mesh:
        typer.echo(f"MESH       its sandbox: {found.mesh}")
    typer.echo("versions   " + ", ".join(f"{name} {told or 'unknown'}" for name, told in found.versions.items()))
    for name, part in found.processes.items():
        behind = found.lag.get(name)
        told = f", {behind} records behind" if behind is not None else ""
        typer.echo(f"{name:<14} {'runs' if part.running else 'is down'}, pid {part.pid}{told}")


def supervise(directory: Path, port: int | None, *, empty: bool, with_mesh: bool) -> None:
    """Run a stack until someone asks to stop it. StackError when it cannot start, or another one runs there."""
    with StopRequest().from_signals() as stop, _alone_in(directory):
        if left := Stack.last(directory):
            end(left)
        stack = Stack.plan(directory, port, os.environ, with_mesh=with_mesh)
        stack.save()
        try:
            with Supervisor(directory / "logs", typer.echo, stack.now_runs, stop) as supervisor:
                bring_up(supervisor, stack, empty=empty)
                typer.echo(f"Clockstop is ready: {stack.site_url}")
                stack.is_ready()
                supervisor.watch()
                typer.echo("Stopping")
        except StoppedError:
            raise StackError("stopped before it was ready") from None
        finally:
            stack.forget()


def end(stack: Stack) -> bool:
    """Stop a stack by its supervisor; what a killed supervisor left, one by one, last started first. False when nothing was left."""
    ran = any(process.alive() for process in (stack.supervisor, *stack.processes.values()))
    terminate(stack.supervisor, signal.SIGTERM, lambda: 120.0)
    for process in reversed((Stack.last(stack.directory) or stack).processes.values()):
        terminate(process, signal.SIGTERM, lambda: 5.0)
    stack.forget()
    return ran


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; the kernel frees it however the holder ends."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"a stack already runs in {directory}: see `clockstop status`, or choose another --dir") from None
        yield


def _in_background(directory: Path, port: int | None, *, empty: bool, with_mesh: bool) -> None:
    """Start a supervisor in a session of its own and pass on what it says until it is ready. StackError when it fails."""
    log = directory / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    options = [*(["--port", str(port)] if port else []), *(["--empty"] if empty else []), "--mesh" if with_mesh else "--no-mesh"]
    command = [sys.executable, "-m", "deploy.local", "up", "--dir", str(directory), *options]
    log.unlink(missing_ok=True)
    with log.open("ab") as output:
        supervisor = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    try:
        with log.open(encoding="utf-8") as told:
            while True:
                ended = supervisor.poll() is not None
                stack = Stack.last(directory)
                ready = stack is not None and stack.ready and stack.supervisor.pid == supervisor.pid
                typer.echo(told.read(), nl=False)
                if ended:
                    raise typer.Exit(1)
                if ready:
                    return
                with suppress(subprocess.TimeoutExpired):
                    supervisor.wait(0.2)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait()
        raise StackError("stopped before it was ready") from None
