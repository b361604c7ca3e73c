"""Every metric's name, declared once. Base units; no person in a label. Gauges are read from the tables, so a replay cannot skew them."""

from prometheus_client import Counter, Gauge, Histogram

BATCH_SECONDS = Histogram(
    "cmh_batch_seconds",
    "Time to apply one batch, read to commit",
    ["service"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
BATCH_RECORDS = Counter("cmh_batch_records", "Records applied", ["service", "topic"])
BATCH_FAILURES = Counter("cmh_batch_failures", "Batches rolled back and read again", ["service", "error"])
EVENT_AGE_SECONDS = Histogram(
    "cmh_event_age_seconds",
    "From receipt at the front door to the commit of what follows from it",
    ["service"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600),
)
RELAYED = Counter("cmh_outbox_relayed", "Events of the outbox sent and confirmed", ["service"])
JOB_EFFECTS = Counter("cmh_job_effects", "Due dates acted on", ["service", "job"])
JOB_FAILURES = Counter("cmh_job_failures", "Runs of a job that failed", ["service", "job"])

LAG_RECORDS = Gauge("cmh_lag_records", "Records in the log beyond the cursor", ["service", "topic", "partition"])
PARTITION_STOPPED = Gauge("cmh_partition_stopped", "1 when a partition is not read any further", ["service", "topic", "partition"])
CONSERVATION_GAP = Gauge(
    "cmh_conservation_gap", "Records read less the sum of their outcomes; not 0 is a defect", ["service", "topic", "partition"]
)
DEAD_LETTERS = Gauge("cmh_dead_letters", "Dead letters kept, by reason", ["service", "reason"])
OUTBOX_RECORDS = Gauge("cmh_outbox_records", "Events written and not yet sent", ["service"])
OUTBOX_AGE_SECONDS = Gauge("cmh_outbox_age_seconds", "Age of the oldest event not yet sent", ["service"])

SILENCE_SECONDS = Gauge(
    "cmh_silence_seconds", "Since a provider's last event of this kind; kind `any`: of all kinds together", ["provider", "kind"]
)
SILENCE_OVERDUE_SECONDS = Gauge(
    "cmh_silence_overdue_seconds",
    "0 while the silence is usual; above 0 the feed is silent, and this long past the time by which it was expected. Absent while learning",
    ["provider", "kind"],
)
