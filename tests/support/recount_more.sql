-- More measures recounted in DuckDB from an export of the ledger and of what outreach said; shares no code with the service it checks.
-- Input: the views of recount_ledger.sql, the tables practices, lsoas, pcn_criteria, organisations, dedicated_pathways and told_by_outreach
-- (personkey, data), and `clocks_now`: what recount.sql says today under national-2024. Rows: level, code, measure, value.
WITH
asked AS (
    SELECT $at::DATE AS last, (date_trunc('month', $at::DATE) - INTERVAL 2 MONTH)::DATE AS quarter,
        (date_trunc('month', $at::DATE) - INTERVAL 11 MONTH)::DATE AS year,
        make_date(CASE WHEN month($at::DATE) >= 9 THEN year($at::DATE) ELSE year($at::DATE) - 1 END, 9, 1) AS season
),

practice AS (
    SELECT practice, pcn, icb FROM practices QUALIFY row_number() OVER (
        PARTITION BY practice ORDER BY $at::DATE BETWEEN coalesce(valid_from::DATE, '0001-01-01'::DATE)
            AND coalesce(valid_to::DATE, '9999-12-31'::DATE) DESC, valid_from DESC NULLS LAST
    ) = 1
),

standing AS (
    SELECT pcn, criteria_met::INTEGER AS criteria, fully_transformed, coalesce(valid_from::DATE, '0001-01-01'::DATE) AS since FROM pcn_criteria
    WHERE $at::DATE BETWEEN coalesce(valid_from::DATE, '0001-01-01'::DATE) AND coalesce(valid_to::DATE, '9999-12-31'::DATE)
),

known AS (
    SELECT personkey, provider, recorded_on, row_number() OVER (PARTITION BY personkey, provider ORDER BY recorded, received, id) AS nth,
        (data ->> 'birth_date')::DATE AS born, (data ->> 'death_date')::DATE AS died, data ->> 'practice' AS practice, data ->> 'lsoa' AS lsoa,
        coalesce(data ->> 'local_authority', '') AS district, (data ->> 'carer_identified_on')::DATE AS carer,
        (data ->> 'carer_assessment_offered_on')::DATE AS offered
    FROM evidence WHERE kind = 'person'
),

who AS (SELECT * FROM known QUALIFY row_number() OVER (PARTITION BY personkey, provider ORDER BY nth DESC) = 1),

referrals AS (
    SELECT personkey, provider, record_id AS referral_id, (data ->> 'received_on')::DATE AS received_on,
        list_transform(json_extract(data, '$.teams[*]'), lambda t: t ->> 'team_type') AS teams,
        list_distinct(list_transform(json_extract(data, '$.teams[*]'), lambda t: t ->> 'dedicated_pathway')) AS pathways
    FROM latest WHERE kind = 'referral'
),

stays AS (
    SELECT personkey, provider, record_id, data ->> 'referral_id' AS referral_id, (data ->> 'admitted_on')::DATE AS admitted_on,
        coalesce((data ->> 'discharged_on')::DATE, '9999-12-31'::DATE) AS discharged_on, (data ->> 'out_of_area') = 'true' AS away
    FROM latest WHERE kind = 'stay'
),

held AS (
    SELECT c.personkey, c.provider, c.record_id, data ->> 'referral_id' AS referral_id, (data ->> 'on')::DATE AS held_on
    FROM latest AS c WHERE c.kind = 'contact' AND (data ->> 'attendance') IN ('5', '6') AND (data ->> 'medium') IN ('01', '02', '04', '11')
),

on_referral AS (
    SELECT h.*, r.received_on, r.teams, r.pathways, EXISTS (
        FROM stays AS s, asked WHERE (s.personkey, s.provider, s.referral_id) = (h.personkey, h.provider, h.referral_id)
            AND s.admitted_on <= asked.last
            AND year(s.admitted_on - INTERVAL 3 MONTH) <= year(h.held_on - INTERVAL 3 MONTH)
            AND year(s.discharged_on - INTERVAL 3 MONTH) >= year(h.held_on - INTERVAL 3 MONTH)
    ) AS out
    FROM held AS h JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE h.held_on BETWEEN asked.year AND asked.last AND r.received_on <= asked.last
),

