"""Each alert fires when it should and only then, speaks of metrics that exist, and has a page that says what to do."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.architecture.source import ROOT
from tests.support.promql import parses, promtool, unknown

RULES = ROOT / "deploy" / "prometheus" / "rules" / "clockstop.yml"
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
}
RUNBOOKS = ROOT / "docs" / "runbooks"


class Case(NamedTuple):
    """Series, as promtool writes them, of one sample a minute: 60 good minutes, then trouble. It fires within `minutes` of trouble."""

    series: dict[str, str]
    labels: dict[str, str]
    summary: str
    minutes: int = 30


def level(good: float, bad: float) -> str:
    return f"{good}x60 {bad}x60"


def rising(each_minute: float) -> str:
    return f"0x60 0+{each_minute}x60"


WAITS = {"service": "waits"}
AT_WAITS = WAITS | {"instance": "waits:9102"}
PLACE = {"service": "waits", "topic": "contacts.v1", "partition": "3"}
OF_PLACE = '{service="waits", topic="contacts.v1", partition="3", instance="waits:9102"}'
CASES = {
    "ProcessDown": Case(
        {'up{job="clockstop", instance="waits:9102"}': level(1, 0)},
        {"job": "clockstop", "instance": "waits:9102"},
        "waits:9102 does not answer",
        minutes=4,
    ),
    "DatabaseUnreachable": Case(
        {
            'cmh_dependency_answers{service="waits", dependency="database", instance="waits:9102"}': level(1, 0),
            'cmh_dependency_answers{service="waits", dependency="kafka", instance="waits:9102"}': level(0, 0),
        },
        AT_WAITS,
        "waits (waits:9102) does not reach PostgreSQL",
        minutes=4,
    ),
    "KafkaUnreachable": Case(
        {'cmh_dependency_answers{service="waits", dependency="kafka", instance="waits:9102"}': level(1, 0)},
        AT_WAITS,
        "waits (waits:9102) does not reach Kafka",
        minutes=4,
    ),
    "ConnectionsExhausted": Case(
        {
            'cmh_database_connections{service="waits", instance="waits:9102", state="in-use"}': level(7, 8),
            'cmh_database_connections{service="waits", instance="waits:9102", state="idle"}': level(1, 0),
            'cmh_database_connections{service="waits", instance="waits:9102", state="unopened"}': level(0, 0),
        },
        AT_WAITS,
        "waits (waits:9102) uses all of its 8 database connections",
        minutes=7,
    ),
    "HttpErrors": Case(
        {
            'cmh_http_answers_total{service="site", status="2xx", instance="site:9100"}': "0+90x120",
            'cmh_http_answers_total{service="site", status="5xx", instance="site:9100"}': rising(10),
        },
        {"service": "site"},
        "10% of the answers of site are errors of ours",
    ),
    "PagesFull": Case(
        {'cmh_live_streams{service="waits", instance="site:9100"}': level(450, 470)},
        {"service": "waits", "instance": "site:9100"},
        "470 pages are open at site:9100, which takes 500",
        minutes=7,
    ),
    "ReaderBehind": Case(
        {f"cmh_lag_seconds{OF_PLACE}": level(120, 600)},
        {"service": "waits", "topic": "contacts.v1"},
        "waits has not read records of contacts.v1 that are 10m 0s old",
        minutes=7,
    ),
    "SlowToClock": Case(
        {
            'cmh_event_to_clock_seconds_bucket{service="waits", le="15.0"}': "0+100x60 6000+0x60",
            'cmh_event_to_clock_seconds_bucket{service="waits", le="60.0"}': "0+100x120",
            'cmh_event_to_clock_seconds_bucket{service="waits", le="+Inf"}': "0+100x120",
        },
        {},
        "One event in a hundred takes more than 59.55s to reach its clock",
    ),
    "PartitionStopped": Case(
        {f"cmh_partition_stopped{OF_PLACE}": level(0, 1)},
        PLACE,
        "waits has stopped reading contacts.v1-3: a person must decide",
        minutes=3,
    ),
    "BatchesFail": Case(
        {'cmh_batch_failures_total{service="waits", error="DeadlockDetectedError"}': "0x30 1x30 0+6x60"},
        WAITS | {"error": "DeadlockDetectedError"},
        "60 batches of waits failed in 10 minutes with DeadlockDetectedError",
    ),
    "OutboxStuck": Case(
        {'cmh_outbox_age_seconds{service="waits", instance="waits:9102"}': level(1, 600)},
        WAITS,
        "Events of waits have waited 10m 0s to be sent",
        minutes=4,
    ),
    "RelayWithoutLead": Case(
        {
            'cmh_relay_leads{service="waits", instance="waits:9102"}': level(1, 0),
            'cmh_relay_leads{service="waits", instance="waits:9202"}': level(0, 0),
        },
        WAITS,
        "No process of waits sends its outbox",
        minutes=7,
    ),
    "DueLate": Case(
        {'cmh_due_lateness_seconds{service="waits", job="tell what is due"}': level(300, 7200)},
        WAITS | {"job": "tell what is due"},
        "waits: `tell what is due` is 2h 0m 0s late",
    ),
    "JobFails": Case(
        {'cmh_job_failures_total{service="waits", job="audit"}': "0x30 2x30 2+1x60"},
        WAITS | {"job": "audit"},
        "waits: `audit` failed 15 times in 15 minutes",
    ),
    "ConservationGap": Case(
        {f"cmh_conservation_gap{OF_PLACE}": level(0, -2)},
        PLACE,
        "waits, contacts.v1-3: 2 records read have no outcome, or two",
        minutes=4,
    ),
    "ClockDrift": Case(
        {
            'cmh_drifted_pathways_total{service="waits"}': "0x60 3x60",
            f"cmh_lag_seconds{OF_PLACE}": level(0, 5),
            'cmh_outbox_age_seconds{service="referrals"}': level(0, 0),
        },
        {},
        "3 audited pathways differ from the ledger",
    ),
    "MessagesGivenUp": Case(
        {'cmh_alert_messages{state="dead"}': level(2, 3), 'cmh_alert_messages{state="due"}': rising(1)},
        {},
        "1 messages about people's alert rules were given up in an hour",
        minutes=1,
    ),
    "MessagesUnsent": Case(
        {
            'cmh_message_age_seconds{state="queued"}': level(60, 4000),
            'cmh_message_age_seconds{state="intended"}': level(3, 3),
            'cmh_message_age_seconds{state="unknown"}': level(0, 0),
        },
        {"state": "queued"},
        "Messages are queued for 1h 6m 40s",
        minutes=6,
    ),
    "MessagesUnknown": Case(
        {'cmh_messages{state="unknown"}': level(0, 2), 'cmh_messages{state="queued"}': level(7, 7)},
        {},
        "Of 2 messages nobody knows whether they went",
        minutes=1,
    ),
    "ReturnsUnsent": Case(
        {'cmh_submission_age_seconds{state="queued"}': level(60, 18_000), 'cmh_submission_age_seconds{state="intended"}': level(3, 3)},
        {"state": "queued"},
        "A return is queued for 5h 0m 0s",
        minutes=6,
    ),
    "ReturnsUnknown": Case(
        {'cmh_submissions{state="unknown"}': level(0, 1), 'cmh_submissions{state="queued"}': level(7, 7)},
        {},
        "Of 1 returns nobody knows whether they went",
        minutes=1,
    ),
    "ReturnsUndeliverable": Case(
        {'cmh_submissions{state="undeliverable"}': level(2, 3), 'cmh_submissions{state="queued"}': rising(1)},
        {},
        "1 returns could not be delivered",
        minutes=1,
    ),
    "MeshSilent": Case(
        {'cmh_mesh_handshake_age_seconds{mailbox="X26ABC1"}': level(40_000, 75_600)},
        {"mailbox": "X26ABC1"},
        "Mailbox X26ABC1 has not shaken hands with MESH for 21h 0m 0s",
        minutes=6,
    ),
    "InnerDeadLetters": Case(
        {
            'cmh_dead_letters{service="waits", reason="invalid"}': "4x60 9x60",
            'cmh_dead_letters{service="referrals", reason="too-deep"}': "0+9x120",
        },
        WAITS | {"reason": "invalid"},
        "waits set 5 records aside as invalid",
        minutes=5,
    ),
    "ManyRejections": Case(
        {
            'cmh_dead_letters{service="referrals", reason="missing-field"}': "0+5x60 300+20x60",
            'cmh_dead_letters{service="referrals", reason="too-deep"}': "0+5x120",
        },
        {"reason": "missing-field"},
        "730 events were rejected in an hour as missing-field",
    ),
    "QuarantineOld": Case(
        {'cmh_quarantine_age_seconds{service="referrals"}': level(86_400, 691_200)},
        {"service": "referrals"},
        "An event has been in quarantine for 8d 0h 0m 0s",
    ),
    "FeedSilent": Case(
        {'cmh_silence_overdue_seconds{provider="RXA", kind="any"}': level(0, 7200)},
        {"provider": "RXA"},
        "RXA is silent, 2h 0m 0s past the time by which it was expected",
    ),
    "FeedPartSilent": Case(
        {
            'cmh_silence_overdue_seconds{provider="RXA", kind="contact"}': "0x60 0x20 86400x120",
            'cmh_silence_overdue_seconds{provider="RXA", kind="any"}': "0x180",
        },
        {"provider": "RXA", "kind": "contact"},
        "RXA sends, but no contact, 1d 0h 0m 0s past the time by which it was expected",
        minutes=90,
    ),
}
QUIET = {
    "ClockDrift": {
        'cmh_drifted_pathways_total{service="waits"}': "0x60 3x60",
        f"cmh_lag_seconds{OF_PLACE}": "0x40 600x10 0x70",
    },
    "FeedPartSilent": {
        'cmh_silence_overdue_seconds{provider="RXA", kind="contact"}': "86400x180",
        'cmh_silence_overdue_seconds{provider="RXA", kind="any"}': "86400x180",
    },
    "HttpErrors": {
        'cmh_http_answers_total{service="site", status="2xx"}': "0+99x180",
        'cmh_http_answers_total{service="site", status="5xx"}': "0+1x180",
    },
}
"""Trouble that is not this alert's."""


