"""Every metric's name, declared once. Base units; no person in a label. Gauges are read from the tables, so a replay cannot skew them."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # when each series began: a second series for every one, that nobody reads

BATCH_SECONDS = Histogram(
    "cmh_batch_seconds",
    "Time to apply one batch, read to commit",
    ["service"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
BATCH_RECORDS = Counter("cmh_batch_records", "Records applied", ["service", "topic"])
BATCH_FAILURES = Counter("cmh_batch_failures", "Batches rolled back and read again", ["service", "error"])
EVENT_TO_CLOCK_SECONDS = Histogram(
    "cmh_event_to_clock_seconds",
    "From receipt at the front door to the commit of what follows from it",
    ["service"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600),
)
RELAYED = Counter("cmh_outbox_relayed", "Events of the outbox sent and confirmed", ["service"])
RELAY_LEADS = Gauge("cmh_relay_leads", "1 where this process sends the outbox; one process of a service does", ["service"])
JOB_EFFECTS = Counter("cmh_job_effects", "Due dates acted on", ["service", "job"])
JOB_FAILURES = Counter("cmh_job_failures", "Runs of a job that failed", ["service", "job"])
AUDITED_PATHWAYS = Counter("cmh_audited_pathways", "Pathways compared with the ledger and their clocks computed anew", ["service"])
DRIFTED_PATHWAYS = Counter("cmh_drifted_pathways", "Audited pathways that differ; not 0 is a defect", ["service"])
ANSWERS = Counter("cmh_http_answers", "Answers over HTTP by class of status, 2xx to 5xx", ["service", "status"])

LAG_RECORDS = Gauge("cmh_lag_records", "Records in the log beyond the cursor", ["service", "topic", "partition"])
LAG_SECONDS = Gauge("cmh_lag_seconds", "Age of the oldest record beyond the cursor, in steps", ["service", "topic", "partition"])
PARTITION_STOPPED = Gauge("cmh_partition_stopped", "1 when a partition is not read any further", ["service", "topic", "partition"])
CONSERVATION_GAP = Gauge(
    "cmh_conservation_gap", "Records read less the sum of their outcomes; not 0 is a defect", ["service", "topic", "partition"]
)
DEAD_LETTERS = Gauge("cmh_dead_letters", "Dead letters kept, by reason", ["service", "reason"])
QUARANTINED_EVENTS = Gauge("cmh_quarantined_events", "Events kept until they are judged again", ["service"])
QUARANTINE_AGE_SECONDS = Gauge("cmh_quarantine_age_seconds", "Age of the oldest event in quarantine; 0 when there is none", ["service"])
OUTBOX_RECORDS = Gauge("cmh_outbox_records", "Events written and not yet sent", ["service"])
OUTBOX_AGE_SECONDS = Gauge("cmh_outbox_age_seconds", "Age of the oldest event not yet sent", ["service"])
DUE_LATENESS_SECONDS = Gauge("cmh_due_lateness_seconds", "How long the oldest due date waits; 0 when none does", ["service", "job"])
DATABASE_CONNECTIONS = Gauge("cmh_database_connections", "Connections of this process's pools", ["service", "state"])
LIVE_STREAMS = Gauge("cmh_live_streams", "Open pages that are pushed to", ["service"])
DEPENDENCY_ANSWERS = Gauge("cmh_dependency_answers", "1 when the database, or Kafka, answers this process", ["service", "dependency"])
ALERT_MESSAGES = Gauge("cmh_alert_messages", "Messages about people's alert rules: due, and dead (given up)", ["state"])
MESSAGES = Gauge(
    "cmh_messages", "Messages to people: queued and due, intended (in doubt after minutes), unknown (somebody decides)", ["state"]
)
MESSAGE_AGE_SECONDS = Gauge("cmh_message_age_seconds", "How long the oldest of them waits; 0 when none does", ["state"])
SUBMISSIONS = Gauge(
    "cmh_submissions",
    "Returns on their way: queued, intended (in doubt after minutes), unknown (somebody decides), undeliverable",
    ["state"],
)
SUBMISSION_AGE_SECONDS = Gauge("cmh_submission_age_seconds", "How long the oldest of them waits; 0 when none does", ["state"])
MESH_HANDSHAKE_AGE_SECONDS = Gauge("cmh_mesh_handshake_age_seconds", "Since our mailbox last shook hands with MESH", ["mailbox"])
MESH_FOREIGN_MESSAGES = Gauge("cmh_mesh_foreign_messages", "Messages in our mailbox at MESH that are not ours to take", ["state"])
SILENCE_SECONDS = Gauge(
    "cmh_silence_seconds", "Since a provider's last event of this kind; kind `any`: of all kinds together", ["provider", "kind"]
)
SILENCE_OVERDUE_SECONDS = Gauge(
    "cmh_silence_overdue_seconds",
    "0 while the silence is usual; above 0 the feed is silent, and this long past the time by which it was expected. Absent while learning",
    ["provider", "kind"],
)

RENDERED = (
    LAG_RECORDS, LAG_SECONDS, PARTITION_STOPPED, CONSERVATION_GAP, DEAD_LETTERS, QUARANTINED_EVENTS, QUARANTINE_AGE_SECONDS, OUTBOX_RECORDS,
    OUTBOX_AGE_SECONDS, DUE_LATENESS_SECONDS, DATABASE_CONNECTIONS, DEPENDENCY_ANSWERS,
    SILENCE_SECONDS, SILENCE_OVERDUE_SECONDS, ALERT_MESSAGES, MESSAGES, MESSAGE_AGE_SECONDS,
    SUBMISSIONS, SUBMISSION_AGE_SECONDS, MESH_HANDSHAKE_AGE_SECONDS, MESH_FOREIGN_MESSAGES,
)  # fmt: skip
"""Set anew for each answer: what is not set then is gone, as a partition that is assigned to another process."""
