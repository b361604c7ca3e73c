"""`outreach`'s part of the command line."""

import typer

outreach = typer.Typer(help="Physical health checks of people with severe mental illness.", no_args_is_help=True)
