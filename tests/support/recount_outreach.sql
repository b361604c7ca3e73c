-- Registers, the six elements and the annual recall as at $at, from `latest` and `evidence` (recount_ledger.sql), `attempts` and `answers`.
-- Shares no code with the rules it checks. Schedules as shipped: 12 months, 3 months after entry, asked from 28 days before.
CREATE OR REPLACE TEMP TABLE entries AS
WITH stated AS (
    SELECT personkey, provider, provider || '|' || kind || '|' || record_id AS key, (data ->> 'entered_on')::DATE AS entered_on,
        least((data ->> 'left_on')::DATE, (data ->> 'remission_on')::DATE) AS ended_on, data ->> 'practice' AS practice
    FROM latest WHERE kind = 'register'
),

-- Times on registers: entries that overlap or meet are one.
reaching AS (
    SELECT *, max(CASE WHEN ended_on <= $at THEN ended_on ELSE DATE '9999-12-31' END) OVER (
        PARTITION BY personkey ORDER BY entered_on, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reached
    FROM stated WHERE entered_on <= $at AND (ended_on IS NULL OR ended_on > entered_on)
)

SELECT *, count(*) FILTER (WHERE reached IS NULL OR entered_on > reached) OVER (
    PARTITION BY personkey ORDER BY entered_on, key ROWS UNBOUNDED PRECEDING
) AS run
FROM reaching;

CREATE OR REPLACE TEMP TABLE runs AS
SELECT personkey, run, min(entered_on) AS began,
    CASE WHEN bool_or(ended_on IS NULL OR ended_on > $at) THEN NULL ELSE max(ended_on) END AS ended
FROM entries GROUP BY ALL;

-- The entry that counts today, of a time that goes on: the last entered of those that hold.
CREATE OR REPLACE TEMP TABLE lead_entry AS
SELECT personkey, run, arg_max(provider, (entered_on, key)) AS provider, arg_max(practice, (entered_on, key)) AS practice
FROM entries WHERE ended_on IS NULL OR ended_on > $at GROUP BY ALL;

-- The entry that counted on the first day of a time: for a person's first task of an element.
CREATE OR REPLACE TEMP TABLE people AS
WITH said AS (
    SELECT personkey, provider, recorded, id, recorded_on, (data ->> 'death_date')::DATE AS died,
        nullif(data ->> 'local_authority', '') AS district, data ->> 'ethnicity' AS ethnicity, (data ->> 'birth_date')::DATE AS born
    FROM evidence WHERE kind = 'person'
),

newest AS (SELECT personkey, provider, arg_max({d: died}, (recorded, id)).d AS died FROM said GROUP BY ALL),

home AS (
    SELECT personkey, max((recorded, provider, id)) FILTER (WHERE district LIKE 'E%') AS english FROM said GROUP BY ALL
),

away AS (
    SELECT s.personkey, arg_min(s.recorded_on, (s.recorded, s.provider, s.id)) AS moved_on
    FROM said AS s JOIN home AS h USING (personkey)
    WHERE s.district NOT LIKE 'E%' AND s.recorded_on <= $at AND (h.english IS NULL OR (s.recorded, s.provider, s.id) > h.english)
    GROUP BY ALL
),

told AS (
    SELECT personkey, arg_max(ethnicity, (recorded, provider, id)) FILTER (WHERE ethnicity NOT IN ('Z', '99', '')) AS ethnicity,
        arg_max(born, (recorded, provider, id)) FILTER (WHERE born IS NOT NULL) AS born
    FROM said GROUP BY ALL
)

SELECT personkey, min(died) AS died, any_value(told.born) AS born, any_value(moved_on) AS moved_on, any_value(told.ethnicity) AS ethnicity
FROM newest LEFT JOIN away USING (personkey) LEFT JOIN told USING (personkey) GROUP BY ALL;

-- Whoever died, by record or report, or lives outside England: nothing is to be done.
CREATE OR REPLACE TEMP TABLE stopped AS
SELECT personkey FROM people WHERE died <= $at OR moved_on IS NOT NULL
UNION SELECT personkey FROM attempts WHERE result = 'deceased' AND made_on <= $at;

-- A check dated before the person was born counts for nothing.
CREATE OR REPLACE TEMP TABLE checks AS
SELECT personkey, provider, provider || '|' || kind || '|' || record_id AS key, data ->> 'element' AS element, (data ->> 'on')::DATE AS on_day,
    data ->> 'status' AS status, data -> 'readings' AS readings
FROM latest LEFT JOIN people USING (personkey)
WHERE kind = 'health-check' AND (data ->> 'on')::DATE <= $at AND (born IS NULL OR (data ->> 'on')::DATE >= born);

CREATE OR REPLACE TEMP TABLE elements AS
FROM (VALUES ('alcohol'), ('blood glucose'), ('blood pressure'), ('bmi'), ('blood lipids'), ('smoking')) AS six (element);

CREATE OR REPLACE TEMP TABLE on_register AS
SELECT r.personkey, l.provider, l.practice, r.began, r.run, list_sort(list(six.element) FILTER (WHERE recorded.personkey IS NULL)) AS missing
FROM runs AS r JOIN lead_entry AS l USING (personkey, run) LEFT JOIN people AS p USING (personkey) CROSS JOIN elements AS six
LEFT JOIN (
    SELECT DISTINCT personkey, element FROM checks WHERE status = 'recorded' AND on_day + INTERVAL 12 MONTH > $at
) AS recorded ON (recorded.personkey, recorded.element) = (r.personkey, six.element)
WHERE r.ended IS NULL AND (p.died IS NULL OR p.died > $at)
GROUP BY ALL;

-- What was recorded or said of an element: of one day, the record wins, then what a setting said, then what an attempt brought.
CREATE OR REPLACE TEMP TABLE said AS
WITH everything AS (
    SELECT personkey, element, on_day, CASE status WHEN 'recorded' THEN 0 ELSE 1 END AS place, key, status, NULL::DATE AS until FROM checks
    UNION ALL
    SELECT personkey, unnest(CASE WHEN len(part) = 0 THEN (SELECT list(element) FROM elements) ELSE part END) AS element, made_on, 2,
        provider || '|attempt|' || attempt_id, 'declined', until
    FROM attempts WHERE result = 'declined' AND made_on <= $at
)

SELECT personkey, element, on_day, first.status, first.until FROM (
    SELECT personkey, element, on_day, arg_min({status: status, until: until}, (place, key)) AS first FROM everything
    WHERE element IN (FROM elements) GROUP BY ALL
);

CREATE OR REPLACE TEMP TABLE recalled AS
WITH last_said AS (
    SELECT r.personkey, r.began, l.provider, six.element, arg_max(
        {on_day: s.on_day, status: s.status, until: s.until}, s.on_day
    ) FILTER (WHERE s.on_day IS NOT NULL) AS last
    FROM runs AS r JOIN lead_entry AS l USING (personkey, run) CROSS JOIN elements AS six
    LEFT JOIN said AS s ON s.personkey = r.personkey AND s.element = six.element
    WHERE r.ended IS NULL AND r.personkey NOT IN (FROM stopped)
    GROUP BY ALL
),

dated AS (
    SELECT *, CASE
        WHEN last.status = 'recorded' THEN (last.on_day + INTERVAL 12 MONTH)::DATE
        WHEN last IS NOT NULL THEN coalesce(last.until, (last.on_day + INTERVAL 12 MONTH)::DATE) + 28
    END AS next_due
    FROM last_said
)

SELECT personkey, provider, element, CASE
    WHEN last.on_day > began OR next_due > began THEN next_due ELSE (began + INTERVAL 3 MONTH)::DATE
END AS due_on, CASE
    WHEN last.on_day > began THEN greatest(next_due - 28, last.on_day)
    WHEN next_due > began THEN greatest(next_due - 28, began)  -- nobody is asked before they are on a register
    ELSE began
END AS invite_from
FROM dated;

-- Readings of checks that may be findings; thresholds of the Lester tool, 2012. band: 1 past, 2 at high risk, 3 to refer.
CREATE OR REPLACE TEMP TABLE findings AS
WITH measured AS (
    SELECT c.personkey, c.provider, c.key, c.on_day, p.ethnicity IN ('H', 'J', 'K', 'R') AS lower, r ->> 'name' AS name,
        try_cast(r ->> 'value' AS DOUBLE) AS value, r ->> 'value' AS word, r ->> 'unit' AS unit
    FROM checks AS c LEFT JOIN people AS p USING (personkey), unnest(c.readings::JSON[]) AS one (r)
    WHERE c.status = 'recorded' AND c.readings IS NOT NULL
),

weighed AS (SELECT personkey, on_day, value FROM measured WHERE name = 'weight' AND unit = 'kg'),

judged AS (
    SELECT personkey, provider, key, on_day, CASE
        WHEN name IN ('systolic', 'diastolic') THEN 'blood pressure'
        WHEN name IN ('hba1c', 'fasting glucose', 'random glucose') THEN 'glucose'
        WHEN name = 'total cholesterol' THEN 'lipids' WHEN name = 'smoking status' THEN 'smoking' WHEN name = 'audit-c' THEN 'alcohol'
        WHEN name = 'weight' THEN 'weight gain' WHEN name = 'bmi' THEN 'bmi'
    END AS finding, CASE
        WHEN name = 'smoking status' THEN CASE WHEN word = 'current' AND unit IS NULL THEN 1 END
        WHEN name = 'audit-c' THEN CASE WHEN value >= 5 AND unit IS NULL THEN 1 END
        WHEN name = 'systolic' THEN CASE WHEN value > 140 AND unit IN ('mmHg', 'mm[Hg]') THEN 1 END
        WHEN name = 'diastolic' THEN CASE WHEN value > 90 AND unit IN ('mmHg', 'mm[Hg]') THEN 1 END
        WHEN name = 'total cholesterol' THEN CASE WHEN value > 6 AND unit = 'mmol/L' THEN 1 END
        WHEN name = 'bmi' THEN CASE WHEN value >= CASE WHEN lower THEN 23 ELSE 25 END AND unit IN ('kg/m2', 'kg/m^2') THEN 1 END
        WHEN name = 'hba1c' AND unit = 'mmol/mol' THEN CASE WHEN value >= 48 THEN 3 WHEN value >= 42 THEN 2 END
        WHEN name = 'hba1c' AND unit = '%' THEN CASE WHEN value >= 6.5 THEN 3 WHEN value >= 6 THEN 2 END
        WHEN name = 'fasting glucose' AND unit = 'mmol/L' THEN CASE WHEN value >= 7 THEN 3 WHEN value >= 5.5 THEN 2 END
        WHEN name = 'random glucose' AND unit = 'mmol/L' THEN CASE WHEN value >= 11.1 THEN 3 END
        WHEN name = 'weight' AND unit = 'kg' THEN CASE WHEN round(value - (
            SELECT min(w.value) FROM weighed AS w
            WHERE w.personkey = m.personkey AND w.on_day < m.on_day AND w.on_day >= (m.on_day - INTERVAL 3 MONTH)::DATE
        ), 6) > 5 THEN 1 END
    END AS band
    FROM measured AS m
)

SELECT personkey, provider, key, on_day, finding, max(band) AS band FROM judged WHERE band IS NOT NULL GROUP BY ALL;
