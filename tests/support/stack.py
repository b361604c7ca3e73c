"""Real Kafka and PostgreSQL for tests: each started once in a test run, when a test first asks; a database of its own for each test."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy import provision
from deploy.local import kafka as local_kafka
from deploy.local import postgres as local_postgres
from deploy.local.ports import free_port
from deploy.local.process import Child
from deploy.local.stack import DATABASE, SERVICES, Secrets, database_url, role
from deploy.local.supervisor import Supervisor
from shared.events.topics import TOPICS
from shared.runtime.admin import create_topics
from tests.support.databases import Databases


@pytest.fixture(scope="session")
def stores_directory() -> Iterator[Path]:
    """Outside pytest's own directories, which other users cannot pass through: PostgreSQL, started by root, is another user."""
    with TemporaryDirectory(prefix="clockstop-test-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def kafka(stores_directory: Path) -> Iterator[str]:
    """Bootstrap servers of a real broker that has the topics of the topic table. A test that needs empty ones makes its own."""
    bootstrap = f"127.0.0.1:{free_port()}"
    with Supervisor(stores_directory / "logs") as supervisor:
        supervisor.start(local_kafka.prepare(supervisor, stores_directory, bootstrap))
        supervisor.until_ready("kafka")
        create_topics(bootstrap, TOPICS)
        yield bootstrap


@pytest.fixture(scope="session")
def postgres(stores_directory: Path) -> Iterator[str]:
    """The administrator's URL of a real PostgreSQL, as the stack sets it up but for fsync: tests kill programs, not machines."""
    url = f"postgresql://postgres:administrator@127.0.0.1:{free_port()}/postgres"
    with Supervisor(stores_directory / "logs") as supervisor:
        server = local_postgres.prepare(supervisor, stores_directory, url)
        supervisor.start(replace(server, command=(*server.command, "--fsync=off")))
        supervisor.until_ready("postgres")
        yield url


@pytest.fixture(scope="session")
def passwords() -> dict[str, str]:
    """Of the services' roles. One set for the whole run: roles belong to the server, not to one test's database."""
    return Secrets().passwords


@pytest.fixture(scope="session")
def template(postgres: str, passwords: dict[str, str], stores_directory: Path) -> str:
    """The name of the database that tests clone; it has been provisioned and migrated."""
    provisioned(postgres, passwords)
    urls = {f"DATABASE_URL_{service.upper()}": database_url(postgres, DATABASE, role(service), passwords[service]) for service in SERVICES}
    settings = os.environ | urls | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    with Supervisor(stores_directory / "logs") as supervisor:
        for service in SERVICES:
            supervisor.run(Child(f"migrate-{service}", (sys.executable, "-m", f"services.{service}", "migrate"), settings))
    return DATABASE


@pytest.fixture(scope="session")
def databases(postgres: str, passwords: dict[str, str], template: str) -> Databases:
    return Databases(postgres, template, passwords)


@pytest.fixture
def database_urls(databases: Databases) -> Iterator[dict[str, str]]:
    """A migrated database for this test alone: its URL by service, each as that service's role, and as `admin`."""
    with databases.lent() as urls:
        yield urls


def provisioned(url: str, passwords: dict[str, str]) -> None:
    """Provision as `up` does. In a thread: the test that asks may have an event loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, provision.database(url, passwords)).result()


def sql(url: str, statement: str) -> str:
    """Run one statement by psql; returns its rows as text."""
    psql = [local_postgres.program("psql"), url, "-X", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1", "-c", statement]
    return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()