therapy AS (
    SELECT DISTINCT a.personkey, a.provider, a.data ->> 'referral_id' AS referral_id
    FROM latest AS a, asked
    WHERE a.kind IN ('assessment', 'intervention') AND (a.data ->> 'contact_id') IS NOT NULL
        AND trim(split_part(split_part(a.data ->> 'code', ':', 1), '|', 1)) = '718026005'
        AND NOT regexp_matches(substr(a.data ->> 'code', strpos((a.data ->> 'code') || ':', ':')), '(^|\D)443390004($|\D)')
        AND (a.data ->> 'on')::DATE BETWEEN '2019-04-01' AND asked.last
    GROUP BY ALL HAVING count(*) > 1
),

-- Referrals with a valid score of one scale on two days.
outcome AS (
    SELECT DISTINCT personkey, provider, referral_id FROM (
        SELECT personkey, provider, data ->> 'referral_id' AS referral_id, data ->> 'code' AS code, (data ->> 'on')::DATE AS on_day,
            (data ->> 'value')::DOUBLE AS score
        FROM latest, asked WHERE kind = 'score' AND (data ->> 'on')::DATE <= asked.last
    ) WHERE CASE
        WHEN code = '1091071000000100' THEN score BETWEEN 0 AND 40
        WHEN code IN ('1638531000000102', '1638541000000106', '1638551000000109') THEN score BETWEEN 0 AND 10
        WHEN code IN ('1037651000000100', '1037661000000102', '1037671000000109', '1037681000000106', '1037691000000108', '1037701000000108',
            '1037711000000105', '1037721000000104', '1037731000000102', '1037741000000106', '1037751000000109') THEN score BETWEEN 1 AND 7
    END
    GROUP BY personkey, provider, referral_id, code HAVING max(on_day) > min(on_day)
),

-- The practice of the month of each contact, for the transformation count.
then_at AS (
    SELECT h.personkey, h.provider, h.record_id, arg_max(coalesce(k.practice, ''), k.nth) FILTER (k.recorded_on <= last_day(h.held_on)) AS practice
    FROM on_referral AS h JOIN known AS k USING (personkey, provider) GROUP BY ALL
),

rolling AS (
    SELECT h.personkey, h.provider, h.referral_id, h.received_on, h.held_on,
        row_number() OVER (PARTITION BY h.personkey, h.provider, h.referral_id ORDER BY h.held_on, h.record_id) AS nth
    FROM on_referral AS h JOIN then_at AS t USING (personkey, provider, record_id) JOIN practice AS p ON p.practice = t.practice
    JOIN standing AS s ON s.pcn = p.pcn
    WHERE s.fully_transformed = 'yes' AND h.held_on >= date_trunc('month', s.since) - INTERVAL 11 MONTH
        AND (list_has_any(h.teams, ['A14', 'D05'])
             OR list_has_any(h.teams, ['A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10']) AND NOT h.out)
),

seconds AS (
    SELECT *, row_number() OVER (PARTITION BY personkey, provider, referral_id ORDER BY held_on, record_id) AS nth FROM on_referral WHERE NOT out
),

followed AS (
    SELECT personkey, data ->> 'task_id' AS task_id, arg_max(data, (data ->> 'revision')::INTEGER) AS data
    FROM told_by_outreach WHERE (data ->> 'finding') IS NOT NULL GROUP BY ALL
),

follow_up AS (
    SELECT personkey, task_id, data ->> 'provider' AS provider, data ->> 'practice' AS practice, (data ->> 'opened_on')::DATE AS opened,
        coalesce((data ->> 'closed_on')::DATE, '9999-12-31'::DATE) AS closed, data ->> 'outcome' AS outcome
    FROM followed WHERE coalesce(data ->> 'outcome', '') <> 'withdrawn'
),

attempt AS (
    SELECT DISTINCT personkey, data ->> '$.cause.id' AS attempt_id, data ->> 'provider' AS provider, data ->> 'practice' AS practice,
        (data ->> 'made_on')::DATE AS made_on, data ->> 'result' AS result
    FROM told_by_outreach WHERE (data ->> 'channel') IS NOT NULL
),

checked AS (
    SELECT personkey, data ->> 'element' AS element, (data ->> 'on')::DATE AS day FROM latest
    WHERE kind = 'health-check' AND (data ->> 'status') = 'recorded'
        AND (data ->> 'element') IN ('alcohol', 'blood glucose', 'blood pressure', 'bmi', 'blood lipids', 'smoking')
),

