-- The national measures recounted in DuckDB from an export of the ledger; shares no code with the service it checks.
-- Input: the views of recount_ledger.sql, the tables practices, lsoas and pcn_criteria, and `clock` and `eip`: what recount.sql says at $at under
-- national-2024 (or its compatible form, $compat) and under eip-2016. Rows: level, code, measure, value. Runs unchanged in the DuckDB shell.
WITH
asked AS (
    SELECT $at::DATE AS last, date_trunc('month', $at::DATE)::DATE AS month,
        (date_trunc('month', $at::DATE) - INTERVAL 2 MONTH)::DATE AS quarter,
        (date_trunc('month', $at::DATE) - INTERVAL 11 MONTH)::DATE AS year
),

practice AS (
    SELECT practice, pcn, icb FROM practices QUALIFY row_number() OVER (
        PARTITION BY practice ORDER BY $at::DATE BETWEEN coalesce(valid_from::DATE, '0001-01-01'::DATE)
            AND coalesce(valid_to::DATE, '9999-12-31'::DATE) DESC, valid_from DESC NULLS LAST
    ) = 1
),

transformed AS (
    SELECT DISTINCT pcn FROM pcn_criteria
    WHERE criteria_met::INTEGER > 0 AND coalesce(valid_from::DATE, '0001-01-01'::DATE) <= $at::DATE
        AND coalesce(valid_to::DATE, '9999-12-31'::DATE) >= $at::DATE
),

-- What each provider knew of a person, version by version.
known AS (
    SELECT personkey, provider, recorded_on, row_number() OVER (PARTITION BY personkey, provider ORDER BY recorded, received, id) AS nth,
        (data ->> 'birth_date')::DATE AS born, (data ->> 'death_date')::DATE AS died, data ->> 'ethnicity' AS ethnicity,
        data ->> 'practice' AS practice, data ->> 'lsoa' AS lsoa, coalesce(data ->> 'local_authority', '') AS district
    FROM evidence WHERE kind = 'person'
),

who AS (SELECT * FROM known QUALIFY row_number() OVER (PARTITION BY personkey, provider ORDER BY nth DESC) = 1),

referrals AS (
    SELECT personkey, provider, record_id AS referral_id, (data ->> 'received_on')::DATE AS received_on,
        (data ->> 'rejected_on')::DATE AS rejected_on, data ->> 'reject_reason' AS reject_reason, data -> '$.teams[*]' AS teams
    FROM latest WHERE kind = 'referral'
),

-- Who is counted for a spell, and where: each by a day.
spells AS (SELECT *, row_number() OVER () AS unit FROM clock),

eips AS (SELECT *, 1000000000 + row_number() OVER () AS unit FROM eip),

stays AS (
    SELECT personkey, provider, record_id, data ->> 'referral_id' AS referral_id, (data ->> 'admitted_on')::DATE AS admitted_on,
        coalesce((data ->> 'discharged_on')::DATE, '9999-12-31'::DATE) AS discharged_on, data ->> 'admission_source' AS source,
        data ->> '$.wards[0].class' AS ward, 2000000000 + row_number() OVER () AS unit
    FROM latest WHERE kind = 'stay'
),

contacts AS (
    SELECT personkey, provider, record_id, data ->> 'referral_id' AS referral_id, (data ->> 'on')::DATE AS held_on
    FROM latest WHERE kind = 'contact' AND (data ->> 'attendance') IN ('5', '6') AND (data ->> 'medium') IN ('01', '02', '04', '11')
),

-- Contacts of months in which somebody lived in England, or nobody knows where.
at_contact AS (
    SELECT c.personkey, c.provider, c.record_id,
        coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= last_day(c.held_on)), '') AS district
    FROM contacts AS c LEFT JOIN known AS k USING (personkey, provider) GROUP BY ALL
),

