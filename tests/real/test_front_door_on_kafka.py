"""The front door as it runs: its own worker on a real broker, fed as providers feed it, read as they and other services read it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.producer import message_accumulator
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from deploy.local.ports import free_port
from deploy.local.postgres import program
from deploy.local.process import Child
from deploy.local.stack import SERVICES, database_url, role
from deploy.local.supervisor import Supervisor
from shared.clock import now
from shared.events.catalogue import CANONICAL, RECORDS
from shared.events.receipts import EventReceived, Reason, Receipt, Verdict
from shared.events.topics import CARE_TOPICS, TOPICS, ingress, receipts
from tests.component.sent_events import LOOKUP_KEYS, ONE, REFERENCE, VAULT_KEYS, event, flagged, raw, refused
from tests.support.stack import sql

ODS = "RKF"
"""A provider that no other test sends for: the broker is shared."""
PERSON = {"local_id": "P1", "nhs_number": ONE, "name": "Zebedee Quillfeather", "telephone": "07700900123", "address": "17 Kittiwake Lane"}
PARTITIONS = ingress(ODS).partitions


FLAGGED = flagged(now())
QUARANTINED = {Reason.NEWER_MAJOR: event() | {"type": "cmh.referral.recorded.v2"}}


@dataclass
class Door:
    """A running front door, and what was sent and said."""

    environment: Mapping[str, str]
    log: Path
    admin_url: str
    metrics_url: str
    site_url: str
    api_key: str = ""
    sent: Counter[int] = field(default_factory=Counter)
    receipts: list[Receipt] = field(default_factory=list)

    def clockstop(self, *words: str, fails: bool = False) -> str:
        """Run a command; its standard output, or, of one that must fail, the one line on standard error."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *words, "--dir", str(self.log.parent)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=not fails,
        )
        if fails:
            assert (done.returncode, done.stdout) == (1, "")
            (line,) = done.stderr.splitlines()
            return line
        return done.stdout

    def send(self, values: Iterable[bytes], partition: int | None = None) -> None:
        """Over Kafka, to one partition, or spread over them as they come."""
        asyncio.run(self._send(values, partition))

    async def _send(self, values: Iterable[bytes], fixed: int | None) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.environment["KAFKA_BOOTSTRAP_SERVERS"], max_request_size=1_000_000) as producer:
            for number, value in enumerate(values):
                partition = number % PARTITIONS if fixed is None else fixed
                self.sent[partition] += 1
                await producer.send_and_wait(ingress(ODS).name, value, key=ONE.encode(), partition=partition)

    def send_unreadable(self, partition: int) -> None:
        """A header key that is not UTF-8: the broker takes it, and no client of ours can hand it over."""
        self.sent[partition] += 1
        asyncio.run(_unreadable(self.environment["KAFKA_BOOTSTRAP_SERVERS"], partition))

    def settled(self) -> bool:
        """Everything sent is read, and everything to be said is said."""
        read = f"select coalesce(sum(read_count), 0) from referrals.cursor where topic = '{ingress(ODS).name}'"
        return sql(self.admin_url, read) == str(self.sent.total()) and sql(self.admin_url, "select count(*) from referrals.outbox") == "0"

    def said(self, *topics: str) -> list[ConsumerRecord[bytes, bytes]]:
        return asyncio.run(_read(self.environment["KAFKA_BOOTSTRAP_SERVERS"], topics))


class NotUtf8(str):
    __slots__ = ()

    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"\xff\xfe"