complete AS (
    SELECT personkey FROM checked, asked WHERE day > last - INTERVAL 1 YEAR AND day <= last GROUP BY personkey HAVING count(DISTINCT element) = 6
),

unanswered AS (
    SELECT DISTINCT personkey FROM follow_up, asked
    WHERE opened <= last AND (closed > last OR outcome <> 'done' AND last < opened + INTERVAL 1 YEAR)
),

given AS (
    SELECT DISTINCT personkey, data ->> 'kind' AS vaccine FROM latest, asked
    WHERE kind = 'vaccination' AND (data ->> 'status') = 'given' AND (data ->> 'on')::DATE BETWEEN season AND last
),

voluntary AS (SELECT DISTINCT ods FROM organisations WHERE kind = 'vcse'),

-- Contacts of people who were 18 by then, and where they lived.
grown AS (
    SELECT * FROM (
        SELECT h.personkey, h.provider, h.record_id, h.referral_id, h.held_on, arg_max(coalesce(k.born, '9999-12-31'::DATE), k.nth) AS born,
            coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= last_day(h.held_on)), '') AS district
        FROM held AS h JOIN known AS k USING (personkey, provider) GROUP BY ALL
    ) WHERE year(held_on) - year(born) - (strftime(held_on, '%m%d') < strftime(born, '%m%d'))::INTEGER >= 18
),

-- Contacts of the quarter by referral, and those on none.
made AS (
    SELECT h.personkey, h.provider, h.referral_id, any_value(r.pathways) AS pathways, min(h.held_on) AS first, count(*) AS times
    FROM grown AS h LEFT JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE h.held_on BETWEEN asked.quarter AND asked.last AND (
        h.referral_id IS NULL OR r.teams IS NOT NULL AND (
            list_has_any(r.teams, ['A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10', 'A14', 'D05'])
            OR len(list_filter(r.pathways, lambda p: p IS NOT NULL)) > 0 OR h.provider IN (FROM voluntary)
        )
    )
    GROUP BY h.personkey, h.provider, h.referral_id
),

