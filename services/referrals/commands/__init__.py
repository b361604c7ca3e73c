"""`referrals`' part of the command line: providers, reference data, sending events, receipts."""

import asyncio
import getpass
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from aiokafka.errors import KafkaError
from pydantic import Field, SecretStr

from services.referrals.handlers.rotating import Rotated, rotate
from services.referrals.rules.decoding import split
from services.referrals.store import access, loading, receipts
from services.referrals.store.vault import KeysError, Lookups, Vault, parse_keys
from shared import clock
from shared.events.topics import ingress
from shared.events.topics import receipts as receipt_topic
from shared.runtime import admin, broker, commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Environment, Settings, SettingsError

provider = typer.Typer(help="Who may send events.", no_args_is_help=True)
reference = typer.Typer(help="Reference data: codes, organisations, look-ups.", no_args_is_help=True)

person = typer.Typer(help="Who may sign in.", no_args_is_help=True)
keys = typer.Typer(help="The keys of look-ups and vault.", no_args_is_help=True)


class Keys(Environment):
    """The front door's keys, which live outside the database."""

    clockstop_lookup_keys: SecretStr = Field(description="HMAC keys of the person look-up, `<version>:<64 hex digits>[,...]`")
    clockstop_vault_keys: SecretStr = Field(description="AES-256 keys of the vault, written likewise")

    def open(self) -> tuple[Lookups, Vault]:
        """The keys at work. Raises SettingsError."""
        try:
            lookups = Lookups(parse_keys(self.clockstop_lookup_keys.get_secret_value()))
            return lookups, Vault(parse_keys(self.clockstop_vault_keys.get_secret_value()))
        except KeysError as error:
            raise SettingsError(f"CLOCKSTOP_LOOKUP_KEYS or CLOCKSTOP_VAULT_KEYS: {error}") from None


Ods = Annotated[str, typer.Argument(help="ODS code, as RXA.")]


async def _pool(*, fenced: bool = True) -> Pool:
    return await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals", size=1, fenced=fenced)


@keys.command("rotate")
def rotate_keys(directory: Directory = DEFAULT) -> None:
    """Bring look-ups and sealed texts to the newest keys while the services run, which must hold old and new ones. Twice is no change."""
    lookups, vault = Keys.read().open()

    async def work() -> Rotated:
        async with await _pool() as pool:
            return await rotate(pool, lookups, vault, getpass.getuser(), lambda seen: typer.echo(f"{seen} events looked at", err=True))

    try:
        done = commands.run(work())
    except KeysError as error:
        raise CommandError(f"CLOCKSTOP_VAULT_KEYS: {error}") from None
    typer.echo(f"{done.lookups} look-ups hashed anew, {done.sealed} texts sealed anew; all texts need vault key {vault.current} alone")
    if done.left:
        raise CommandError(f"{done.left} look-ups are under older keys: run it again; if they stay, keep CLOCKSTOP_LOOKUP_KEYS as it is")
    typer.echo(f"all look-ups need look-up key {lookups.current} alone")


@provider.command("add")
def add_provider(
    ods: Ods,
    name: Annotated[str, typer.Option(help="Its name; by default that of the reference data, else its code.")] = "",
    new_key: Annotated[bool, typer.Option("--new-key", help="Make a further API key.")] = False,
    directory: Directory = DEFAULT,
) -> None:
    """Let a provider send: its topics, and an API key that is shown this once. Twice is no change."""
    if not re.fullmatch("[A-Z0-9]{3,10}", ods):
        raise CommandError(f"ODS: {ods!r} is no ODS code: three to ten capital letters and digits, as RXA")
    added = commands.run(admit(ods, name, new_key=new_key))
    typer.echo(
        f"{ods} {'added' if added.new else 'was added before'}; it sends to {ingress(ods).name}, receipts on {receipt_topic(ods).name}"
    )
    if added.api_key:
        typer.echo(f"API key, shown this once: {added.api_key}")


