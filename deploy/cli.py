"""`clockstop`: one entry point; each service's part of the command line comes from its `commands`."""

import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import asyncpg
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command, get_group

from shared.runtime.errors import CommandError

WHERE = {
    "up": "deploy.local.commands:up",
    "down": "deploy.local.commands:down",
    "status": "deploy.local.commands:status",
    "settle": "deploy.settling:settle",
    "configure": "deploy.environment:configure",
    "provision": "deploy.provision:provision",
    "simulate": "deploy.simulator.commands:simulate",
    "provider": "services.referrals.commands:provider",
    "person": "services.referrals.commands:person",
    "keys": "services.referrals.commands:keys",
    "access": "services.referrals.commands.agreements:sharing",
    "reference": "services.referrals.commands:reference",
    "emit": "services.referrals.commands:emit",
    "receipts": "services.referrals.commands:show_receipts",
    "effects": "services.waits.commands:show_effects",
    "clocks": "services.waits.commands:clocks_command",
    "explain": "services.waits.commands.explain:explain",
    "measures": "services.reporting.commands:measures_command",
    "reconcile": "services.reporting.commands:reconcile_command",
    "return": "deploy.verifying:returns",
    "baseline": "services.reporting.commands:baseline_command",
    "inequality": "services.reporting.commands:inequality_command",
    "definitions": "services.waits.commands.definitions:definitions",
    "replay": "services.waits.commands:replay",
    "outreach": "services.outreach.commands:outreach",
    "cursor": "shared.runtime.cursor_commands:cursor",
    "audit": "shared.runtime.trail_commands:audit",
    "import": "services.referrals.commands.register:files_in",
    "export": "services.referrals.commands.files:files_out",
}
"""Where each command, or group of commands, stands."""


class Commands(UserDict[str, Any]):
    """Commands by name, each imported when it is asked for: one that has little to do does not wait for what the others need."""

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = self.data[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(name)(found)
            command = get_command(alone)
        command.name = name
        return command


class Clockstop(TyperGroup):
    """The whole command line."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands(WHERE)


app = typer.Typer(
    cls=Clockstop,
    help="Live tracking of community mental health delivery.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def clockstop() -> None:
    """No option but --help."""


def main() -> None:
    """Run; every failure that has a remedy is one line on standard error: exit 2 for wrong words, 1 for anything else."""
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        describe = getattr(error, "format_message", error.__str__)
        if told := " ".join(describe().split()).rstrip("."):
            print(f"clockstop: {told}: see `clockstop --help`", file=sys.stderr)
        sys.exit(2)
    except CommandError as error:
        sys.exit(f"clockstop: {error}")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        sys.exit(f"clockstop: the stack does not answer ({type(error).__name__}: {error}): see `clockstop status`")


if __name__ == "__main__":
    main()