-- whether people are counted; whose, where; the practice if it is named; the day by which area is read; the day on which only adults who
-- live in England count, if so; how many; the measures
facts AS (
    SELECT false AS people, c.personkey, c.provider, NULL AS practice, least(asked.last, last_day(coalesce(c.spell_end, asked.last))) AS by_day,
        NULL::DATE AS adult_on, 1 AS times, [
            CASE WHEN c.clock_stop - c.spell_start BETWEEN 15 AND 42 THEN 'Stops on days 15 to 42' END,
            CASE WHEN c.clock_stop - c.spell_start IN (26, 27, 28) THEN 'Stops on days 26 to 28' END,
            CASE WHEN c.clock_stop IS NULL THEN 'Closed without help' END,
            CASE WHEN c.clock_stop IS NULL AND n.gap BETWEEN 6 AND 10 THEN 'Received again in 6 to 10 days' END,
            CASE WHEN c.clock_stop IS NULL AND n.gap <= 30 THEN 'Received again in 30 days' END
        ] AS measures
    FROM clocks_now AS c, asked, LATERAL (
        SELECT min(o.spell_start - c.spell_end) AS gap FROM clocks_now AS o
        WHERE o.personkey = c.personkey AND o.provider = c.provider AND o.spell_start > c.spell_end
    ) AS n
    WHERE c.clock_stop BETWEEN asked.quarter AND asked.last OR c.clock_stop IS NULL AND c.spell_end BETWEEN asked.quarter AND asked.last
    UNION ALL
    SELECT true, s.personkey, s.provider, NULL, asked.last, NULL, 1, [
        'Support', 'Support - ' || (s.data ->> 'kind'),
        CASE WHEN coalesce(s.data ->> 'given_by', s.provider) IN (FROM voluntary) THEN 'Support - by the voluntary sector' END,
        CASE WHEN (s.data ->> 'kind') = 'employment' THEN upper((s.data ->> 'outcome')[1]) || (s.data ->> 'outcome')[2:] END
    ]
    FROM latest AS s, asked
    WHERE s.kind = 'support' AND (s.data ->> 'first_on')::DATE <= asked.last
        AND coalesce((s.data ->> 'last_on')::DATE, '9999-12-31'::DATE) >= asked.quarter
        AND NOT EXISTS (FROM who AS w WHERE (w.personkey, w.provider) = (s.personkey, s.provider) AND w.died < asked.quarter)
    UNION ALL
    SELECT true, w.personkey, w.provider, NULL, asked.last, NULL, 1,
        ['Carers identified', CASE WHEN w.offered <= asked.last THEN 'Carers offered an assessment' END]
    FROM who AS w, asked WHERE w.carer BETWEEN asked.year AND asked.last AND (w.died IS NULL OR w.died >= asked.year)
    UNION ALL
    SELECT false, s.personkey, s.provider, NULL, last_day(s.admitted_on), NULL, 1, [
        CASE WHEN s.admitted_on >= asked.quarter THEN 'Stays' END,
        CASE WHEN s.admitted_on >= asked.quarter AND s.away THEN 'Out-of-area stays' END,
        CASE WHEN s.away AND s.discharged_on > asked.last THEN 'Out-of-area stays going on' END
    ]
    FROM stays AS s, asked WHERE s.admitted_on <= asked.last
    UNION ALL
    SELECT true, e.personkey, e.provider, e.data ->> 'practice', asked.last, NULL, 1, ['On the register',
        CASE WHEN e.personkey IN (FROM complete) AND e.personkey NOT IN (FROM unanswered) THEN 'All6PHC followed through' END,
        CASE WHEN (e.personkey, 'influenza') IN (FROM given) THEN 'Influenza vaccination' END,
        CASE WHEN (e.personkey, 'covid-19') IN (FROM given) THEN 'COVID-19 vaccination' END
    ]
    FROM latest AS e, asked
    WHERE e.kind = 'register' AND (e.data ->> 'entered_on')::DATE <= asked.last
        AND coalesce((e.data ->> 'left_on')::DATE, '9999-12-31'::DATE) > asked.last
        AND coalesce((e.data ->> 'remission_on')::DATE, '9999-12-31'::DATE) > asked.last
        AND NOT EXISTS (FROM who AS w WHERE w.personkey = e.personkey AND w.died <= asked.last)
    UNION ALL
    SELECT false, f.personkey, f.provider, f.practice, asked.last, NULL, 1, [
        CASE WHEN f.opened BETWEEN asked.quarter AND asked.last THEN 'Follow-ups opened' END,
        CASE WHEN f.opened <= asked.last AND f.outcome = 'done' AND f.closed BETWEEN asked.quarter AND asked.last THEN 'Follow-ups done' END,
        CASE WHEN f.opened <= asked.last AND f.outcome IN ('declined', 'unsuitable') AND f.closed BETWEEN asked.quarter AND asked.last
            THEN 'Follow-ups declined' END,
        CASE WHEN f.opened <= asked.last AND f.closed > asked.last THEN 'Follow-ups open' END
    ]
    FROM follow_up AS f, asked
    UNION ALL
    SELECT false, f.personkey, f.provider, f.practice, asked.last, NULL, f.closed - f.opened, ['days until done'] FROM follow_up AS f, asked
    WHERE f.opened <= asked.last AND f.outcome = 'done' AND f.closed BETWEEN asked.quarter AND asked.last
    UNION ALL
    SELECT false, a.personkey, a.provider, a.practice, asked.last, NULL, 1, [
        'Outreach attempts', 'Outreach attempts - ' || CASE
            WHEN a.result = 'agreed' THEN 'agreed to attend' WHEN a.result IN ('no answer', 'call back') THEN 'no answer'
            WHEN a.result IN ('declined', 'done elsewhere') THEN a.result WHEN a.result IN ('wrong number', 'moved') THEN 'not to be reached'
            ELSE 'other' END,
        CASE WHEN EXISTS (FROM checked AS c WHERE c.personkey = a.personkey AND c.day BETWEEN a.made_on AND a.made_on + 15)
            THEN 'Outreach attempts followed' END
    ]
    FROM attempt AS a, asked WHERE a.made_on BETWEEN asked.quarter AND asked.last
    UNION ALL
    SELECT true, h.personkey, h.provider, NULL, last_day(min(h.held_on)), min(h.held_on), 1, ['People seen']
    FROM grown AS h LEFT JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE h.held_on BETWEEN asked.year AND asked.last AND (h.referral_id IS NULL OR r.teams IS NOT NULL) AND regexp_matches(h.district, '^(E|$)')
    GROUP BY h.personkey, h.provider, h.referral_id
    UNION ALL
    SELECT true, r.personkey, r.provider, NULL, last_day(r.held_on), r.received_on, 1, ['Second - PCN Rolling'] FROM rolling AS r WHERE r.nth = 2
    UNION ALL
    SELECT true, s.personkey, s.provider, NULL, last_day(s.held_on), s.received_on, 1, [
        d.pathway || ' access', CASE WHEN (s.personkey, s.provider, s.referral_id) IN (FROM therapy) THEN d.pathway || ' therapy' END,
        CASE WHEN (s.personkey, s.provider, s.referral_id) IN (FROM outcome) THEN d.pathway || ' paired outcomes' END
    ]
    FROM seconds AS s JOIN dedicated_pathways AS d ON d.provider = s.provider AND list_contains(s.pathways, d.pathway)
    WHERE s.nth = 2 AND coalesce(d.live_from::DATE, '0001-01-01'::DATE) <= s.held_on
    UNION ALL
    SELECT false, c.personkey, c.provider, NULL, asked.last, c.first, c.times,
        ['Contacts', CASE WHEN c.provider IN (FROM voluntary) THEN 'Contacts - VCSE' END]
    FROM made AS c, asked
    UNION ALL
    SELECT false, c.personkey, c.provider, NULL, asked.last, c.first, c.times, ['Contacts - ' || d.pathway]
    FROM made AS c JOIN dedicated_pathways AS d ON d.provider = c.provider AND list_contains(c.pathways, d.pathway), asked
    WHERE coalesce(d.live_from::DATE, '0001-01-01'::DATE) <= asked.last
),

