-- The clock recounted straight from the words of the clock rules (W1 to W26 and their readings), for the definitions that feed a national
-- measure: national-2024; national-2024-compat (Q1 to Q4; Q5 and Q6 show in no clock); eip-2016; and for those that stop elsewhere in the
-- national spell (first-contact, second-contact, consultation-2021).
-- Written apart from services/waits and sharing nothing with it. Parameters: $at, the London day at whose end the answer holds;
-- $definition; $compat and $eip, whether it is that definition.
-- Input views: latest and evidence (recount_ledger.sql or recount_files.sql makes them), and all text: refset_members, assessment_tools,
-- excluded_providers. Runs unchanged in the DuckDB shell.
WITH persons AS (
    SELECT personkey, provider, recorded, received, id, recorded_on, TRY_CAST(data ->> 'birth_date' AS DATE) AS born,
        regexp_matches(coalesce(data ->> 'local_authority', ''), '^\s*[^E\s]') AS outside -- blank is unknown, and in
    FROM evidence WHERE kind = 'person'
),

births AS (
    SELECT personkey, provider, arg_max(struct_pack(born := born), (recorded, received, id)).born AS born
    FROM persons GROUP BY ALL
),

referrals AS (
    SELECT personkey, provider, record_id AS referral_id, (data ->> 'received_on')::DATE AS received_on, data
    FROM latest WHERE kind = 'referral' AND (data ->> 'received_on')::DATE <= $at::DATE
),

-- Each in-scope team ends by itself (W2, W7): the first PRESENT date; one after $at is not yet an end.
teams AS (
    SELECT personkey, provider, referral_id, received_on, coalesce(
            data ->> 'discharged_on',
            CASE WHEN NOT $eip THEN coalesce(team ->> 'rejected_on', data ->> 'rejected_on', team ->> 'closed_on', data ->> 'closed_on') END,
            team ->> 'not_submitted_after', data ->> 'not_submitted_after'
        )::DATE AS ended_on
    FROM (SELECT *, unnest((data -> '$.teams[*]')) AS team FROM referrals)
    WHERE CASE WHEN $eip THEN (team ->> 'team_type') = 'A14' AND (data ->> 'reason') = '01'
        ELSE (team ->> 'team_type') IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C10', 'C03') END
),

-- The referral ends with the last of its in-scope teams; NULL is open.
ended AS (
    SELECT personkey, provider, referral_id, received_on,
        CASE WHEN bool_and(coalesce(ended_on <= $at::DATE, false)) THEN max(ended_on) END AS ended_on
    FROM teams GROUP BY ALL
),

-- Residence (W4): in each month from receipt on, the newest person version recorded by that month's end (and by $at) decides.
months AS (
    SELECT personkey, provider, referral_id, received_on,
        unnest(generate_series(date_trunc('month', received_on), $at::DATE, INTERVAL 1 MONTH))::DATE AS month
    FROM ended
),

living AS (
    SELECT m.personkey, m.provider, m.referral_id, m.month,
        coalesce(arg_max(p.outside, (p.recorded, p.received, p.id)), false) AS outside
    FROM months AS m
    LEFT JOIN persons AS p USING (personkey, provider)
    WHERE p.recorded_on IS NULL OR p.recorded_on <= least(last_day(m.month), $at::DATE)
    GROUP BY ALL
),

moved AS (
    SELECT personkey, provider, referral_id, min(month) AS moved_in FROM living WHERE outside GROUP BY ALL
),

-- In scope (W1, W4, W5, W6): what is left out here never bridges two referrals that are in.
in_scope AS (
    SELECT e.personkey, e.provider, e.referral_id, e.received_on,
        CASE WHEN $eip THEN e.ended_on ELSE least(e.ended_on, m.moved_in - 1) END AS ended_on
    FROM ended AS e
    LEFT JOIN births AS b USING (personkey, provider)
    LEFT JOIN moved AS m USING (personkey, provider, referral_id)
    WHERE ($eip OR coalesce(year(e.received_on) - year(b.born)
        - (strftime(e.received_on, '%m%d') < strftime(b.born, '%m%d'))::INTEGER >= 18, false))
        AND ($eip OR m.moved_in IS NULL OR m.moved_in > e.received_on)
        AND NOT EXISTS (
            SELECT 1 FROM excluded_providers AS x
            WHERE x.provider = e.provider AND e.received_on BETWEEN coalesce(x.active_from::DATE, '0001-01-01'::DATE)
                AND coalesce(x.active_to::DATE, '9999-12-31'::DATE)
        )
        AND ($eip OR NOT EXISTS (
            SELECT 1 FROM latest AS s
            WHERE s.kind = 'stay' AND s.personkey = e.personkey AND s.provider = e.provider
                AND (s.data ->> 'referral_id') = e.referral_id AND (s.data ->> 'admitted_on')::DATE <= $at::DATE
        ))
),

