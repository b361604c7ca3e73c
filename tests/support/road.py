"""A road of three partitions with every difficulty on it, driven to its end by the consumer form under given faults."""

from aiokafka import TopicPartition

from shared.runtime.broker import Positions
from shared.runtime.consumer import Consumer
from shared.runtime.database import Connection, Pool
from tests.support import tally
from tests.support.faults import Died, Failing, Fault, Points
from tests.support.log import Cluster, MemoryClient
from tests.support.tally import Logged

TOPIC = "proof.in.v1"
PLACES = tuple(TopicPartition(TOPIC, number) for number in range(3))
STEPS = 60


class Road:
    """One short road with everything on it that is difficult, driven from its beginning to its end under given faults."""

    def __init__(self, pool: Pool, observer: Connection, *faults: Fault, auto_commit: bool = False) -> None:
        self.pool = pool
        self.observer = observer
        self.failing = Failing(*faults)
        self.points = Points(self.failing)
        self.cluster = Cluster()
        self.auto_commit = auto_commit
        self.log: list[Logged] = []
        self._fill()

    def _fill(self) -> None:
        first, second, trimmed = PLACES
        self.cluster.create(TOPIC, len(PLACES))
        self._write(first, "a:1", "b:2", "marker", "a:1", "poison", "b:3")
        self._write(second, "marker", "a:4", "unreadable", "unreadable", "c:5")
        self.cluster.committed[first] = 3  # the group was here before; PostgreSQL, which is the truth, knows nothing of it
        for _ in range(4):
            self.cluster.append(trimmed, b"z:9")
        self.cluster.trim(trimmed, 3)

    def _write(self, place: TopicPartition, *values: str) -> None:
        for value in values:
            if value == "marker":
                self.cluster.mark(place)
                continue
            kept = None if value == "unreadable" else value.encode()
            self.log.append(Logged(place, self.cluster.append(place, kept, undecodable=kept is None), kept))

    def consumer(self, points: Points | None = None, pool: Pool | None = None) -> Consumer:
        """A process of its own: it knows what PostgreSQL and the group's offsets tell it, and no more."""
        points = points or self.points
        positions = Positions()
        client = MemoryClient(self.cluster, PLACES, positions, auto_commit=self.auto_commit)
        client.rebalances = {5: dict.fromkeys(PLACES, 4)}  # somebody moves the group's offsets past what is counted
        return Consumer(
            "proof",
            points.client(client),
            points.pool(pool or self.pool),
            points.identities(self.cluster),
            tally.count,
            positions=positions,
            batch_records=3,
            backoff=lambda _streak: 0.0,
        )

    async def drive(self) -> list[str]:
        """What is wrong at the end, and what was wrong on the way, right after a fault."""
        await self.prepare()
        consumer, wrong = self.consumer(), []
        for _ in range(STEPS):
            struck = len(self.failing.met)
            try:
                await consumer.step()
            except Died:
                self.failing.revive()
                consumer = self.consumer()
            if len(self.failing.met) > struck:
                wrong += await self.at_rest()
            elif await self.finished():
                break
        else:
            wrong.append("stuck")
        return wrong + await self.recount()

    async def recount(self) -> list[str]:
        """What is wrong when all has been read."""
        wrong = await tally.recount(self.observer, self.log) + await tally.recount_outbox(self.observer, self.log)
        if "are LOST" not in (await self.observer.fetchval("select stopped from cursor where partition = 2") or ""):
            wrong.append("lost, and not named: what retention took before it was counted")
        return wrong + await self.at_rest()

    async def prepare(self) -> None:
        """Empty tables, but one partition was read up to its second record before retention took the next two."""
        for table in ("cursor", "outcome_count", "dead_letter", "outbox", "seen", "tally"):
            await self.observer.execute(f"delete from {table}")
        identity = (await self.cluster.of([TOPIC]))[TOPIC]
        await self.observer.execute("insert into cursor values ($1, 2, $2, $3, 1)", TOPIC, *identity)

    async def finished(self) -> bool:
        ends = {place: max(record.offset for record in self.log if record.place == place) + 1 for place in PLACES[:2]}
        rows = await self.observer.fetch("select partition, next_offset, stopped from cursor order by partition")
        read = {TopicPartition(TOPIC, row["partition"]): row["next_offset"] for row in rows if row["partition"] < 2}
        return read == ends and rows[2]["stopped"] is not None

    async def at_rest(self) -> list[str]:
        rows = await self.observer.fetch("select topic, partition, next_offset from cursor")
        cursors = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        ahead = {place for place, offset in self.cluster.told.items() if offset > cursors.get(place, 0)}
        wrong = [f"ahead: Kafka was told more than is counted of {place}" for place in ahead]
        return wrong + await tally.at_rest(self.observer)