units AS (SELECT *, row_number() OVER () AS unit FROM facts),

at_home AS (
    SELECT u.unit, arg_max(coalesce(k.practice, ''), k.nth) FILTER (k.recorded_on <= u.by_day) AS practice,
        arg_max(coalesce(k.lsoa, ''), k.nth) FILTER (k.recorded_on <= u.by_day) AS lsoa,
        coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= u.by_day), '') AS district, arg_max(k.born, k.nth) AS born
    FROM units AS u LEFT JOIN known AS k ON k.personkey = u.personkey AND k.provider = u.provider GROUP BY u.unit
),

placed AS (
    SELECT u.*, coalesce(p.icb, CASE WHEN list_contains(u.measures, 'On the register') THEN NULL ELSE l.icb END, 'UNKNOWN') AS icb,
        coalesce(p.pcn, 'UNKNOWN') AS pcn, coalesce(s.criteria, 0) > 0 AS footed
    FROM units AS u JOIN at_home AS h USING (unit) LEFT JOIN practice AS p ON p.practice = coalesce(u.practice, h.practice)
    LEFT JOIN lsoas AS l ON l.lsoa = h.lsoa LEFT JOIN standing AS s ON s.pcn = p.pcn
    WHERE u.adult_on IS NULL OR (h.district = '' OR h.district LIKE 'E%')
        AND year(u.adult_on) - year(h.born) - (strftime(u.adult_on, '%m%d') < strftime(h.born, '%m%d'))::INTEGER >= 18
),

levels AS (
    SELECT people, personkey, times, measures, unnest(['england', 'provider', 'icb', 'pcn']) AS level,
        unnest(['England', provider, icb, pcn]) AS code FROM placed
    UNION ALL
    SELECT people, personkey, times, measures, 'footprint', unnest(['footprint', icb]) FROM placed WHERE footed
    UNION ALL
    SELECT people, personkey, times, measures, 'practice', practice FROM placed WHERE list_contains(measures, 'On the register')
),

counted AS (SELECT *, unnest(measures) AS measure FROM levels)

SELECT level, code, 'Follow-ups done length' AS measure,
    sum(times) FILTER (measure = 'days until done')::DOUBLE / sum(times) FILTER (measure = 'Follow-ups done') AS value
FROM counted WHERE measure IN ('days until done', 'Follow-ups done') GROUP BY level, code
UNION ALL
SELECT level, code, measure, CASE WHEN any_value(people) THEN count(DISTINCT personkey) ELSE sum(times) END::DOUBLE AS value
FROM counted WHERE measure IS NOT NULL AND measure NOT IN ('On the register', 'days until done') GROUP BY level, code, measure ORDER BY ALL
