"""The restore drill of docs/operate.md: dump, lose PostgreSQL and Kafka, restore into new ones, and every count is as before.

What the dump does not hold, because it came later or lay in Kafka alone, comes back by the providers' sending it again and by replay.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from deploy.environment import environments
from deploy.local import kafka as local_kafka
from deploy.local import postgres as local_postgres
from deploy.local.ports import free_port
from deploy.local.process import Child
from deploy.local.stack import SERVICES, Secrets
from deploy.local.startup import answers
from deploy.local.supervisor import Supervisor
from tests.architecture.source import ROOT
from tests.component.sent_events import event, raw
from tests.support.stack import sql

ODS = "RRS"
COUNTS = (
    "select count(*), sum(position) from referrals.ledger",
    "select count(*), sum(hashtext(digest::text)) from referrals.lookup",
    "select count(*), sum(octet_length(sealed)) from vault.raw",
    "select count(*), sum(hashtext(personkey || spell_id || start || coalesce(stop::text, '-'))) from waits.clock"
    " where definition = 'national-2024'",
    "select count(*), sum(hashtext(personkey || document::text)) from waits.pathway",
    "select count(*), sum(hashtext(personkey || document::text)) from outreach.pathway",
    "select count(*) from access.api_key",
)


@dataclass
class Server:
    """One machine: new stores, and the processes on them with the secrets of the installation."""

    supervisor: Supervisor
    folder: Path
    secrets: Secrets

    def __post_init__(self) -> None:
        self.kafka, self.postgres = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.site = f"http://127.0.0.1:{free_port()}"
        self.ports = {name: str(free_port()) for name in (*SERVICES, "site")}

    def environment(self, name: str) -> dict[str, str]:
        given = environments(self.secrets, self.kafka, self.postgres)[name]
        listens = {"METRICS_PORT": self.ports.get(name, "0"), "HTTP_PORT": self.site.rpartition(":")[2], "VAULT_API_PORT": "0"}
        return dict(os.environ) | given | listens | {"PYTHONPATH": str(ROOT)}

    def stores(self) -> None:
        self.supervisor.start(local_kafka.prepare(self.supervisor, self.folder, self.kafka))
        self.supervisor.start(local_postgres.prepare(self.supervisor, self.folder, self.admin_url("postgres")))
        self.supervisor.until_ready("kafka", "postgres")

    def admin_url(self, database: str = "clockstop") -> str:
        return self.environment("provision")["DATABASE_URL"].removesuffix("postgres") + database

    def clockstop(self, process: str, *words: str) -> str:
        command = [sys.executable, "-m", "deploy.cli", *words]
        done = subprocess.run(command, check=False, env=self.environment(process), cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def services(self) -> None:
        for name, *words in (*[(service, f"services.{service}", "worker") for service in SERVICES], ("site", "deploy.site")):
            url = self.site if name == "site" else f"http://127.0.0.1:{self.ports[name]}"
            ready = _ready(url)
            self.supervisor.start(Child(name, (sys.executable, "-m", *words), self.environment(name), ready=ready, directory=ROOT))
        self.supervisor.until_ready(*SERVICES, "site")

    def send(self, key: str, *events: bytes) -> list[str]:
        """Over HTTPS; the verdicts."""
        headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
        told = httpx.post(f"{self.site}/v1/events", content=b"\n".join(events), headers=headers).raise_for_status()
        return [receipt["verdict"] for receipt in told.json()["receipts"]]

    def counts(self) -> list[str]:
        self.clockstop("site", "settle")
        return [sql(self.admin_url(), query) for query in COUNTS]


def _ready(url: str) -> Callable[[], bool]:
    return lambda: answers(f"{url}/ready")


@contextmanager
def server(secrets: Secrets) -> Iterator[Server]:
    with TemporaryDirectory(prefix="clockstop-test-", ignore_cleanup_errors=True) as name, Supervisor(Path(name) / "logs") as supervisor:
        yield Server(supervisor, Path(name), secrets)


@pytest.fixture
def dump(stores_directory: Path) -> Path:
    return stores_directory / "clockstop.dump"


def test_a_restore_into_new_stores_has_every_event_and_clock(dump: Path) -> None:
    secrets = Secrets()
    person = [raw(event("person", provider=ODS, person={"local_id": f"P{n}"})) for n in range(20)]
    referral = [raw(event(record_id=f"R{n}", provider=ODS, person={"local_id": f"P{n}"})) for n in range(20)]
    over_kafka = raw(event("contact", "C0", provider=ODS, person={"local_id": "P0"}))
    after_the_dump = raw(event("contact", "C1", provider=ODS, person={"local_id": "P1"}))
    with server(secrets) as first:
        first.stores()
        first.clockstop("provision", "provision", "--reference", str(ROOT / "deploy" / "reference"))
        first.services()
        key = first.clockstop("referrals", "provider", "add", ODS).split()[-1]
        assert set(first.send(key, *person, *referral)) == {"accepted"}
        (first.folder / "one.json").write_bytes(over_kafka)
        first.clockstop("referrals", "emit", "one.json")
        held = first.counts()
        assert held[3].startswith("20|")
        subprocess.run([local_postgres.program("pg_dump"), "--format=custom", f"--file={dump}", first.admin_url()], check=True)
        assert first.send(key, after_the_dump) == ["accepted"]
        complete = first.counts()
    with server(secrets) as second:
        second.stores()
        second.clockstop("provision", "provision")
        restore = [
            local_postgres.program("pg_restore"),
            "--clean",
            "--if-exists",
            "--exit-on-error",
            f"--dbname={second.admin_url()}",
            str(dump),
        ]
        subprocess.run(restore, check=True)
        second.clockstop("provision", "provision")
        for service in SERVICES:
            told = second.clockstop(service, "cursor", "adopt", service, "--reason", "restored into a new cluster")
            assert "goes on at 0" in told
            assert second.clockstop(service, "cursor", "adopt", service, "--reason", "restored into a new cluster").startswith(
                "every cursor"
            )
        second.services()
        assert second.counts() == held
        assert second.send(key, *person, *referral, over_kafka, after_the_dump) == ["duplicate"] * 41 + ["accepted"]
        assert [row.partition("|")[0] for row in second.counts()] == [row.partition("|")[0] for row in complete]
        assert second.clockstop("waits", "replay") == "rebuilt 20 people from the ledger; 0 clocks changed\n"
        assert "STOPPED" not in second.clockstop("waits", "cursor", "show", "waits")


def test_without_adoption_every_cursor_refuses_the_new_cluster(kafka: str, database_urls: dict[str, str]) -> None:
    """Unseen, the first events of the new log would be taken for ones already counted."""
    sql(database_urls["admin"], "insert into waits.cursor values ('referrals.v1', 0, 'another-cluster', 'another-topic', 5000)")
    given = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": kafka, "DATABASE_URL_WAITS": database_urls["waits"], "METRICS_PORT": str(free_port())}
    with TemporaryDirectory() as folder, Supervisor(Path(folder)) as supervisor:
        port = given["METRICS_PORT"]
        supervisor.start(
            Child("waits", (sys.executable, "-m", "services.waits", "worker"), given, ready=_ready(f"http://127.0.0.1:{port}"))
        )
        supervisor.until_ready("waits")
        asyncio.run(_write(kafka))
        deadline = time.monotonic() + 40
        while "another cluster" not in sql(database_urls["admin"], "select stopped from waits.cursor where next_offset = 5000"):
            assert time.monotonic() < deadline, Path(folder, "waits.log").read_text("utf-8") + sql(
                database_urls["admin"], "select * from waits.cursor"
            )
    words = ("cursor", "adopt", "waits", "--end", "--reason", "PostgreSQL went back in time")
    told = subprocess.run([sys.executable, "-m", "deploy.cli", *words], env=given, check=True, capture_output=True, text=True).stdout
    (end,) = re.findall(r"^referrals.v1-0 goes on at (\d+)$", told, re.MULTILINE)
    assert (
        sql(database_urls["admin"], "select next_offset, stopped is null from waits.cursor where topic = 'referrals.v1' and partition = 0")
        == f"{end}|t"
    )
    assert int(end) > 0


async def _write(kafka: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        await producer.send_and_wait("referrals.v1", b"{}", partition=0)
