"""What the clock reads of the reference data, and the definitions it goes by."""

import tomllib
from importlib.resources import files

from services.waits.rules.definition import Definition
from services.waits.rules.parse import parse
from services.waits.rules.reference import Reference
from shared.runtime.database import Connection, queries

SQL = queries("services.waits", "sql/queries.sql")


async def load(connection: Connection) -> Reference:
    """Read the dated tables as they are now."""
    return Reference(
        members=[tuple(row) for row in await connection.fetch(SQL["refset_members"])],
        tools=[tuple(row) for row in await connection.fetch(SQL["tools"])],
        excluded_providers=[tuple(row) for row in await connection.fetch(SQL["excluded_providers"])],
        team_types=[row["code"] for row in await connection.fetch(SQL["team_types"])],
    )


def definition(name: str) -> Definition:
    """A shipped clock definition, by its id. Raises KeyError with the ids there are."""
    folder = files("services.waits").joinpath("rules", "definitions")
    shipped = {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
    if name not in shipped:
        raise KeyError(f"no clock definition {name!r}: there is {', '.join(sorted(shipped))}")
    return parse(tomllib.loads(shipped[name].read_text("utf-8")))