-- A referral is out of access in each financial year (from April) with a stay on it.
held AS (
    SELECT c.personkey, c.provider, c.referral_id, c.held_on, r.received_on,
        len(list_filter(r.teams, lambda t: (t ->> 'team_type') IN (
            'A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10', 'A14', 'D05'))) AS teams,
        row_number() OVER (PARTITION BY c.personkey, c.provider, c.referral_id ORDER BY c.held_on, c.record_id) AS nth,
        3000000000 + dense_rank() OVER (ORDER BY c.personkey, c.provider, c.referral_id) AS unit
    FROM contacts AS c JOIN at_contact AS h USING (personkey, provider, record_id) JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE c.held_on BETWEEN asked.year AND asked.last AND r.received_on <= asked.last AND (h.district = '' OR h.district LIKE 'E%') AND NOT EXISTS (
        FROM stays AS s WHERE (s.personkey, s.provider, s.referral_id) = (c.personkey, c.provider, c.referral_id)
            AND s.admitted_on <= asked.last
            AND year(s.admitted_on - INTERVAL 3 MONTH) <= year(c.held_on - INTERVAL 3 MONTH)
            AND year(s.discharged_on - INTERVAL 3 MONTH) >= year(c.held_on - INTERVAL 3 MONTH)
    )
),

accessed AS (
    SELECT * FROM held WHERE teams > 0 AND nth = CASE WHEN $compat AND teams > 1 THEN 1 ELSE 2 END
),

entries AS (
    SELECT personkey, provider, data ->> 'practice' AS practice, 4000000000 + row_number() OVER () AS unit
    FROM latest, asked
    WHERE kind = 'register' AND (data ->> 'entered_on')::DATE <= asked.last
        AND coalesce((data ->> 'left_on')::DATE, '9999-12-31'::DATE) > asked.last
        AND coalesce((data ->> 'remission_on')::DATE, '9999-12-31'::DATE) > asked.last
        AND NOT EXISTS (FROM who AS w WHERE w.personkey = latest.personkey AND w.died <= asked.last)
),

complete AS (
    SELECT personkey FROM latest, asked
    WHERE kind = 'health-check' AND (data ->> 'status') = 'recorded'
        AND (data ->> 'element') IN ('alcohol', 'blood glucose', 'blood pressure', 'bmi', 'blood lipids', 'smoking')
        AND (data ->> 'on')::DATE > asked.last - INTERVAL 1 YEAR AND (data ->> 'on')::DATE <= asked.last
    GROUP BY personkey HAVING count(DISTINCT data ->> 'element') = 6
),

rejections AS (
    SELECT r.personkey, r.provider, r.received_on, r.referral_id,
        coalesce((t ->> 'rejected_on')::DATE, r.rejected_on) AS rejected_on, coalesce(t ->> 'reject_reason', r.reject_reason) AS reason,
        5000000000 + row_number() OVER () AS unit
    FROM (SELECT *, unnest(teams) AS t FROM referrals) AS r
    WHERE (t ->> 'team_type') IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10')
),

-- unit, person, the day by which the practice is read, the day by which home is read
days AS (
    SELECT unit, personkey, provider, least(asked.last, last_day(coalesce(spell_end, asked.last))) AS practice_by, asked.last AS home_by
    FROM spells, asked
    UNION ALL SELECT unit, personkey, provider, least(asked.last, last_day(coalesce(spell_end, asked.last))), asked.last FROM eips, asked
    UNION ALL SELECT unit, personkey, provider, last_day(admitted_on), last_day(admitted_on) FROM stays
    UNION ALL SELECT unit, personkey, provider, last_day(held_on), last_day(held_on) FROM accessed
    UNION ALL SELECT unit, personkey, provider, asked.last, asked.last FROM rejections, asked
),

at_home AS (
    SELECT d.unit, arg_max(coalesce(k.practice, ''), k.nth) FILTER (k.recorded_on <= d.practice_by) AS practice,
        arg_max(coalesce(k.lsoa, ''), k.nth) FILTER (k.recorded_on <= d.home_by) AS lsoa,
        coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= d.home_by), '') AS district, arg_max(k.born, k.nth) AS born
    FROM days AS d LEFT JOIN known AS k ON k.personkey = d.personkey AND k.provider = d.provider GROUP BY d.unit
),

area AS (
    SELECT h.unit, coalesce(p.icb, l.icb, 'UNKNOWN') AS icb, coalesce(p.pcn, 'UNKNOWN') AS pcn, h.born, h.district
    FROM at_home AS h LEFT JOIN practice AS p USING (practice) LEFT JOIN lsoas AS l USING (lsoa)
),

-- A birthday of 29 February is on 1 March where the year has none.
adults AS (
    SELECT a.unit FROM area AS a JOIN (SELECT unit, received_on FROM accessed UNION ALL SELECT unit, received_on FROM rejections) AS r USING (unit)
    WHERE year(r.received_on) - year(a.born) - (strftime(r.received_on, '%m%d') < strftime(a.born, '%m%d'))::INTEGER >= 18
        AND (a.district = '' OR a.district LIKE 'E%')
),

