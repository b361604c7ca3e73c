"""The topic table, held against everything that reads, writes and makes topics: nothing orphaned, nothing unlisted."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import services
from deploy import provision
from deploy.local import kafka
from services.outreach import publish as outreach
from services.referrals import commands
from services.referrals import publish as referrals
from services.referrals.rules.decoding import MAX_BYTES
from services.reporting import publish as reporting
from services.waits import publish as waits
from shared.events.catalogue import RECORDS, TYPES
from shared.events.contracts import CONTRACTS
from shared.events.receipts import Receipt, Verdict
from shared.events.topics import INGRESS_PATTERN, TOPICS, Topic, ingress, provider_of, receipts
from shared.runtime import admin
from shared.runtime.broker import Subscription
from shared.runtime.database import migrations
from shared.runtime.service import App

TABLE = (*TOPICS, ingress("RXX"), receipts("RXX"))
BY_NAME = {topic.name: topic for topic in TABLE}
SERVICES = sorted(folder.parent.name for folder in Path(services.__path__[0]).glob("*/app.py"))
NOT_OURS = {"provider"}


def ours(names: Iterable[str]) -> set[str]:
    """The services among those that a row of the table names."""
    return set(names) - NOT_OURS


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> dict[str, App]:
    """Every service as it is wired."""
    for name, value in {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "VAULT_API_URL": "http://127.0.0.1:1",
        "CLOCKSTOP_VAULT_API_KEY": "v" * 32,
        "CLOCKSTOP_LOOKUP_KEYS": f"1:{'0' * 64}",
        "CLOCKSTOP_VAULT_KEYS": f"1:{'0' * 64}",
    }.items():
        monkeypatch.setenv(name, value)
    return {name: import_module(f"services.{name}.app").build() for name in SERVICES}


def subscriptions(app: App) -> list[Subscription]:
    return [consumes.subscription for consumes in app.consumes]


def reads(app: App, topic: str) -> bool:
    return any(topic in asked.topics or (asked.pattern and re.search(asked.pattern, topic)) for asked in subscriptions(app))


@pytest.mark.parametrize("topic", TABLE, ids=lambda topic: topic.name)
def test_a_topics_consumers_are_the_services_that_subscribe(topic: Topic, apps: dict[str, App]) -> None:
    assert {name for name, app in apps.items() if reads(app, topic.name)} == ours(topic.consumers)


def test_no_service_subscribes_to_what_the_table_lacks(apps: dict[str, App]) -> None:
    asked = [subscription for app in apps.values() for subscription in subscriptions(app)]
    assert {name for subscription in asked for name in subscription.topics} <= {topic.name for topic in TOPICS}
    assert {subscription.pattern for subscription in asked if subscription.pattern} == {INGRESS_PATTERN}


def test_a_consumer_group_belongs_to_one_service(apps: dict[str, App]) -> None:
    groups = [subscription.group for app in apps.values() for subscription in subscriptions(app)]
    assert len(groups) == len(set(groups))
    assert all(subscription.group.startswith(name) for name, app in apps.items() for subscription in subscriptions(app))


SAID = {
    "referrals": {referrals.care_event(b"", event_type, "").topic for event_type in TYPES}
    | {referrals.receipt("RXX", 1, Receipt(source=None, id=None, verdict=Verdict.REJECTED), datetime(2024, 7, 1, tzinfo=UTC)).topic},
    "waits": {waits.TOPIC},
    "outreach": {outreach.TOPIC},
    "reporting": {reporting.TOPIC},
}
"""What each service's `publish` writes to."""


@pytest.mark.parametrize("topic", TABLE, ids=lambda topic: topic.name)
def test_a_topics_producers_are_the_services_that_publish(topic: Topic) -> None:
    assert {name for name, topics in SAID.items() if topic.name in topics} == ours(topic.producers)


def test_no_service_publishes_what_the_table_lacks() -> None:
    assert set(SAID) == {name for name in SERVICES if find_spec(f"services.{name}.publish")}
    assert set.union(*SAID.values()) <= BY_NAME.keys()