def _tests(name: str) -> list[dict[str, Any]]:
    """promtool's tests of one alert: silent for an hour, then fires with the number; never where the trouble is another's."""
    case, rule = CASES[name], ALERTS[name]
    annotations = {"summary": case.summary, "runbook": f"docs/runbooks/{name}.md"}
    fires = {"exp_labels": case.labels | rule["labels"], "exp_annotations": annotations}
    evaluated = [
        {"eval_time": "59m", "alertname": name, "exp_alerts": []},
        {"eval_time": f"{60 + case.minutes}m", "alertname": name, "exp_alerts": [fires]},
    ]
    tests = [{"interval": "1m", "input_series": _series(case.series), "alert_rule_test": evaluated}]
    for minute in (60, 90, 119) if name in QUIET else ():
        never = [{"eval_time": f"{minute}m", "alertname": name, "exp_alerts": []}]
        tests.append({"interval": "1m", "input_series": _series(QUIET[name]), "alert_rule_test": never})
    return tests


def _series(series: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in series.items()]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_when_it_should_and_only_then(name: str, tmp_path: Path) -> None:
    written = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": _tests(name)}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(written), "utf-8")
    done = promtool("test", "rules", "tests.yml", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_and_the_configuration_are_what_prometheus_reads() -> None:
    done = promtool("check", "config", "prometheus.yml", folder=RULES.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert CASES.keys() == ALERTS.keys()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_speaks_of_metrics_and_labels_that_are_told(name: str) -> None:
    assert unknown(ALERTS[name]["expr"]) == []
    assert ALERTS[name]["labels"]["severity"] in {"page", "ticket"}


def test_a_misspelt_metric_or_label_would_be_seen(tmp_path: Path) -> None:
    assert unknown('sum by (servce) (cmh_lag_seconds_total{topc="x"}) + up{instance="a"}') == ["cmh_lag_seconds_total", "servce"]
    assert unknown('cmh_lag_seconds{topc="x"}') == ["cmh_lag_seconds{topc}"]
    assert "parse error" in parses(["sum by (service (cmh_lag_seconds)"], tmp_path)


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    pages = {page.stem: page.read_text("utf-8") for page in RUNBOOKS.glob("*.md")}
    assert pages.keys() == ALERTS.keys()
    for name, page in pages.items():
        assert page.startswith(f"# {name}\n"), name
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["What it means", "Look", "Act"], name
        assert f"](runbooks/{name}.md)" in (ROOT / "docs" / "operate.md").read_text("utf-8"), name
