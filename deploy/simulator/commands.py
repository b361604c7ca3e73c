"""`clockstop simulate`: the demonstration community emits to a running stack."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.simulator.demonstration import Plan, demonstrate
from deploy.simulator.sender import SendError, Target


def simulate(
    rate: Annotated[float, typer.Option(min=0.01, max=1000, help="Live events a second.")] = 1.0,
    people: Annotated[int, typer.Option(min=1, max=100_000, help="People who come in 120 days.")] = 400,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another community.")] = 1,
    for_seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so long; without it, at Ctrl-C.")] = None,
    directory: Annotated[Path, typer.Option("--dir", help="Where the stack keeps its state.")] = Path(".clockstop"),
) -> None:
    """Send the last four months of a made-up community, then live flow; the same seed is the same community."""
    try:
        stack = Stack.load(directory)
        target = Target(stack.kafka, stack.site_url, api_keys(directory))
        asyncio.run(_until_stopped(target, directory, Plan(seed, people, rate, for_seconds)))
    except (StackError, SendError) as error:
        typer.echo(f"clockstop: {error}", err=True)
        raise typer.Exit(1) from None


def api_keys(directory: Path) -> dict[str, str]:
    """The API keys of the demonstration's providers, `{ods: key}`, as the stack keeps them in its directory; none when there are none."""
    file = directory / "api-keys.json"
    keys: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return keys


async def _until_stopped(target: Target, directory: Path, plan: Plan) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await demonstrate(target, directory, plan, stop, typer.echo)