marked AS (
    SELECT s.*, spell_end IS NULL OR spell_end >= asked.last - 5 AS still, coalesce(clock_stop <= asked.last, false) AS stopped,
        coalesce(second_contact <= asked.last, false) AS twice, asked.last - spell_start AS waited
    FROM spells AS s, asked
),

-- unit, who is counted once, measure
counted AS (
    SELECT m.unit, m.provider, unit::VARCHAR AS once, unnest(list_filter([
        CASE WHEN clock_stop BETWEEN quarter AND last THEN 'MRS01' END,
        CASE WHEN clock_stop BETWEEN quarter AND last AND wait_days <= 28 THEN 'MRS01a' END,
        CASE WHEN still AND NOT stopped THEN 'MRS02' END,
        CASE WHEN still AND NOT stopped AND waited > 728 THEN 'MRS02a' END,
        CASE WHEN still AND NOT stopped AND waited > 546 THEN 'MRS02c' END,
        CASE WHEN still AND NOT stopped AND waited > 364 THEN 'MRS02e' END,
        CASE WHEN still AND NOT twice THEN 'MRS03' END,
        CASE WHEN spell_start >= quarter THEN 'MRS04' END,
        CASE WHEN NOT $compat AND spell_end >= quarter AND NOT still THEN 'MRS05' END,
        CASE WHEN still THEN 'MRS06' END,
        CASE WHEN still AND NOT twice AND waited > 728 THEN 'MRS07a' END,
        CASE WHEN still AND NOT twice AND waited > 546 THEN 'MRS07c' END,
        CASE WHEN still AND NOT twice AND waited > 364 THEN 'MRS07e' END,
        CASE WHEN second_contact BETWEEN quarter AND last THEN 'MRS15' END,
        CASE WHEN still AND stopped THEN 'MRS20' END,
        CASE WHEN still AND twice THEN 'MRS21' END
    ], lambda x: x IS NOT NULL)) AS measure
    FROM marked AS m, asked
    UNION ALL
    SELECT e.unit, e.provider, e.unit::VARCHAR, unnest(list_filter([
        CASE WHEN clock_stop BETWEEN quarter AND last THEN 'EIP23a' END,
        CASE WHEN clock_stop BETWEEN quarter AND last AND wait_days <= 14 THEN 'EIP23b' END,
        CASE WHEN clock_stop BETWEEN quarter AND last AND wait_days > 14 THEN 'EIP23c' END,
        CASE WHEN open AND clock_stop IS NULL THEN 'EIP23d' END,
        CASE WHEN open AND clock_stop IS NULL AND last - spell_start <= 14 THEN 'EIP23e' END,
        CASE WHEN open AND clock_stop IS NULL AND last - spell_start > 14 THEN 'EIP23f' END,
        CASE WHEN first_contact BETWEEN quarter AND last THEN 'EIP23g' END,
        CASE WHEN coordinator BETWEEN quarter AND last THEN 'EIP23h' END
    ], lambda x: x IS NOT NULL))
    FROM (SELECT *, (
        SELECT min((k.data ->> 'from')::DATE) FROM latest AS k
        WHERE k.kind = 'assignment' AND k.personkey = e.personkey AND (k.data ->> 'role') = 'care coordinator'
            AND (k.data ->> 'team_type') = 'A14' AND (k.data ->> 'from')::DATE >= e.spell_start
            AND ((k.data ->> 'from')::DATE <= e.spell_end OR e.spell_end IS NULL)
    ) AS coordinator FROM eips AS e) AS e, asked
    UNION ALL
    SELECT a.unit, a.provider, a.personkey, 'MHS108' FROM accessed AS a JOIN adults USING (unit)
    UNION ALL
    SELECT s.unit, s.provider, s.unit::VARCHAR, unnest(['MHS106', CASE WHEN EXISTS (
        FROM contacts AS c WHERE c.personkey = s.personkey AND c.held_on BETWEEN s.admitted_on - 365 AND s.admitted_on - 3
    ) OR EXISTS (
        FROM latest AS i WHERE i.kind IN ('assessment', 'intervention') AND i.personkey = s.personkey AND (i.data ->> 'contact_id') IS NULL
            AND (i.data ->> 'on')::DATE BETWEEN s.admitted_on - 365 AND s.admitted_on - 3
    ) THEN 'MHS106a' ELSE 'MHS106b' END])
    FROM stays AS s, asked
    WHERE s.admitted_on BETWEEN asked.quarter AND asked.last AND s.source NOT IN ('49', '53', '87')
        AND (s.ward IN ('200', '201', '202') OR s.ward IN ('10', '11', '12') AND s.admitted_on < '2024-04-01'::DATE)
    UNION ALL
    SELECT r.unit, r.provider, r.unit::VARCHAR, unnest(list_filter([
        CASE WHEN r.received_on BETWEEN asked.month AND asked.last THEN 'Referrals received' END,
        CASE WHEN r.rejected_on BETWEEN asked.month AND asked.last THEN 'Referrals not accepted' END,
        CASE WHEN r.rejected_on BETWEEN asked.month AND asked.last THEN 'Referrals not accepted - ' || CASE r.reason
            WHEN '01' THEN 'duplicate' WHEN '02' THEN 'alternative service required' WHEN '03' THEN 'incomplete' ELSE 'missing / invalid'
        END END
    ], lambda x: x IS NOT NULL))
    FROM rejections AS r JOIN adults USING (unit), asked
    WHERE r.received_on <= asked.last AND NOT EXISTS (
        FROM stays AS s WHERE (s.personkey, s.provider, s.referral_id) = (r.personkey, r.provider, r.referral_id)
            AND s.admitted_on <= asked.last
            AND year(s.admitted_on - INTERVAL 3 MONTH) <= year(asked.last - INTERVAL 3 MONTH)
            AND year(s.discharged_on - INTERVAL 3 MONTH) >= year(asked.last - INTERVAL 3 MONTH)
    )
),

