"""Grafana's dashboards: `python -m deploy.dashboards` writes them to deploy/grafana/dashboards. A panel is one line here."""

import json
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "grafana" / "dashboards"
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT, ACROSS = 8, 7, 3


class Panel(NamedTuple):
    """A time series: `legend` names a line by its labels, `red` is the value from which it is drawn red."""

    title: str
    expression: str
    unit: str = "short"
    legend: str = "{{service}}"
    red: float | None = None


DASHBOARDS = {
    "The road of an event": (
        Panel(
            "Event to clock, 99 of 100",
            "histogram_quantile(0.99, sum by (le) (rate(cmh_event_to_clock_seconds_bucket[5m])))",
            "s",
            "p99",
            15,
        ),
        Panel("Event to clock, half", "histogram_quantile(0.5, sum by (le) (rate(cmh_event_to_clock_seconds_bucket[5m])))", "s", "p50", 5),
        Panel("Oldest record not read", "max by (service, topic) (cmh_lag_seconds)", "s", "{{service}} {{topic}}", 300),
        Panel("Records read a second", "sum by (service, topic) (rate(cmh_batch_records_total[1m]))", "short", "{{service}} {{topic}}"),
        Panel("Records not read", "sum by (service) (max by (service, topic, partition) (cmh_lag_records))"),
        Panel("A batch, 99 of 100", "histogram_quantile(0.99, sum by (service, le) (rate(cmh_batch_seconds_bucket[5m])))", "s", red=5),
        Panel("Events not sent", "max by (service) (cmh_outbox_records)"),
        Panel("Oldest event not sent", "max by (service) (cmh_outbox_age_seconds)", "s", red=60),
        Panel("Events sent a second", "sum by (service) (rate(cmh_outbox_relayed_total[1m]))"),
        Panel(
            "Answers over HTTP a second", "sum by (service, status) (rate(cmh_http_answers_total[1m]))", "short", "{{service}} {{status}}"
        ),
        Panel("Open pages", "sum by (service, instance) (cmh_live_streams)", "short", "{{instance}}", 450),
        Panel(
            "Database connections in use", 'sum by (service, instance) (cmh_database_connections{state="in-use"})', legend="{{instance}}"
        ),
    ),
    "Promises kept": (
        Panel(
            "Records without their one outcome", "max by (service, topic) (abs(cmh_conservation_gap))", "short", "{{service}} {{topic}}", 1
        ),
        Panel("Audited pathways that differ, in an hour", "sum by (service) (increase(cmh_drifted_pathways_total[1h]))", red=1),
        Panel("Pathways audited, in an hour", "sum by (service) (increase(cmh_audited_pathways_total[1h]))"),
        Panel("Partitions stopped", "sum by (service, topic) (cmh_partition_stopped)", "short", "{{service}} {{topic}}", 1),
        Panel("Messages to people", "max by (state) (cmh_messages)", "short", "{{state}}"),
        Panel("Oldest message that waits", "max by (state) (cmh_message_age_seconds)", "s", "{{state}}", 1800),
        Panel("Returns on their way", "max by (state) (cmh_submissions)", "short", "{{state}}"),
        Panel("Oldest return that waits", "max by (state) (cmh_submission_age_seconds)", "s", "{{state}}", 86_400),
        Panel("Since our mailbox shook hands with MESH", "max by (mailbox) (cmh_mesh_handshake_age_seconds)", "s", "{{mailbox}}", 86_400),
        Panel("Messages at MESH that are not ours", "max by (state) (cmh_mesh_foreign_messages)", "short", "{{state}}"),
        Panel("Dead letters", "max by (service, reason) (cmh_dead_letters)", "short", "{{service}} {{reason}}"),
        Panel(
            "Batches that failed, in 10 minutes",
            "sum by (service, error) (increase(cmh_batch_failures_total[10m]))",
            "short",
            "{{service}} {{error}}",
        ),
        Panel("Due and not acted on", "max by (service, job) (cmh_due_lateness_seconds)", "s", "{{job}}", 600),
        Panel("Due dates acted on, in 10 minutes", "sum by (service, job) (increase(cmh_job_effects_total[10m]))", "short", "{{job}}"),
        Panel("Jobs that failed, in 15 minutes", "sum by (service, job) (increase(cmh_job_failures_total[15m]))", "short", "{{job}}", 3),
        Panel("In quarantine", "max by (service) (cmh_quarantined_events)"),
        Panel("Oldest in quarantine", "max by (service) (cmh_quarantine_age_seconds)", "s", red=7 * 86_400),
        Panel(
            "Silent past the expected time", "max by (provider, kind) (cmh_silence_overdue_seconds) > 0", "s", "{{provider}} {{kind}}", 1
        ),
        Panel("Since a provider's last event", 'max by (provider) (cmh_silence_seconds{kind="any"})', "s", "{{provider}}"),
        Panel("Messages of alert rules, due and given up", "max by (state) (cmh_alert_messages)", "short", "{{state}}"),
        Panel("Processes that answer", 'up{job="clockstop"}', legend="{{instance}}"),
        Panel("Processes that send an outbox", "sum by (service) (cmh_relay_leads)"),
        Panel("Database and Kafka answer", "min by (service, dependency) (cmh_dependency_answers)", "short", "{{service}} {{dependency}}"),
    ),
}


def dashboard(title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """One dashboard as Grafana reads it."""
    return {
        "uid": title.lower().replace(" ", "-"),
        "title": title,
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "15s",
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    steps = [{"color": "green", "value": None}] + ([] if panel.red is None else [{"color": "red", "value": panel.red}])
    return {
        "id": number + 1,
        "title": panel.title,
        "type": "timeseries",
        "datasource": DATASOURCE,
        "gridPos": {"x": number % ACROSS * WIDTH, "y": number // ACROSS * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [{"refId": "A", "datasource": DATASOURCE, "expr": panel.expression, "legendFormat": panel.legend}],
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {"thresholdsStyle": {"mode": "off" if panel.red is None else "line"}},
            },
            "overrides": [],
        },
    }


def files() -> dict[str, str]:
    """The text of each file, by name."""
    made = [dashboard(title, panels) for title, panels in DASHBOARDS.items()]
    return {f"{one['uid']}.json": json.dumps(one, indent=1) + "\n" for one in made}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