-- Spells (W8): gaps and islands; the end for merging is the furthest end so far, open being for ever.
marked AS (
    SELECT *, $eip OR received_on > 5 + max(coalesce(ended_on, '9999-01-01'::DATE)) OVER (
            PARTITION BY personkey, provider ORDER BY received_on, referral_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS starts
    FROM in_scope
),

numbered AS (
    SELECT *, count(*) FILTER (starts) OVER (PARTITION BY personkey, provider ORDER BY received_on, referral_id) AS island FROM marked
),

spells AS (
    SELECT personkey, provider, island, min(received_on) AS spell_start,
        CASE WHEN bool_and(ended_on IS NOT NULL) THEN max(ended_on) END AS spell_end,
        coalesce(spell_end, $at::DATE) AS until,
        list(referral_id ORDER BY received_on, referral_id) AS referral_list
    FROM numbered GROUP BY personkey, provider, island
    HAVING min(received_on) >= '2016-01-01'::DATE -- W26
),

contacts AS (
    SELECT personkey, provider, record_id AS contact_id, data ->> 'referral_id' AS referral_id, (data ->> 'on')::DATE AS held_on,
        coalesce((data ->> 'attendance') IN ('5', '6'), false) AS attended, data ->> 'medium' AS medium,
        data ->> 'team_type' AS team_type
    FROM latest WHERE kind = 'contact'
),

-- Q4: for "second contact" the published code counts a contact once for each in-scope team of its referral.
times AS (
    SELECT personkey, provider, referral_id, CASE WHEN $compat THEN count(*) ELSE 1 END AS times FROM teams GROUP BY ALL
),

-- First and second direct contact (W10, W11, W22).
direct AS (
    SELECT s.personkey, s.provider, s.island, list(c.held_on ORDER BY c.held_on) AS days
    FROM spells AS s
    JOIN contacts AS c ON c.personkey = s.personkey AND c.provider = s.provider AND list_contains(s.referral_list, c.referral_id)
        AND c.held_on BETWEEN s.spell_start AND CASE WHEN $eip THEN $at::DATE ELSE s.until END
    JOIN times AS n ON n.personkey = c.personkey AND n.provider = c.provider AND n.referral_id = c.referral_id
    JOIN generate_series(1, 9) AS g (nth) ON g.nth <= n.times
    WHERE c.attended AND c.medium IN ('01', '02', '04', '11') AND (NOT $eip OR coalesce(c.team_type, 'A14') = 'A14')
    GROUP BY ALL
),

-- Activities and scores, each on an in-scope referral; one that names a contact needs that contact attended, by any medium.
coded AS (
    SELECT r.kind, s.personkey, s.provider, s.island, (r.data ->> 'on')::DATE AS done_on,
        trim(regexp_extract(r.data ->> 'code', '^[^:|]*')) AS concept,
        regexp_extract(r.data ->> 'code', '^[^:|]*(?:\|[^|]*\|)?\s*:(.*)$', 1) AS refinement
    FROM spells AS s
    JOIN latest AS r ON r.personkey = s.personkey AND r.provider = s.provider
        AND list_contains(s.referral_list, r.data ->> 'referral_id') AND (r.data ->> 'on')::DATE BETWEEN s.spell_start AND s.until
    LEFT JOIN contacts AS c ON c.personkey = r.personkey AND c.provider = r.provider AND c.contact_id = (r.data ->> 'contact_id')
    WHERE r.kind IN ('assessment', 'intervention', 'score') 
        AND ((r.data ->> 'contact_id') IS NULL OR c.attended OR $compat AND c.contact_id IS NOT NULL) -- Q2
),

-- Assessment and intervention (W13, W14): membership on the activity's date; refused and the three exclusions never count.
activities AS (
    SELECT a.personkey, a.provider, a.island,
        min(a.done_on) FILTER (m.refset_id = '1853441000000109') AS assessment,
        min(a.done_on) FILTER (m.refset_id <> '1853441000000109') AS intervention
    FROM coded AS a
    JOIN refset_members AS m ON m.concept_id = a.concept
        AND m.refset_id IN ('1853441000000109', '1853461000000105', '1853481000000101', '1853451000000107')
        AND a.done_on BETWEEN coalesce(m.active_from::DATE, '0001-01-01'::DATE) AND coalesce(m.active_to::DATE, '9999-12-31'::DATE)
    WHERE a.kind <> 'score' AND ($compat OR NOT regexp_matches(a.refinement, '(^|\D)443390004(\D|$)')) -- Q3
        AND a.concept NOT IN ('11429006', '975131000000104', '2386021000000108')
    GROUP BY ALL
),

-- Baseline outcome (W15): any listed tool but Current View.
outcomes AS (
    SELECT a.personkey, a.provider, a.island, min(a.done_on) AS baseline_outcome
    FROM coded AS a
    JOIN assessment_tools AS t ON t.code = a.concept AND t.tool <> 'Current View'
        AND a.done_on BETWEEN coalesce(t.active_from::DATE, '0001-01-01'::DATE) AND coalesce(t.active_to::DATE, '9999-12-31'::DATE)
    WHERE a.kind = 'score'
    GROUP BY ALL
),

-- Care plan (W12): any agreed version of a plan of the person created or updated inside the spell.
plans AS (
    SELECT personkey, provider, (data ->> 'created_on')::DATE AS created, (data ->> 'updated_on')::DATE AS updated
    FROM evidence
    WHERE kind = 'care-plan' AND coalesce(data ->> 'agreed_by', '[]') NOT IN ('[]', '')
        AND coalesce((data ->> 'agreed_on')::DATE, $at::DATE) <= $at::DATE
        AND (NOT $compat OR (data ->> 'updated_on') IS NOT NULL) -- Q1
),

planned AS (
    SELECT s.personkey, s.provider, s.island, min(
            CASE WHEN p.created >= s.spell_start AND (p.updated IS NULL OR p.created <= p.updated) THEN p.created ELSE p.updated END
        ) AS care_plan
    FROM spells AS s
    JOIN plans AS p USING (personkey, provider)
    WHERE p.created BETWEEN s.spell_start AND s.until OR p.updated BETWEEN s.spell_start AND s.until
    GROUP BY ALL
),

-- Early intervention: the person's first care coordinator of an A14 team, at any provider, from receipt to discharge.
coordinated AS (
    SELECT s.personkey, s.provider, s.island, min((k.data ->> 'from')::DATE) AS coordinator
    FROM spells AS s
    JOIN latest AS k ON k.kind = 'assignment' AND k.personkey = s.personkey
        AND (k.data ->> 'role') = 'care coordinator' AND (k.data ->> 'team_type') = 'A14'
        AND (k.data ->> 'from')::DATE BETWEEN s.spell_start AND s.until
    GROUP BY ALL
),

components AS (
    SELECT s.personkey, s.provider, array_to_string(s.referral_list, ';') AS referral_ids, s.spell_start, s.spell_end,
        s.spell_end IS NULL AS open, d.days[1] AS first_contact, d.days[2] AS second_contact, o.baseline_outcome, a.assessment,
        least(p.care_plan, a.intervention) AS care_plan_or_intervention,
        k.coordinator,
        -- W16; without a first contact there is no waiver
        coalesce(s.spell_start < '2024-04-01'::DATE AND d.days[1] < '2024-04-01'::DATE, false) AS waived
    FROM spells AS s
    LEFT JOIN direct AS d USING (personkey, provider, island)
    LEFT JOIN outcomes AS o USING (personkey, provider, island)
    LEFT JOIN activities AS a USING (personkey, provider, island)
    LEFT JOIN planned AS p USING (personkey, provider, island)
    LEFT JOIN coordinated AS k USING (personkey, provider, island)
),

-- The full stop: the LATEST of the four first dates, all of them there.
stopped AS (
    SELECT *, CASE
            WHEN $eip THEN CASE WHEN first_contact IS NOT NULL AND coordinator IS NOT NULL THEN greatest(first_contact, coordinator) END
            WHEN $definition = 'first-contact' THEN first_contact
            WHEN $definition = 'second-contact' THEN second_contact
            WHEN $definition = 'consultation-2021' THEN care_plan_or_intervention
            WHEN first_contact IS NULL OR baseline_outcome IS NULL OR care_plan_or_intervention IS NULL THEN NULL
            WHEN waived THEN greatest(first_contact, baseline_outcome, care_plan_or_intervention)
            WHEN assessment IS NOT NULL THEN greatest(first_contact, baseline_outcome, care_plan_or_intervention, assessment)
        END AS clock_stop
    FROM components
)

SELECT provider, referral_ids, spell_start, spell_end, open, first_contact, second_contact, baseline_outcome, assessment,
    care_plan_or_intervention, clock_stop,
    clock_stop - spell_start AS wait_days, -- W17
    CASE WHEN open AND clock_stop IS NULL THEN $at::DATE - spell_start END AS waited_days, -- W20
    clock_stop - spell_start <= CASE WHEN $eip THEN 14 ELSE 28 END AS within_target -- W18
FROM stopped
ORDER BY provider, spell_start, referral_ids