async def _unreadable(servers: str, partition: int) -> None:
    with pytest.MonkeyPatch.context() as careless:
        careless.setattr(message_accumulator, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
        async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
            batch = producer.create_batch()
            assert batch.append(timestamp=None, key=None, value=raw(event(provider=ODS)), headers=[(NotUtf8("key"), b"")])
            await (await producer.send_batch(batch, ingress(ODS).name, partition=partition))


async def _read(servers: str, topics: tuple[str, ...]) -> list[ConsumerRecord[bytes, bytes]]:
    """All that is in these topics."""
    records: list[ConsumerRecord[bytes, bytes]] = []
    wanted = [topic for topic in (*TOPICS, receipts(ODS)) if topic.name in topics]
    async with AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        places = [TopicPartition(topic.name, number) for topic in wanted for number in range(topic.partitions)]
        consumer.assign(places)
        for place, end in (await consumer.end_offsets(places)).items():
            while await consumer.position(place) < end:
                for found in (await consumer.getmany(place, timeout_ms=1000)).values():
                    records += found
    return records


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def started(kafka: str, postgres: str, passwords: dict[str, str], template: str, stores_directory: Path) -> Iterator[Door]:
    """Worker and web of the front door, over a database of their own."""
    name, directory = "front_door_on_kafka", stores_directory / "front-door"
    sql(postgres, f"create database {name} template {template} strategy file_copy")
    metrics, site = free_port(), free_port()
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "CLOCKSTOP_LOOKUP_KEYS": LOOKUP_KEYS,
        "CLOCKSTOP_VAULT_KEYS": VAULT_KEYS,
        "CLOCKSTOP_VAULT_API_KEY": "k" * 32,
        "VAULT_API_PORT": "0",
        "METRICS_PORT": str(metrics),
        "HTTP_PORT": str(site),
        **{f"DATABASE_URL_{one.upper()}": database_url(postgres, name, role(one), passwords[one]) for one in SERVICES},
    }
    admin = database_url(postgres, name)
    sql(admin, f"set search_path to referrals; {REFERENCE}")
    door = Door(environment, directory / "referrals.log", admin, f"http://127.0.0.1:{metrics}", f"http://127.0.0.1:{site}")
    with Supervisor(directory) as supervisor:
        for mode, url, its_own in (("worker", door.metrics_url, {}), ("web", door.site_url, {"METRICS_PORT": "0"})):
            child = Child(mode, (sys.executable, "-m", "services.referrals", mode), environment | its_own, partial(_ready, url))
            supervisor.start(child)
            supervisor.until_ready(mode)
        yield door
    sql(postgres, f"drop database {name} with (force)")


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def door(started: Door) -> Door:
    """After one event of every kind, and an unreadable one, has gone through, with a good one after each."""
    started.api_key = started.clockstop("provider", "add", ODS, "--name", "Kafka Trust").rpartition(" ")[2].strip()
    started.send(with_good_ones([TWICE, TWICE, ours(event(event_id="twice", received_on="2024-07-02"))]), partition=0)
    started.send(with_good_ones([ours(one) for one in FLAGGED.values()] + [ours(one) for one in QUARANTINED.values()] + bad()))
    for partition in range(2):
        started.send_unreadable(partition)
    started.send(with_good_ones([]))
    eventually(started.settled)
    told = [EventReceived.model_validate_json(record.value or b"") for record in started.said(receipts(ODS).name)]
    started.receipts = list({one.id: one.data for one in told}.values())  # the relay may send twice: readers go by event id
    return started


def bad() -> list[bytes]:
    """One event for each reason to reject one, of this provider; canaries in every one."""
    theirs = {reason: one for reason, one in refused().items() if reason is not Reason.PROVIDER_MISMATCH}
    found = [one.replace(b"RXX", ODS.encode()).replace(raw({"local_id": "P1"}), raw(PERSON)) for one in theirs.values()]
    return [*found, raw(event(person=PERSON))]  # another provider's


def with_good_ones(values: list[bytes]) -> list[bytes]:
    """A good event first, and one after each of these, of every kind in turn."""
    good = [raw(event(kind, provider=ODS, person=PERSON)) for _, kind in zip(range(len(values) + 1), cycle(RECORDS), strict=False)]
    return good[:1] + [value for pair in zip(values, good[1:], strict=True) for value in pair]