everywhere AS (
    SELECT unnest(['england', 'provider', 'icb', 'pcn']) AS level, unnest(['England', c.provider, a.icb, a.pcn]) AS code, c.once, c.measure
    FROM counted AS c JOIN area AS a USING (unit)
    UNION ALL
    SELECT unnest(['england', 'provider', 'icb', 'pcn', 'practice']),
        unnest(['England', e.provider, coalesce(p.icb, 'UNKNOWN'), coalesce(p.pcn, 'UNKNOWN'), e.practice]), e.personkey, m.measure
    FROM entries AS e LEFT JOIN practice AS p USING (practice),
        LATERAL (SELECT unnest(CASE WHEN e.personkey IN (FROM complete) THEN ['SMIRegister', 'PHS001', 'All6PHC', 'PHS014a'] ELSE ['SMIRegister', 'PHS001'] END)) AS m (measure)
),

footed AS (
    SELECT c.once, c.measure, a.icb FROM counted AS c JOIN area AS a USING (unit) JOIN transformed USING (pcn)
    UNION ALL
    SELECT e.personkey, m.measure, p.icb FROM entries AS e JOIN practice AS p USING (practice) JOIN transformed USING (pcn),
        LATERAL (SELECT unnest(CASE WHEN e.personkey IN (FROM complete) THEN ['SMIRegister', 'PHS001', 'All6PHC', 'PHS014a'] ELSE ['SMIRegister', 'PHS001'] END)) AS m (measure)
),

placed AS (
    FROM everywhere
    UNION ALL SELECT 'footprint', unnest(['footprint', icb]), once, measure FROM footed
),

waited AS (
    SELECT p.level, p.code, m.waited::DOUBLE AS days FROM placed AS p JOIN marked AS m ON m.unit::VARCHAR = p.once WHERE p.measure = 'MRS03'
)

SELECT level, code, measure, count(DISTINCT once)::DOUBLE AS value FROM placed GROUP BY ALL
UNION ALL
SELECT p.level, p.code, 'Referrals not accepted length', avg(r.rejected_on - r.received_on)::DOUBLE
FROM placed AS p JOIN rejections AS r ON r.unit::VARCHAR = p.once WHERE p.measure = 'Referrals not accepted' GROUP BY ALL
UNION ALL SELECT level, code, 'MRS03a', quantile_cont(days, 0.5) FROM waited GROUP BY ALL
UNION ALL SELECT level, code, 'MRS03b', quantile_cont(days, 0.9) FROM waited GROUP BY ALL
ORDER BY ALL
