"""`clockstop`: one entry point; each service's part of the command line comes from its `commands`."""

import sys

import asyncpg
import typer
from typer.exceptions import TyperException

from deploy.environment import configure
from deploy.local import commands as stack
from deploy.provision import provision
from deploy.settling import settle
from deploy.simulator.commands import simulate
from deploy.verifying import verify
from services.outreach.commands import outreach
from services.referrals import commands as referrals
from services.referrals.commands import files
from services.referrals.commands.agreements import sharing
from services.referrals.commands.register import import_register
from services.reporting import commands as reporting
from services.reporting.commands.submissions import returns
from services.waits import commands as waits
from services.waits.commands import explain as waits_explain
from services.waits.commands.definitions import definitions
from shared.runtime.cursor_commands import cursor
from shared.runtime.errors import CommandError
from shared.runtime.trail_commands import audit

app = typer.Typer(
    help="Live tracking of community mental health delivery.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.command()(stack.up)
app.command()(stack.down)
app.command()(stack.status)
app.command()(settle)
app.command()(configure)
app.command()(provision)
app.command()(simulate)
app.add_typer(referrals.provider, name="provider")
app.add_typer(referrals.person, name="person")
app.add_typer(referrals.keys, name="keys")
app.add_typer(sharing, name="access")
app.add_typer(referrals.reference, name="reference")
app.command()(referrals.emit)
app.command("receipts")(referrals.show_receipts)
app.command("effects")(waits.show_effects)
app.command("clocks")(waits.clocks_command)
app.command()(waits_explain.explain)
app.command("measures")(reporting.measures_command)
app.command("reconcile")(reporting.reconcile_command)
returns.command()(verify)
app.add_typer(returns, name="return")
app.command("baseline")(reporting.baseline_command)
app.command("inequality")(reporting.inequality_command)
app.add_typer(definitions, name="definitions")
app.command()(waits.replay)
app.add_typer(outreach, name="outreach")
app.add_typer(cursor, name="cursor")
app.add_typer(audit, name="audit")
files.files_in.command("register")(import_register)
app.add_typer(files.files_in, name="import")
app.add_typer(files.files_out, name="export")


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
