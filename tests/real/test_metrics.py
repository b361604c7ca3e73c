"""Each metric moves: read from the processes of a real stack as Prometheus reads them, after what should move it."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from shared.events.topics import ingress
from shared.runtime import metrics
from tests.component.sent_events import event, raw
from tests.support.running import Running, running
from tests.support.stack import sql

ODS = "RMX"


class Watched:
    """A stack, and its metrics as they are now."""

    def __init__(self, stack: Running) -> None:
        self.stack = stack
        added = stack.clockstop("provider", "add", ODS)
        self.api_key = added.split()[-1]

    def text(self, process: str) -> str:
        return httpx.get(f"{self.stack.stack['metrics_urls'][process]}/metrics").raise_for_status().text

    def value(self, process: str, name: str, **labels: str) -> float:
        """The sum over every sample of this name that has these labels; KeyError when there is none."""
        samples = [sample for family in text_string_to_metric_families(self.text(process)) for sample in family.samples]
        found = [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]
        if not found:
            raise KeyError(f"{process} tells no {name} {labels}")
        return sum(found)

    def becomes(self, wanted: float, process: str, name: str, **labels: str) -> None:
        deadline, found = time.monotonic() + 60, ""
        while found != str(wanted):
            assert time.monotonic() < deadline, f"{name} {labels} of {process} is {found}, not {wanted}"
            with suppress(KeyError):
                found = str(self.value(process, name, **labels))
            time.sleep(0.1)

    def post(self, *events: bytes) -> None:
        body = b"\n".join(events)
        headers = {"authorization": f"Bearer {self.api_key}", "content-type": "application/x-ndjson"}
        httpx.post(f"{self.stack.site}/v1/events", content=body, headers=headers).raise_for_status()

    def sql(self, schema: str, statement: str) -> None:
        sql(self.stack.admin_url, f"set search_path = {schema}; {statement}")


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with running() as stack:
        yield Watched(stack)


def test_what_goes_the_road_is_measured(watched: Watched) -> None:
    bad, newer = event(provider=ODS, received_on="1900-01-01"), event(provider=ODS) | {"type": "cmh.referral.recorded.v2"}
    watched.post(raw(event(provider=ODS)), raw(event("contact", "C1", provider=ODS)), raw(bad), raw(newer))
    watched.stack.clockstop("settle")
    watched.becomes(2.0, "waits", "cmh_event_to_clock_seconds_count", service="waits")
    assert watched.value("waits", "cmh_event_to_clock_seconds_bucket", service="waits", le="+Inf") == 2
    assert watched.value("waits", "cmh_batch_records_total", topic="contacts.v1") == 1
    assert watched.value("waits", "cmh_batch_seconds_count") >= 1
    assert watched.value("referrals", "cmh_outbox_relayed_total") >= 2
    assert watched.value("referrals", "cmh_dead_letters", reason="impossible-date") == 1
    assert watched.value("referrals", "cmh_quarantined_events") == 1
    assert 0 < watched.value("referrals", "cmh_quarantine_age_seconds") < 600
    assert watched.value("site", "cmh_http_answers_total", status="2xx") >= 1
    for service in ("referrals", "waits"):
        assert watched.value(service, "cmh_relay_leads") == 1
        assert watched.value(service, "cmh_dependency_answers", dependency="database") == 1
        assert watched.value(service, "cmh_dependency_answers", dependency="kafka") == 1
        assert watched.value(service, "cmh_outbox_records") == watched.value(service, "cmh_outbox_age_seconds") == 0
        assert watched.value(service, "cmh_database_connections") == {"referrals": 6, "waits": 16}[service]
    assert watched.value("waits", "cmh_lag_records") == watched.value("waits", "cmh_lag_seconds") == 0
    assert watched.value("waits", "cmh_conservation_gap") == watched.value("waits", "cmh_partition_stopped") == 0


def test_a_reader_that_stands_still_is_seen_in_records_and_seconds(watched: Watched) -> None:
    """The worker's cursor is held by a person's stop; what is sent meanwhile waits, and its age grows."""
    name = ingress(ODS).name
    watched.becomes(0.0, "referrals", "cmh_lag_records", topic=name)  # a new provider's topic is found after some seconds
    watched.sql("referrals", "update cursor set stopped = 'a test holds it'")
    watched.stack.clockstop("emit", "--provider", ODS, _file(watched, raw(event("contact", "C2", provider=ODS))))
    watched.becomes(1.0, "referrals", "cmh_lag_records", topic=name)
    watched.becomes(2.0, "referrals", "cmh_lag_seconds", topic=name)
    assert watched.value("referrals", "cmh_partition_stopped", topic=name) >= 1
    watched.sql("referrals", "update cursor set stopped = null")
    watched.becomes(0.0, "referrals", "cmh_lag_records", topic=name)
    watched.becomes(0.0, "referrals", "cmh_lag_seconds", topic=name)


def _file(watched: Watched, content: bytes) -> str:
    path = watched.stack.directory / "one.json"
    path.write_bytes(content)
    return str(path)


def test_what_is_lost_late_or_unsent_is_seen(watched: Watched) -> None:
    watched.sql("waits", "insert into cursor values ('planted.v1', 0, 'c', 't', 1, 1)")
    watched.becomes(1.0, "waits", "cmh_conservation_gap", topic="planted.v1")
    watched.sql("waits", "delete from cursor where topic = 'planted.v1'")
    with pytest.raises(KeyError):
        watched.value("waits", "cmh_conservation_gap", topic="planted.v1")
    job = "recompute what is due"
    assert watched.value("waits", "cmh_due_lateness_seconds", job=job) == 0
    failed = watched.value("waits", "cmh_job_effects_total", job=job)
    watched.sql("waits", "update pathway set recompute_on = updated_at::date")
    deadline = time.monotonic() + 60
    while watched.value("waits", "cmh_job_effects_total", job=job) == failed:
        assert time.monotonic() < deadline, "nothing was recomputed"


def test_an_open_page_is_counted(watched: Watched) -> None:
    with watched.stack.signed_in() as client:
        page = client.get("/waits").text
        stream = re.search(r'sse-connect="([^"]+)"', page)
        assert stream
        assert watched.value("site", "cmh_live_streams") == 0
        with client.stream("GET", stream[1].replace("&amp;", "&")):
            watched.becomes(1.0, "site", "cmh_live_streams", service="waits")
        watched.becomes(0.0, "site", "cmh_live_streams", service="waits")


def test_every_process_tells_only_what_is_declared_and_no_person(watched: Watched) -> None:
    declared = {next(iter(metric.describe())).name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}
    (person,) = {row["personkey"] for row in watched.stack.query("select personkey from referrals.ledger")}
    told: set[str] = set()
    for process in ("referrals", "waits", "site"):
        text = watched.text(process)
        assert person not in text
        assert "9990000" not in text
        told |= {family.name for family in text_string_to_metric_families(text) if family.name.startswith("cmh_")}
    assert told <= declared


def test_strangers_are_told_whether_it_is_ready_and_no_more(watched: Watched) -> None:
    assert httpx.get(f"{watched.stack.site}/ready").json() == {"ready": True, "problems": []}
    assert httpx.get(f"{watched.stack.site}/metrics").status_code == 404