@person.command("add")
def add_person(
    username: Annotated[str, typer.Argument(help="What they sign in as.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    organisation: Annotated[str, typer.Option(help="Where they work.")],
    roles: Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(access.ROLES)}; may be repeated.")],
    providers: Annotated[list[str], typer.Option("--provider", help="ODS code of a provider whose waits they see; may be repeated.")],
    directory: Directory = DEFAULT,
) -> None:
    """Let somebody sign in, to see the waits of the providers that are named and no other's."""
    if unknown := sorted(set(roles) - set(access.ROLES)):
        raise CommandError(f"--role: {unknown[0]!r} is none; there are {', '.join(access.ROLES)}")

    async def work() -> bool:
        async with await _pool() as pool:
            if unknown := sorted(set(providers) - set(await access.providers(pool))):
                raise CommandError(f"--provider: {unknown[0]!r} is none: add it with `clockstop provider add {unknown[0]}`")
            async with pool.acquire() as connection:
                return await access.add_person(connection, access.Person(username, name, organisation, tuple(roles), tuple(providers)))

    if not commands.run(work()):
        raise CommandError(f"{username} is there already: choose another name to sign in as")
    typer.echo(f"{username} added: {', '.join(roles)} of {', '.join(providers)}")


async def admit(ods: str, name: str, *, new_key: bool) -> access.Added:
    """Make a provider's topics, and its row and key."""
    await asyncio.to_thread(admin.create_topics, Settings.of("referrals").kafka_bootstrap_servers, [ingress(ods), receipt_topic(ods)])
    async with await _pool() as pool, pool.acquire() as connection:
        return await access.add_provider(connection, ods, name, new_key=new_key)


async def renew_topics() -> None:
    """Make the topics of every provider there is, where the cluster lacks them."""
    async with await _pool() as pool:
        codes = await access.providers(pool)
    servers = Settings.of("referrals").kafka_bootstrap_servers
    await asyncio.to_thread(admin.create_topics, servers, [topic for ods in codes for topic in (ingress(ods), receipt_topic(ods))])


@reference.command("load")
def load_reference(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder of <table>.csv files.")],
    directory: Directory = DEFAULT,
) -> None:
    """Load reference tables, each file replacing its table. All or nothing; clocks are recomputed with the new data."""
    typer.echo(commands.run(load(folder)))


async def load(folder: Path) -> str:
    """Load reference tables; returns what was done, in words."""
    async with await _pool(fenced=False) as pool, pool.acquire() as connection:
        loaded = await loading.load(connection, folder, typer.echo)
    told = "the same as before, nothing changed" if loaded.version is None else f"loaded as version {loaded.version}"
    return f"{sum(loaded.rows.values())} rows of {len(loaded.rows)} tables: {told}"


def emit(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="One event, a JSON array, or one event a line; - reads standard input.")],
    sender: Annotated[str, typer.Option("--provider", help="Send as this provider; by default the one that each event names.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Send events over Kafka, as a provider's system would. `clockstop receipts EVENT_ID` tells what became of one."""
    raws = split(file.read())
    if not raws:
        raise CommandError(f"{file.name}: holds no event")
    addressed = [(sender or _provider_in(raw, number, file.name), raw) for number, raw in enumerate(raws, 1)]
    commands.run(_send(addressed))
    typer.echo(f"sent {len(raws)} event{'s' if len(raws) > 1 else ''} as {', '.join(sorted({ods for ods, _ in addressed}))}")


def _provider_in(raw: bytes, number: int, name: str) -> str:
    try:
        ods = orjson.loads(raw)["data"]["provider"]
    except (ValueError, KeyError, TypeError):
        ods = None
    if not isinstance(ods, str) or not re.fullmatch("[A-Za-z0-9]{3,10}", ods):
        raise CommandError(f"{name}, event {number}: data.provider cannot be read: correct it, or say --provider ODS to send it as it is")
    return ods


async def _send(addressed: list[tuple[str, bytes]]) -> None:
    servers = Settings.of("referrals").kafka_bootstrap_servers
    existing = await asyncio.to_thread(admin.topics, servers)
    for ods in sorted({ods for ods, _ in addressed}):
        if ingress(ods).name not in existing:
            raise CommandError(f"provider {ods} has no topic {ingress(ods).name}: add it with `clockstop provider add {ods}`")
    producer = broker.producer(servers)
    await producer.start()
    try:
        for sent in [await producer.send(ingress(ods).name, raw) for ods, raw in addressed]:
            await sent
    except KafkaError as error:
        raise CommandError(f"Kafka at {servers} did not take an event: {error!r}") from None
    finally:
        await producer.stop()


def show_receipts(
    event_id: Annotated[str, typer.Argument(help="The id of an event that was sent.")],
    wait: Annotated[float, typer.Option(min=0, max=600, help="Seconds to wait for it.")] = 5.0,
    directory: Directory = DEFAULT,
) -> None:
    """What became of an event, as JSON, one line each time it was received. Exit 1 when it was not received."""

    async def work() -> list[receipts.Kept]:
        deadline = clock.now() + timedelta(seconds=wait)
        async with await _pool() as pool:
            while not (found := await receipts.from_anyone(pool, event_id)) and clock.now() < deadline:
                await asyncio.sleep(0.1)
            return found

    found = commands.run(work())
    if not found:
        raise CommandError(f"no event {event_id!r} was received: check its id, and that it was sent")
    for receipt in found:
        sys.stdout.write(receipt.model_dump_json(exclude_none=True) + "\n")