def test_every_event_has_a_topic_of_the_table() -> None:
    assert {record.topic for record in RECORDS.values()} <= {topic.name for topic in TOPICS if "referrals" in topic.producers}
    assert {contract.topic.name for contract in CONTRACTS} == BY_NAME.keys()


async def test_provisioning_makes_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Topic] = []

    async def nothing(*_: object) -> list[str]:
        """The database is another matter."""
        return []

    for module, name in ((provision, "database"), (provision, "migrate"), (commands, "renew_topics")):
        monkeypatch.setattr(module, name, nothing)
    monkeypatch.setattr(provision, "create_topics", lambda _, wanted: made.extend(wanted))
    url = "postgresql://clockstop_{}:secret@127.0.0.1:1/clockstop"
    urls = {f"database_url_{service}": url.format(service) for service in SERVICES}
    settings = provision.Provisioning.read(kafka_bootstrap_servers="127.0.0.1:1", database_url="postgresql://127.0.0.1:1/none", **urls)
    await provision._provision(settings, None)
    assert made == list(TOPICS)


async def test_adding_a_provider_makes_its_two_topics(monkeypatch: pytest.MonkeyPatch, apps: dict[str, App]) -> None:
    class Enough(Exception):  # noqa: N818  # no error: the way behind the topics is not walked
        pass

    async def no_pool() -> Any:
        raise Enough

    made: list[Topic] = []
    monkeypatch.setattr(admin, "create_topics", lambda _, wanted: made.extend(wanted))
    monkeypatch.setattr(commands, "_pool", no_pool)
    with pytest.raises(Enough):
        await commands.admit("RXX", "", new_key=False)
    assert made == [ingress("RXX"), receipts("RXX")]


def test_no_topic_appears_by_itself() -> None:
    assert "auto.create.topics.enable=false" in kafka._properties(Path("data"), "127.0.0.1:1", "127.0.0.1:2").splitlines()


@pytest.mark.parametrize("ods", ["RXX", "G4F2K", "A1B2C3D4E5"])
def test_a_providers_topics_name_it_and_are_told_apart(ods: str) -> None:
    assert (ingress(ods).name, receipts(ods).name) == (f"in.{ods.lower()}.v1", f"receipts.{ods.lower()}.v1")
    assert provider_of(ingress(ods).name) == ods
    others = [receipts(ods).name, f"{ingress(ods).name}.retry", f"x{ingress(ods).name}", *(topic.name for topic in TOPICS)]
    assert [name for name in (ingress(ods).name, *others) if re.search(INGRESS_PATTERN, name)] == [ingress(ods).name]


@pytest.mark.parametrize("topic", TABLE, ids=lambda topic: topic.name)
def test_a_topics_settings_are_sound(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.v[1-9][0-9]*", topic.name)
    assert topic.config["cleanup.policy"] == "delete", "an event is history: compaction would forget it"
    assert int(topic.config["max.message.bytes"]) >= 2 * MAX_BYTES, "the largest event, grown by what we add, must pass"
    holds_personal_data = bool(NOT_OURS & {*topic.producers, *topic.consumers})
    days = int(topic.config["retention.ms"]) / 86_400_000
    assert days == 14 if holds_personal_data else 14 < days <= 90


def test_a_persons_events_lie_in_partitions_of_one_number() -> None:
    assert len({topic.partitions for topic in TOPICS}) == 1


@pytest.mark.parametrize("topic", TABLE, ids=lambda topic: topic.name)
def test_hopeless_records_have_a_table_of_their_reader(topic: Topic) -> None:
    readers = ours(topic.consumers)
    assert set(topic.dead_letters) == {f"{reader}.dead_letter" for reader in readers}
    for reader in readers:
        assert any(re.search(r"^create (table|view) dead_letter\b", step.sql, re.MULTILINE) for step in migrations(reader))