def ours(one: dict[str, Any]) -> bytes:
    data = one["data"] | {"provider": ODS, "person": PERSON}
    return raw(one | {"source": f"/{ODS}/epr", "data": data})


TWICE = ours(event(event_id="twice"))


def test_every_row_of_the_verdict_table_is_told(door: Door) -> None:
    rejected = Counter(told.reason for told in door.receipts if told.verdict is Verdict.REJECTED)
    assert rejected == Counter(refused().keys()) + Counter({Reason.UNREADABLE: 2})
    by_id = {told.id: told for told in door.receipts}
    for reason, one in QUARANTINED.items():
        assert (by_id[one["id"]].verdict, by_id[one["id"]].reason) == (Verdict.QUARANTINED, reason)
    for flag, one in FLAGGED.items():
        assert (by_id[one["id"]].verdict, by_id[one["id"]].flags) == (Verdict.ACCEPTED, [flag])
    twice = [told.verdict for told in door.receipts if told.id == "twice"]
    assert twice == [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.CONFLICT]


def test_the_good_event_after_each_is_taken(door: Door) -> None:
    accepted = [told for told in door.receipts if told.verdict is Verdict.ACCEPTED]
    good_ones = len(with_good_ones([]) * 3) + 3 + len(FLAGGED) + len(QUARANTINED) + len(bad())
    assert len(accepted) == 1 + len(FLAGGED) + good_ones
    assert sql(door.admin_url, "select count(*) from referrals.events") == str(len(accepted))


def test_every_record_read_has_one_outcome(door: Door) -> None:
    """I11, per partition: read = accepted + duplicate + conflict + rejected + quarantined, and the log holds no more."""
    topic = ingress(ODS).name
    rows = sql(
        door.admin_url,
        f"""select c.partition, read_count, next_offset,
                   (select sum(count) from referrals.outcome_count o where (o.topic, o.partition) = (c.topic, c.partition))
            from referrals.cursor c where topic = '{topic}' order by 1""",
    )
    counted = [tuple(map(int, row.split("|"))) for row in rows.splitlines()]
    assert counted == [(partition, door.sent[partition], door.sent[partition], door.sent[partition]) for partition in range(PARTITIONS)]
    outcomes = sql(door.admin_url, f"select outcome, sum(count) from referrals.outcome_count where topic = '{topic}' group by 1 order by 1")
    assert outcomes.splitlines() == [
        f"{verdict}|{count}" for verdict, count in sorted(Counter(told.verdict.value for told in door.receipts).items())
    ]
    assert (
        httpx.get(f"{door.metrics_url}/metrics").text.count(
            f'cmh_conservation_gap{{partition="0",service="referrals",topic="{topic}"}} 0.0'
        )
        == 1
    )


def test_canonical_events_are_keyed_by_person_and_readable(door: Door) -> None:
    said = set()
    for record in door.said(*CARE_TOPICS):
        event_said = CANONICAL.validate_json(record.value or b"")
        if event_said.data.provider == ODS:
            assert (record.key or b"").decode() == event_said.personkey
            said.add((event_said.personkey, event_said.source, event_said.id))
    assert len(said) == int(sql(door.admin_url, f"select count(*) from referrals.events where provider = '{ODS}'"))


def test_no_identifying_data_leaves_the_vault(door: Door) -> None:
    """I10: no log line, metric, inner topic, receipt, key or table; the ingress topic and the vault hold it, and nothing else."""
    places = {
        "logs": b"".join(file.read_bytes() for file in door.log.parent.glob("*.log")),
        "metrics": httpx.get(f"{door.metrics_url}/metrics").content,
        "topics": b"\n".join((record.key or b"") + b" " + (record.value or b"") for record in door.said(*CARE_TOPICS, receipts(ODS).name)),
        "tables": subprocess.run([program("pg_dump"), door.admin_url], check=True, capture_output=True).stdout,
    }
    for name, text in places.items():
        assert text, name
        for canary in (PERSON["nhs_number"], PERSON["name"], PERSON["telephone"], PERSON["address"], "Quillfeather", "Kittiwake"):
            assert canary.encode() not in text, f"{canary} in {name}"
            assert canary.encode().hex().encode() not in text, f"{canary} in {name}"


