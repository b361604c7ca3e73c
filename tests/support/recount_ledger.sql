-- What stands of each record, from an export of the ledger: the views `latest` and `evidence` that recount.sql reads.
-- Input view (all text): events. Runs unchanged in the DuckDB shell.
CREATE OR REPLACE TEMP VIEW ranked AS
WITH all_versions AS (
    SELECT personkey, provider, kind, record_id, id, voided::BOOLEAN AS voided,
        recordedtime::TIMESTAMPTZ AS recorded, receivedtime::TIMESTAMPTZ AS received,
        timezone('Europe/London', recordedtime::TIMESTAMPTZ)::DATE AS recorded_on, data::JSON AS data
    FROM events
),

-- A record that moved to another person: under the old key nothing stands that was received before. What moved is recorded again.
versions AS (
    SELECT * FROM all_versions AS v
    WHERE NOT (voided AND data ->> 'moved_to' IS NOT NULL) AND NOT EXISTS (
        FROM all_versions AS m
        WHERE m.voided AND m.data ->> 'moved_to' IS NOT NULL AND m.received >= v.received
            AND (m.personkey, m.provider, m.kind, m.record_id) = (v.personkey, v.provider, v.kind, v.record_id)
    )
)

-- Record versions: the greatest (recorded, received, event id) wins; a void ends all versions up to its own (W25, section 6).
SELECT *, row_number() OVER record AS place, max(CASE WHEN voided THEN (recorded, received, id) END) OVER whole AS last_void,
    row_number() OVER (
        PARTITION BY personkey, provider, kind, record_id, recorded ORDER BY received DESC, id DESC
    ) AS place_in_instant
FROM versions
WINDOW whole AS (PARTITION BY personkey, provider, kind, record_id),
    record AS (PARTITION BY personkey, provider, kind, record_id ORDER BY recorded DESC, received DESC, id DESC);

CREATE OR REPLACE TEMP VIEW latest AS SELECT * FROM ranked WHERE place = 1 AND NOT voided;

-- Care plans and persons: every unvoided version is evidence; of two with one recorded instant the later received stands.
CREATE OR REPLACE TEMP VIEW evidence AS
SELECT * FROM ranked
WHERE kind IN ('care-plan', 'person') AND NOT voided AND place_in_instant = 1
    AND (last_void IS NULL OR (recorded, received, id) > last_void);
