"""The local stack's made-up people and providers: `python -m deploy.demonstration [--empty] --dir DIR`, run by `clockstop up`.

The people can sign in without a password, which exists on this machine's loopback address alone.
"""

import csv
import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from services.referrals import commands as referrals
from services.referrals.store import access
from services.waits.rules.alerts import Rule
from services.waits.store import alert_book
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.settings import Settings

ICB = "Westside and Eastside Integrated Care Board"
REFERENCE = Path(__file__).parent / "reference"
PEOPLE = (
    access.Person("amara.okafor", "Amara Okafor", ICB, ("icb-manager",), ()),
    access.Person("daniel.reyes", "Daniel Reyes", ICB, ("icb-manager", "analyst"), ()),
    access.Person("kwame.mensah", "Kwame Mensah", ICB, ("analyst",), ()),
    access.Person("helen.marsh", "Helen Marsh", ICB, ("signatory",), ()),
    access.Person("priya.shah", "Priya Shah", "Westside and Eastside Mental Health NHS Foundation Trust", ("team-manager",), ("RXA",)),
    access.Person("tom.hughes", "Tom Hughes", "Eastside City GP Federation", ("team-manager", "pcn-lead"), ("XGF01",)),
    access.Person("sam.price", "Sam Price", "Westside Central Surgery", ("outreach-worker",), ("XG0101", "XG0102")),
)
"""Named readers: the ICB's managers see every provider that is added, a team manager their own."""


def prepare(empty: Annotated[bool, typer.Option("--empty")] = False, directory: Directory = DEFAULT) -> None:
    """Let the demonstration's people sign in; unless `--empty`, let its providers send and keep their API keys in the directory."""
    commands.run(_prepare(directory, empty=empty))


RULES = (
    ("amara.okafor", None, "Share within 28 days falls", Rule("share-within", "below", (70.0, 60.0, 50.0))),
    ("amara.okafor", None, "Somebody waits very long", Rule("longest-days", "above", (180.0, 365.0))),
    ("amara.okafor", None, "A feed is silent", Rule("silent-feeds", "above", (1.0,))),
    ("amara.okafor", None, "A signal stands out", Rule("signals", "above", (1.0,))),
    ("priya.shah", "RXA", "About to pass 28 days at Westside", Rule("due-7", "above", (10.0, 20.0, 40.0))),
)
"""Alert rules of the demonstration: whose, of which provider (None: all), what is watched. They are shown; nobody is written to."""


async def _prepare(directory: Path, *, empty: bool) -> None:
    async with (
        await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals") as pool,
        pool.acquire() as connection,
    ):
        for person in PEOPLE:
            await access.add_person(connection, person)
    if not empty:
        await _watch(await admit_senders(directory))


async def _watch(senders: Collection[str]) -> None:
    """Make the demonstration's alert rules, once."""
    names = {person.username: person.name for person in PEOPLE}
    async with await connect_pool(Settings.of("waits").database_url.get_secret_value(), "waits") as pool:
        if await alert_book.rules(pool, frozenset(senders)):
            return
        for username, provider, title, rule in RULES:
            whose = frozenset([provider] if provider else senders)
            draft = alert_book.Draft(title, rule, sorted(whose), provider, None, None, (), None, "json")
            await alert_book.add(pool, alert_book.Author(username, names[username], whose), draft)


async def admit_senders(directory: Path) -> Collection[str]:
    """Let the demonstration's providers send, and keep their API keys in the directory; returns their ODS codes."""
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
    return senders


if __name__ == "__main__":
    typer.run(prepare)
