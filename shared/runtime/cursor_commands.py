"""`clockstop cursor show|set|adopt`: how far each partition is read, and what a person decides when one has stopped."""

import getpass
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.topics import TOPICS, ingress
from shared.runtime import commands
from shared.runtime.batch import SQL
from shared.runtime.broker import Identities
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

cursor = typer.Typer(help="How far each partition is read.", no_args_is_help=True)
READERS = sorted({reader for topic in (*TOPICS, ingress("RXX")) for reader in topic.consumers})
Service = Annotated[str, typer.Argument(help=f"One of {', '.join(READERS)}.")]
Reason = Annotated[str, typer.Option(help="Why; kept with your name.")]


def _check(reason: str) -> None:
    if len(reason.strip()) < 10:
        raise CommandError("--reason: say in a few words why (at least ten characters); it is kept with the change")


async def _pool(service: str) -> Pool:
    if service not in READERS:
        raise CommandError(f"SERVICE: {service!r} is none; there are {', '.join(READERS)}")
    return await connect_pool(Settings.of(service).database_url.get_secret_value(), service, size=1)


def _servers(service: str) -> str:
    return Settings.of(service).kafka_bootstrap_servers


@cursor.command()
def show(service: Service, directory: Directory = DEFAULT) -> None:
    """Each partition: next offset, records read, and why it is stopped if it is."""

    async def work() -> list[str]:
        async with await _pool(service) as pool:
            return [
                f"{row['topic']}-{row['partition']}  next {row['next_offset']}  read {row['read_count']}"
                + (f"  STOPPED: {row['stopped']}" if row["stopped"] else "")
                for row in await pool.fetch(SQL["cursors"])
            ]

    for line in commands.run(work()) or [f"{service} has read nothing so far"]:
        typer.echo(line)


@cursor.command("set")
def set_(
    service: Service,
    topic: Annotated[str, typer.Argument(help="The topic.")],
    partition: Annotated[int, typer.Argument(min=0, help="The partition.")],
    offset: Annotated[int, typer.Argument(min=0, help="The next offset to read.")],
    reason: Reason,
    directory: Directory = DEFAULT,
) -> None:
    """Set a partition's next offset and let it go on, on the log as it is now. Written down with the reason and who did it."""
    _check(reason)

    async def work() -> int | None:
        found = await Identities(_servers(service)).of([topic])
        if topic not in found:
            raise CommandError(f"TOPIC: there is no topic {topic!r}")
        async with await _pool(service) as pool:
            identity = found[topic]
            who = getpass.getuser()
            done = await pool.fetchval(
                SQL["set_cursor"], topic, partition, offset, reason.strip(), who, identity.cluster_id, identity.topic_id
            )
            return None if done is None else int(done)

    if commands.run(work()) is None:
        raise CommandError(f"{service} has no cursor for {topic}-{partition}: see `clockstop cursor show {service}`")
    typer.echo(f"{topic}-{partition} goes on at {offset}")


@cursor.command()
def adopt(
    service: Service,
    reason: Reason,
    end: Annotated[
        bool, typer.Option("--end", help="Every cursor goes on at the end of its log: what is there is of no time of ours.")
    ] = False,
    directory: Directory = DEFAULT,
) -> None:
    """After Kafka was made anew: every cursor that counts another log goes on at the start of the log as it is now. Written down."""
    _check(reason)

    async def work() -> list[str]:
        async with await _pool(service) as pool, AIOKafkaConsumer(bootstrap_servers=(servers := _servers(service))) as client:
            rows = await pool.fetch(SQL["cursors"])
            logs = await Identities(servers).of({row["topic"] for row in rows})
            if missing := sorted({row["topic"] for row in rows} - logs.keys()):
                raise CommandError(f"there is no topic {missing[0]}: make what is missing with `clockstop provision`")
            foreign = {
                TopicPartition(row["topic"], row["partition"]): logs[row["topic"]]
                for row in rows
                if end or (row["cluster_id"], row["topic_id"]) != logs[row["topic"]]
            }
            offsets = await (client.end_offsets if end else client.beginning_offsets)(list(foreign))
            for place, log in foreign.items():
                await pool.execute(SQL["set_cursor"], *place, offsets[place], reason.strip(), getpass.getuser(), *log)
        return [f"{place.topic}-{place.partition} goes on at {offset}" for place, offset in offsets.items()]

    for line in commands.run(work()) or [f"every cursor of {service} counts the log as it is"]:
        typer.echo(line)
