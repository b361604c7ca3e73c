"""docker-compose.yml without Docker: exactly its commands, health checks and environments, with the hosts of this machine instead."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from deploy.environment import environments
from deploy.local import postgres as local_postgres
from deploy.local.ports import free_port
from deploy.local.process import Child
from deploy.local.stack import Secrets
from deploy.local.supervisor import Supervisor
from shared.clock import today
from tests.architecture.source import ROOT
from tests.component.sent_events import event, raw
from tests.support.compose import OURS, variables

ODS = "RCP"


@dataclass
class Machine:
    """Real stores, and the containers' processes on them."""

    supervisor: Supervisor
    kafka: str
    postgres: str
    secrets: Secrets = field(default_factory=Secrets)
    ports: dict[str, str] = field(default_factory=dict)

    def environment(self, name: str) -> dict[str, str]:
        """The container's own, with no more changed than where things listen."""
        given = variables(name, environments(self.secrets, self.kafka, self.postgres))
        there = {key: "127.0.0.1" for key, value in given.items() if value == "0.0.0.0"}  # noqa: S104  # taken out
        for key in given:
            if key.endswith("_PORT"):
                there[key] = self.ports.setdefault(f"{name} {key}", str(free_port()))
        bare = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        return bare | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | given | there

    def child(self, name: str) -> Child:
        program, *words = OURS[name]["command"]
        assert program == "python"
        check = OURS[name].get("healthcheck")
        ready = (lambda: self.healthy(name)) if check else (lambda: True)
        return Child(name, (sys.executable, *words), self.environment(name), ready=ready, directory=ROOT)

    def healthy(self, name: str) -> bool:
        kind, program, *words = OURS[name]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        return (
            subprocess.run([sys.executable, *words], check=False, env=self.environment(name), cwd=ROOT, capture_output=True).returncode == 0
        )

    def clockstop(self, container: str, words: str) -> str:
        """`docker compose run --rm CONTAINER clockstop WORDS`."""
        command = [sys.executable, "-m", "deploy.cli", *shlex.split(words)]
        return subprocess.run(command, check=True, env=self.environment(container), cwd=ROOT, capture_output=True, text=True).stdout

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.ports['site HTTP_PORT']}"


@pytest.fixture(scope="module")
def machine(stores_directory: Path, kafka: str) -> Iterator[Machine]:
    """PostgreSQL is a new one: its roles and database are provisioned by what is tried here."""
    folder = stores_directory / "compose"
    port = free_port()
    with Supervisor(folder / "logs") as supervisor:
        machine = Machine(supervisor, kafka, f"127.0.0.1:{port}")
        server = local_postgres.prepare(
            supervisor, folder, variables("provision", environments(machine.secrets, kafka, machine.postgres))["DATABASE_URL"]
        )
        supervisor.start(server)
        supervisor.until_ready("postgres")
        supervisor.run(machine.child("provision"))
        running = [name for name in OURS if name != "provision"]
        for name in running:
            supervisor.start(machine.child(name))
        supervisor.until_ready(*running)
        yield machine


def test_an_event_posted_becomes_a_clock(machine: Machine) -> None:
    key = machine.clockstop("referrals", f"provider add {ODS}").split()[-1]
    headers = {"authorization": f"Bearer {key}"}
    sent = raw(event("person", provider=ODS)) + b"\n" + raw(event(provider=ODS, received_on=today().isoformat()))
    posted = httpx.post(f"{machine.site}/v1/events", content=sent, headers=headers | {"content-type": "application/x-ndjson"})
    assert [receipt["verdict"] for receipt in posted.raise_for_status().json()["receipts"]] == ["accepted", "accepted"]
    deadline = time.monotonic() + 60
    while (found := httpx.get(f"{machine.site}/v1/spells", headers=headers).raise_for_status().json())["total"] == 0:
        assert time.monotonic() < deadline, "no clock"
        time.sleep(0.05)
    assert found["total"] == 1


def test_the_commands_of_the_guide_work_in_their_containers(machine: Machine) -> None:
    deadline = time.monotonic() + 60  # a new provider's topic is seen within 10 seconds of its making
    while "in.rcp.v1-0  next 0" not in machine.clockstop("referrals", "cursor show referrals"):
        assert time.monotonic() < deadline, "the new provider's topic was not found"
    assert "referrals.v1-0" in machine.clockstop("waits", "cursor show waits")
    assert machine.clockstop("site", "settle") == "settled\n"
    assert machine.clockstop("waits", "clocks --csv -").startswith("provider,")
    assert machine.clockstop("waits", "replay") == "rebuilt 1 people from the ledger; 0 clocks changed\n"
    assert "; 0 tasks and standings changed" in machine.clockstop("outreach", "outreach replay")


def test_provisioning_again_changes_nothing(machine: Machine) -> None:
    said = machine.clockstop("provision", shlex.join(OURS["provision"]["command"][3:])).splitlines()
    assert [line for line in said if "applied" in line] == []
    assert said[-2].endswith("the same as before, nothing changed")
    assert said[-1] == "provisioned"
