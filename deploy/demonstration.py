"""The local stack's made-up people and providers: `python -m deploy.demonstration [--empty] --dir DIR`, run by `clockstop up`.

The people can sign in without a password, which exists on this machine's loopback address alone.
"""

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from services.referrals import commands as referrals
from services.referrals.store import access
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.settings import Settings

ICB = "Westside and Eastside Integrated Care Board"
REFERENCE = Path(__file__).parent / "reference"
PEOPLE = (
    access.Person("amara.okafor", "Amara Okafor", ICB, ("icb-manager",), ()),
    access.Person("daniel.reyes", "Daniel Reyes", ICB, ("icb-manager", "analyst"), ()),
    access.Person("priya.shah", "Priya Shah", "Westside and Eastside Mental Health NHS Foundation Trust", ("team-manager",), ("RXA",)),
    access.Person("tom.hughes", "Tom Hughes", "Eastside City GP Federation", ("team-manager", "pcn-lead"), ("XGF01",)),
)
"""Named readers: the ICB's managers see every provider that is added, a team manager their own."""


def prepare(empty: Annotated[bool, typer.Option("--empty")] = False, directory: Directory = DEFAULT) -> None:
    """Let the demonstration's people sign in; unless `--empty`, let its providers send and keep their API keys in the directory."""
    commands.run(_prepare(directory, empty=empty))


async def _prepare(directory: Path, *, empty: bool) -> None:
    async with (
        await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals") as pool,
        pool.acquire() as connection,
    ):
        for person in PEOPLE:
            await access.add_person(connection, person)
    if not empty:
        await admit_senders(directory)


async def admit_senders(directory: Path) -> None:
    """Let the demonstration's providers send, and keep their API keys in the directory."""
    file = directory / "api-keys.json"
    keys = json.loads(file.read_text("utf-8")) if file.exists() else {}
    with (REFERENCE / "organisations.csv").open(encoding="utf-8", newline="") as table:
        senders = {row["ods"]: row["name"] for row in csv.DictReader(table) if row["kind"] not in {"region", "icb"}}
    for ods, name in senders.items():
        added = await referrals.admit(ods, name, new_key=ods not in keys)
        if added.api_key:
            keys[ods] = added.api_key
    file.touch(mode=0o600)
    file.write_text(json.dumps(keys), "utf-8")


if __name__ == "__main__":
    typer.run(prepare)