# --- the command line and HTTPS beside it --------------------------------------------------------------------------------------------


def test_adding_a_provider_twice_changes_nothing(door: Door) -> None:
    before = sql(door.admin_url, "select * from access.provider; select encode(hash, 'hex') from access.api_key")
    told = door.clockstop("provider", "add", ODS)
    assert told == f"{ODS} was added before; it sends to in.rkf.v1, receipts on receipts.rkf.v1\n"
    assert sql(door.admin_url, "select * from access.provider; select encode(hash, 'hex') from access.api_key") == before
    assert "Kafka Trust" in before


def test_an_api_key_is_kept_as_its_hash_alone_and_a_further_one_works_beside_it(door: Door) -> None:
    further = door.clockstop("provider", "add", ODS, "--new-key").rpartition(" ")[2].strip()
    assert further != door.api_key
    dump = subprocess.run([program("pg_dump"), door.admin_url], check=True, capture_output=True).stdout
    for key in (door.api_key, further):
        assert len(key) > 43
        assert key.encode() not in dump
        assert httpx.get(f"{door.site_url}/v1/receipts", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        assert key.encode() not in b"".join(file.read_bytes() for file in door.log.parent.glob("*.log"))


def test_an_event_over_https_comes_out_on_the_same_topic(door: Door) -> None:
    sent = event("care-plan", "P-https", provider=ODS, person=PERSON)
    answer = httpx.post(f"{door.site_url}/v1/events", content=raw(sent), headers={"Authorization": f"Bearer {door.api_key}"})
    assert (answer.status_code, answer.json()["receipts"][0]["verdict"]) == (202, "accepted")
    eventually(door.settled)
    said = [json.loads(record.value or b"") for record in door.said("interventions.v1")]
    assert {one["data"]["plan_id"] for one in said if one["id"] == sent["id"]} == {"P-https"}


def test_emit_and_receipts(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    one, two = event("stay", "S1", provider=ODS), event("stay", "S2", provider=ODS)
    file.write_bytes(raw(one) + b"\n" + raw(two) + b"\n")
    assert door.clockstop("emit", str(file)) == f"sent 2 events as {ODS}\n"
    door.sent[0] += 2
    told = [json.loads(line) for line in door.clockstop("receipts", two["id"], "--wait", "60").splitlines()]
    assert [(receipt["id"], receipt["verdict"]) for receipt in told] == [(two["id"], "accepted")]


def test_what_cannot_be_emitted_is_named_with_the_remedy(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "broken.ndjson"
    file.write_bytes(raw(event(provider=ODS)) + b"\n" + raw(event(provider=ODS))[:-40] + b"\n")
    assert door.clockstop("emit", str(file), fails=True) == (
        f"clockstop: {file}, event 2: data.provider cannot be read: correct it, or say --provider ODS to send it as it is"
    )
    file.write_bytes(raw(event(provider="RNONE")))
    assert door.clockstop("emit", str(file), fails=True) == (
        "clockstop: provider RNONE has no topic in.rnone.v1: add it with `clockstop provider add RNONE`"
    )
    file.write_bytes(b"\n")
    assert door.clockstop("emit", str(file), fails=True) == f"clockstop: {file}: holds no event"


def test_receipts_of_an_id_that_was_never_received(door: Door) -> None:
    line = door.clockstop("receipts", "e-never", "--wait", "0", fails=True)
    assert line == "clockstop: no event 'e-never' was received: check its id, and that it was sent"


def test_what_is_no_ods_code_is_no_provider(door: Door) -> None:
    line = door.clockstop("provider", "add", "rkf", fails=True)
    assert line == "clockstop: ODS: 'rkf' is no ODS code: three to ten capital letters and digits, as RXA"
