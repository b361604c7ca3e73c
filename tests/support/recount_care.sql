-- The measures of care recounted in DuckDB from an export of the ledger; shares no code with the service it checks.
-- Input: the views of recount_ledger.sql, the tables practices, lsoas, pcn_criteria and refset_members, and `clock`: what recount.sql says
-- at $at under national-2024 (or its compatible form, $compat). Rows: level, code, team, kind of group, value, measure, amount. Runs unchanged in the
-- DuckDB shell.
WITH
asked AS (
    SELECT $at::DATE AS last, date_trunc('month', $at::DATE)::DATE AS month,
        (date_trunc('month', $at::DATE) - INTERVAL 2 MONTH)::DATE AS quarter, (date_trunc('month', $at::DATE) - INTERVAL 11 MONTH)::DATE AS year,
        make_date(year($at::DATE - INTERVAL 3 MONTH)::INTEGER, 4, 1) AS april
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

known AS (
    SELECT personkey, provider, recorded_on, row_number() OVER (PARTITION BY personkey, provider ORDER BY recorded, received, id) AS nth,
        (data ->> 'birth_date')::DATE AS born, coalesce(data ->> 'ethnicity', '') AS ethnicity, coalesce(data ->> 'practice', '') AS practice,
        coalesce(data ->> 'lsoa', '') AS lsoa, coalesce(data ->> 'local_authority', '') AS district
    FROM evidence WHERE kind = 'person'
),

referrals AS (
    SELECT *, list_transform(teams, lambda t: t ->> 'team_type') AS types FROM (SELECT personkey, provider, record_id AS referral_id, data ->> 'reason' AS reason, (data ->> 'received_on')::DATE AS received_on,
        data ->> 'received_at' AS received_at, (data ->> 'discharged_on')::DATE AS discharged_on,
        (data ->> 'not_submitted_after')::DATE AS filed_to, (data ->> 'rejected_on')::DATE AS rejected_on, data -> '$.teams[*]' AS teams
    FROM latest WHERE kind = 'referral')
),

teams AS (
    SELECT personkey, provider, referral_id, t ->> 'team_type' AS team, coalesce((t ->> 'rejected_on')::DATE, rejected_on) AS rejected_on,
        least(coalesce((t ->> 'not_submitted_after')::DATE, '9999-12-31'::DATE), coalesce(filed_to, '9999-12-31'::DATE)) AS filed_to
    FROM (SELECT *, unnest(teams) AS t FROM referrals)
),

stays AS (
    SELECT personkey, provider, data ->> 'referral_id' AS referral_id, (data ->> 'admitted_on')::DATE AS admitted_on,
        coalesce((data ->> 'discharged_on')::DATE, '9999-12-31'::DATE) AS discharged_on
    FROM latest WHERE kind = 'stay'
),

contacts AS (
    SELECT personkey, provider, record_id AS contact_id, data ->> 'referral_id' AS referral_id, (data ->> 'on')::DATE AS held_on,
        data ->> 'at' AS held_at, coalesce(data ->> 'attendance', '') AS attendance, coalesce(data ->> 'medium', '') AS medium,
        (data ->> 'attendance') IN ('5', '6') AND (data ->> 'medium') IN ('01', '02', '04', '11') IS TRUE AS direct
    FROM latest WHERE kind = 'contact'
),

-- Coded activities: the concept, and whether the refinement says that it was refused.
acts AS (
    SELECT personkey, provider, data ->> 'referral_id' AS referral_id, data ->> 'contact_id' AS contact_id, (data ->> 'on')::DATE AS done_on,
        trim(split_part(split_part(data ->> 'code', ':', 1), '|', 1)) AS concept,
        contains(data ->> 'code', ':') AND list_contains(
            regexp_split_to_array(substr(data ->> 'code', strpos(data ->> 'code', ':') + 1), '[^0-9]+'), '443390004') AS refused
    FROM latest WHERE kind IN ('assessment', 'intervention')
),

direct AS (
    SELECT *, row_number() OVER (PARTITION BY personkey, provider, referral_id ORDER BY held_on, contact_id) AS nth FROM contacts WHERE direct
),

-- Paired outcomes: referral and team.
base AS (
    SELECT DISTINCT r.*, t.team, coalesce(r.discharged_on > asked.last, true) AS open
    FROM referrals AS r JOIN teams AS t USING (personkey, provider, referral_id), asked
    WHERE t.team IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A14', 'A16') AND r.received_on BETWEEN '2019-04-01'::DATE AND asked.last
        AND coalesce(t.rejected_on > asked.last, true) AND coalesce(r.reason, '') <> '08'
        AND (SELECT count(*) FROM direct AS d WHERE (d.personkey, d.provider, d.referral_id) = (r.personkey, r.provider, r.referral_id)
            AND d.held_on <= asked.last) >= 2
        AND NOT EXISTS (FROM stays AS s WHERE (s.personkey, s.provider, s.referral_id) = (r.personkey, r.provider, r.referral_id)
            AND s.admitted_on <= asked.last)
        AND (r.discharged_on BETWEEN asked.month AND asked.last
            OR coalesce(r.discharged_on > asked.last, true) AND t.filed_to >= asked.last AND r.received_on + 180 <= asked.last)
),

scored AS (
    SELECT s.personkey, s.provider, s.data ->> 'referral_id' AS referral_id, v.tool, v.scale, v.change, v.cut, (s.data ->> 'on')::DATE AS on_day,
        (s.data ->> 'value')::DOUBLE AS score,
        row_number() OVER (PARTITION BY personkey, provider, s.data ->> 'referral_id', v.scale ORDER BY (s.data ->> 'on')::DATE, s.record_id) AS nth
    FROM latest AS s JOIN (VALUES
        ('1037651000000100', 'DIALOG', 'DIALOG 1', 1, 7, 1, NULL), ('1037661000000102', 'DIALOG', 'DIALOG 2', 1, 7, 1, NULL),
        ('1037671000000109', 'DIALOG', 'DIALOG 3', 1, 7, 1, NULL), ('1037681000000106', 'DIALOG', 'DIALOG 4', 1, 7, 1, NULL),
        ('1037691000000108', 'DIALOG', 'DIALOG 5', 1, 7, 1, NULL), ('1037701000000108', 'DIALOG', 'DIALOG 6', 1, 7, 1, NULL),
        ('1037711000000105', 'DIALOG', 'DIALOG 7', 1, 7, 1, NULL), ('1037721000000104', 'DIALOG', 'DIALOG 8', 1, 7, 1, NULL),
        ('1037731000000102', 'DIALOG', 'DIALOG 9', 1, 7, NULL, NULL), ('1037741000000106', 'DIALOG', 'DIALOG 10', 1, 7, NULL, NULL),
        ('1037751000000109', 'DIALOG', 'DIALOG 11', 1, 7, NULL, NULL), ('1091071000000100', 'ReQoL-10', 'ReQoL-10 score', 0, 40, 5, 25),
        ('1638531000000102', 'GBO', 'GBO goal 1', 0, 10, 3, NULL), ('1638541000000106', 'GBO', 'GBO goal 2', 0, 10, 3, NULL),
        ('1638551000000109', 'GBO', 'GBO goal 3', 0, 10, 3, NULL)
    ) AS v (code, tool, scale, lowest, highest, change, cut) ON v.code = s.data ->> 'code', asked
    WHERE s.kind = 'score' AND (s.data ->> 'value')::DOUBLE BETWEEN v.lowest AND v.highest AND (s.data ->> 'on')::DATE <= asked.last
),

pairs AS (
    SELECT personkey, provider, referral_id, tool, scale, any_value(change) AS change, any_value(cut) AS cut, arg_min(score, nth) AS first,
        CASE WHEN max(on_day) > min(on_day) THEN arg_max(score, nth) END AS latest
    FROM scored GROUP BY ALL
),

outcomes AS (
    SELECT b.personkey, b.provider, b.referral_id, b.team, b.received_on, CASE WHEN b.open THEN 'Open' ELSE 'Closed' END AS state,
        list(p.tool) FILTER (p.tool IS NOT NULL) AS first_of, list(p.tool) FILTER (p.latest IS NOT NULL) AS paired_of
    FROM base AS b LEFT JOIN pairs AS p USING (personkey, provider, referral_id) GROUP BY ALL
),

-- Access: the second direct contact of the 12 months, outside financial years with a stay, and
-- of months in which somebody lived in England, or nobody knows where.
at_home AS (
    SELECT c.personkey, c.provider, c.contact_id FROM contacts AS c LEFT JOIN known AS k USING (personkey, provider)
    GROUP BY c.personkey, c.provider, c.contact_id, c.held_on
    HAVING regexp_matches(coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= last_day(c.held_on)), ''), '^(E|$)')
),

held AS (
    SELECT d.personkey, d.provider, d.referral_id, d.held_on, r.received_on, r.types,
        len(list_filter(r.types, lambda t: t IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10', 'A14', 'D05'))) AS teams,
        row_number() OVER (PARTITION BY d.personkey, d.provider, d.referral_id ORDER BY d.held_on, d.contact_id) AS nth,
        count(*) OVER (PARTITION BY d.personkey, d.provider, d.referral_id) AS met,
        len(list_filter(r.types, lambda t: t IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10'))) AS dashboard
    FROM direct AS d JOIN at_home USING (personkey, provider, contact_id) JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE d.held_on BETWEEN asked.year AND asked.last AND r.received_on <= asked.last AND NOT EXISTS (
        FROM stays AS s WHERE (s.personkey, s.provider, s.referral_id) = (d.personkey, d.provider, d.referral_id) AND s.admitted_on <= asked.last
            AND year(s.admitted_on - INTERVAL 3 MONTH) <= year(d.held_on - INTERVAL 3 MONTH)
            AND year(s.discharged_on - INTERVAL 3 MONTH) >= year(d.held_on - INTERVAL 3 MONTH)
    )
),

accessed AS (
    FROM held WHERE nth = CASE WHEN $compat AND teams > 1 THEN 1 ELSE 2 END
        AND dashboard > 0 AND met >= CASE WHEN $compat AND dashboard > 1 THEN 1 ELSE 2 END
),

therapies AS (
    SELECT h.personkey, h.provider, h.received_on, h.held_on, a.concept
    FROM accessed AS h JOIN acts AS a USING (personkey, provider, referral_id), asked
    WHERE a.contact_id IS NOT NULL AND NOT a.refused AND a.concept IN (
            '1106951000000105', '1108261000000102', '1111671000000100', '1111681000000103', '1111691000000101', '1111811000000109',
            '1323451000000106', '1323471000000102', '1323681000000103', '1362001000000104', '1365951000000107', '149451000000104',
            '149521000000105', '149591000000108', '1771581000000100', '1833221000000102', '390773006', '405780009',
            '449030000', '718026005', '748051000000105', '985451000000105')
        AND a.done_on BETWEEN '2019-04-01'::DATE AND asked.last
    GROUP BY ALL HAVING count(*) > 1
),

-- Second contacts over the whole life of a referral.
seconds AS (
    SELECT r.*, d.held_on AS second_on, least(asked.last, last_day(least(coalesce(r.discharged_on, '9999-12-01'::DATE),
        coalesce(r.filed_to, '9999-12-01'::DATE)))) AS newest,
        coalesce(r.discharged_on > asked.last, true) AND coalesce(r.filed_to >= asked.last, true) AND coalesce(d.held_on > asked.last, true) AS waits,
        coalesce(d.held_on BETWEEN asked.quarter AND asked.last, false) AS had
    FROM (SELECT *, len(list_filter(types, lambda t: t IN (
            'A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10', 'A14', 'D05'))) AS scoped FROM referrals) AS r
    LEFT JOIN direct AS d ON (d.personkey, d.provider, d.referral_id) = (r.personkey, r.provider, r.referral_id)
        AND d.nth = CASE WHEN $compat AND r.scoped > 1 THEN 1 ELSE 2 END, asked
    WHERE r.scoped > 0 AND r.received_on BETWEEN '2019-04-01'::DATE AND asked.last
        AND least(coalesce(r.discharged_on, '9999-12-01'::DATE), coalesce(r.filed_to, '9999-12-01'::DATE)) >= asked.year
),

second_units AS (
    SELECT * FROM seconds AS r, asked WHERE (had OR waits) AND NOT EXISTS (
        FROM stays AS s WHERE (s.personkey, s.provider, s.referral_id) = (r.personkey, r.provider, r.referral_id) AND s.admitted_on <= asked.last
            AND year(s.admitted_on - INTERVAL 3 MONTH) <= year(r.newest - INTERVAL 3 MONTH)
            AND year(s.discharged_on - INTERVAL 3 MONTH) >= year(r.newest - INTERVAL 3 MONTH)
    )
),

caseload AS (
    SELECT r.* FROM referrals AS r, asked
    WHERE r.received_on <= asked.last AND coalesce(r.discharged_on > asked.last, true)
        AND EXISTS (FROM teams AS t WHERE (t.personkey, t.provider, t.referral_id) = (r.personkey, r.provider, r.referral_id) AND t.team = 'A14'
            AND coalesce(t.rejected_on > asked.last, true) AND t.filed_to >= asked.last)
        AND (EXISTS (FROM contacts AS c WHERE (c.personkey, c.provider, c.referral_id) = (r.personkey, r.provider, r.referral_id)
                AND c.attendance IN ('5', '6') AND c.held_on <= asked.last)
            OR EXISTS (FROM acts AS a WHERE (a.personkey, a.provider, a.referral_id) = (r.personkey, r.provider, r.referral_id)
                AND a.contact_id IS NULL AND a.done_on <= asked.last))
),

-- Contacts of individual placement and support; `refused`: only a refused activity makes it one.
ips_contacts AS (
    SELECT r.personkey, r.provider, r.referral_id, r.received_on, c.held_on, NOT list_contains(r.types, 'D05') AND bool_and(coalesce(a.refused, true)) AS refused
    FROM referrals AS r JOIN contacts AS c USING (personkey, provider, referral_id) JOIN at_home USING (personkey, provider, contact_id)
    LEFT JOIN acts AS a ON (a.personkey, a.provider, a.referral_id, a.contact_id) = (c.personkey, c.provider, c.referral_id, c.contact_id)
        AND a.concept IN ('1082621000000104', '772822000'), asked
    WHERE c.held_on BETWEEN asked.year AND asked.last AND c.attendance IN ('5', '6') AND r.received_on BETWEEN '2016-01-01'::DATE AND asked.last
        AND (c.medium IN ('01', '02', '04', '11') OR c.medium IN ('05', '09', '10', '13') AND r.provider IN ('DFC', 'S9X2N'))
        AND (list_contains(r.types, 'D05') OR a.concept IS NOT NULL)
    GROUP BY r.personkey, r.provider, r.referral_id, r.received_on, r.types, c.contact_id, c.held_on
),

placed_people AS (
    SELECT personkey, provider, referral_id, received_on, min(held_on) FILTER (held_on >= asked.april) AS held_on,
        min(held_on) FILTER (NOT refused) AS in_year
    FROM ips_contacts, asked GROUP BY personkey, provider, referral_id, received_on
),

-- 96 hours: 345,600 seconds as they pass in London, or four days.
hurried AS (
    SELECT r.personkey, r.provider, r.referral_id, r.received_on, list(DISTINCT CASE t.team WHEN 'C03' THEN 'C10' ELSE t.team END) AS teams,
        EXISTS (FROM direct AS c WHERE (c.personkey, c.provider, c.referral_id) = (r.personkey, r.provider, r.referral_id) AND CASE
            WHEN c.held_at IS NULL OR r.received_at IS NULL THEN c.held_on BETWEEN r.received_on AND r.received_on + 4
            ELSE epoch(timezone('Europe/London', c.held_on + c.held_at::TIME)) - epoch(timezone('Europe/London', r.received_on + r.received_at::TIME))
                BETWEEN 0 AND 345600 END) AS early
    FROM referrals AS r JOIN teams AS t USING (personkey, provider, referral_id), asked
    WHERE t.team IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10') AND coalesce(t.rejected_on > asked.last, true)
        AND r.received_on + 4 BETWEEN asked.month AND asked.last
    GROUP BY ALL
),

met AS (
    SELECT c.*, r.received_on, list_distinct(list_transform(
        list_filter(r.types, lambda t: t IN ('A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10')), lambda t: replace(t, 'C03', 'C10'))) AS teams
    FROM contacts AS c JOIN referrals AS r USING (personkey, provider, referral_id), asked
    WHERE c.attendance IN ('3', '5', '6', '7') AND c.held_on BETWEEN asked.month AND asked.last
),

plans AS (
    SELECT personkey, provider, record_id, coalesce((data ->> 'updated_on')::DATE, (data ->> 'created_on')::DATE, recorded_on) AS told,
        contains(data ->> 'agreed_by', 'person') IS TRUE AND coalesce((data ->> 'agreed_on')::DATE <= asked.last, true) AS agreed,
        coalesce((data ->> 'coproduced')::BOOLEAN, false) AS coproduced, coalesce((data ->> 'review_due_on')::DATE < asked.last, false) AS overdue
    FROM evidence, asked
    WHERE kind = 'care-plan' AND coalesce((data ->> 'updated_on')::DATE, (data ->> 'created_on')::DATE, recorded_on) <= asked.last
    QUALIFY row_number() OVER (PARTITION BY personkey, provider, record_id ORDER BY told DESC, recorded DESC, received DESC, id DESC) = 1
),

planned AS (
    SELECT personkey, provider, bool_or(agreed) AS agreed, bool_or(coproduced) AS coproduced, bool_or(agreed AND coproduced) AS jointly,
        bool_or(overdue) AS overdue
    FROM plans GROUP BY ALL
),

spells AS (
    SELECT c.personkey, c.provider, c.referral_ids, c.spell_start, c.spell_end, (
        SELECT count(DISTINCT a.done_on)
        FROM acts AS a JOIN referrals AS r USING (personkey, provider, referral_id) JOIN refset_members AS m ON m.concept_id = a.concept, asked
        WHERE (a.personkey, a.provider) = (c.personkey, c.provider) AND NOT a.refused AND a.done_on BETWEEN c.spell_start AND asked.last
            AND list_has_any(r.types, ['A05', 'A06', 'A08', 'A09', 'A12', 'A13', 'A16', 'C03', 'C10'])
            AND m.refset_id = '1853441000000109' AND m.concept_id NOT IN ('11429006', '975131000000104', '2386021000000108')
            AND a.done_on BETWEEN coalesce(nullif(m.active_from, '')::DATE, '0001-01-01'::DATE)
                AND coalesce(nullif(m.active_to, '')::DATE, '9999-12-31'::DATE)
    ) AS days
    FROM clock AS c, asked WHERE c.spell_end IS NULL OR c.spell_end >= asked.last - 5
),

kept AS (
    SELECT s.*, p.personkey IS NOT NULL AS planned, p.agreed, p.coproduced, p.jointly, p.overdue, EXISTS (
        FROM latest AS k WHERE k.kind = 'assignment' AND (k.personkey, k.provider) = (s.personkey, s.provider)
            AND (k.data ->> 'from')::DATE <= asked.last AND coalesce((k.data ->> 'to')::DATE >= asked.last - 5, true)
    ) AS worker
    FROM spells AS s LEFT JOIN planned AS p USING (personkey, provider), asked
),

-- Everything counted: whose it is, the days by which practice and home are read, whether only adults of England count, who is counted once.
counted AS (
    SELECT personkey, provider, last AS practice_by, last AS home_by, true AS adult, true AS resident, received_on AS begun, [team] AS teams,
        concat(provider, referral_id, team) AS once, unnest(list_filter([
            CASE state WHEN 'Open' THEN 'OpenReferrals2PlusContacts6Months' ELSE 'ClosedReferrals2PlusContacts' END,
            CASE WHEN len(first_of) > 0 THEN state || 'BaselinePROM' END, CASE WHEN len(paired_of) > 0 THEN state || 'PairedPROM' END,
            CASE WHEN list_contains(first_of, 'DIALOG') THEN state || 'BaselinePROM DIALOG' END,
            CASE WHEN list_contains(first_of, 'ReQoL-10') THEN state || 'BaselinePROM ReQoL-10' END,
            CASE WHEN list_contains(first_of, 'GBO') THEN state || 'BaselinePROM GBO' END,
            CASE WHEN list_contains(paired_of, 'DIALOG') THEN state || 'PairedPROM DIALOG' END,
            CASE WHEN list_contains(paired_of, 'ReQoL-10') THEN state || 'PairedPROM ReQoL-10' END,
            CASE WHEN list_contains(paired_of, 'GBO') THEN state || 'PairedPROM GBO' END
        ], lambda x: x IS NOT NULL)) AS measure
    FROM outcomes, asked
    UNION ALL
    SELECT b.personkey, b.provider, last, last, true, true, b.received_on, [b.team], concat(b.provider, b.referral_id, b.team),
        CASE WHEN b.open THEN 'Open' ELSE 'Closed' END || unnest(list_filter([
            'BaselinePROM', CASE WHEN p.latest IS NOT NULL THEN 'PairedPROM' END,
            CASE WHEN p.latest - p.first >= p.change THEN 'PairedPROMImprovement' END,
            CASE WHEN p.latest - p.first <= -p.change THEN 'PairedPROMDeterioration' END,
            CASE WHEN p.latest - p.first > -p.change AND p.latest - p.first < p.change THEN 'PairedPROMNoChange' END,
            CASE WHEN p.latest IS NOT NULL AND p.first < p.cut THEN 'PairedPROMAboveClinicalCutOff' END,
            CASE WHEN p.first < p.cut AND p.latest >= p.cut AND p.latest - p.first >= p.change THEN 'PairedPROMAboveClinicalCutOffReliableRecovery' END
        ], lambda x: x IS NOT NULL)) || ' ' || p.scale
    FROM base AS b JOIN pairs AS p USING (personkey, provider, referral_id), asked
    UNION ALL
    SELECT personkey, provider, last_day(held_on), last_day(held_on), true, true, received_on, [], personkey, 'Psych therapy access ' || concept
    FROM therapies
    UNION ALL
    SELECT personkey, provider, newest, newest, true, true, received_on, [], concat(personkey, provider, referral_id),
        unnest(list_filter([CASE WHEN had THEN 'MHS124' END, CASE WHEN waits THEN 'MHS127' END], lambda x: x IS NOT NULL))
    FROM second_units
    UNION ALL
    SELECT personkey, provider, last, last, false, true, received_on, [], concat(personkey, provider, referral_id), 'EIP68' FROM caseload, asked
    UNION ALL
    SELECT personkey, provider, last_day(held_on), last_day(held_on), false, true, received_on, [], concat(personkey, provider, referral_id),
        'IPS in the financial year'
    FROM placed_people WHERE held_on IS NOT NULL
    UNION ALL
    SELECT personkey, provider, last_day(in_year), last_day(in_year), false, true, received_on, [], concat(personkey, provider, referral_id), 'MHS116'
    FROM placed_people WHERE in_year IS NOT NULL
    UNION ALL
    SELECT personkey, provider, last_day(held_on), last_day(held_on), true, true, received_on, [], personkey, 'CMH access' FROM accessed
    UNION ALL
    SELECT personkey, provider, last_day(held_on), last_day(held_on), true, true, received_on, [], personkey, 'Psych therapy access' FROM therapies
    UNION ALL
    SELECT personkey, provider, last, last, true, true, received_on, teams, personkey,
        unnest(CASE WHEN early THEN ['People referred', 'Contacted within 96 hours'] ELSE ['People referred'] END)
    FROM hurried, asked
    UNION ALL
    SELECT personkey, provider, last, last, true, true, received_on, teams, concat(personkey, provider, contact_id), unnest(list_filter([
        'Contacts due', CASE WHEN attendance IN ('3', '7') THEN 'Contacts missed' ELSE 'Contacts attended' END,
        CASE WHEN attendance IN ('5', '6') THEN CASE medium WHEN '01' THEN 'Face to face' WHEN '02' THEN 'Telephone' WHEN '11' THEN 'Video' END END
    ], lambda x: x IS NOT NULL))
    FROM met, asked WHERE len(teams) > 0
    UNION ALL
    SELECT personkey, provider, least(last, last_day(coalesce(spell_end, last))), last, false, false, spell_start, [],
        concat(personkey, provider, referral_ids), unnest(list_filter([
            'Open spells', CASE WHEN NOT worker THEN 'Without a key worker' END, CASE WHEN planned THEN 'With a plan' END,
            CASE WHEN agreed THEN 'Plan agreed with the person' END, CASE WHEN coproduced THEN 'Plan co-produced' END,
            CASE WHEN jointly THEN 'Plan co-produced and agreed' END, CASE WHEN overdue THEN 'Plan review overdue' END,
            CASE WHEN days > 0 THEN 'Assessed' END, CASE WHEN days > 1 THEN 'Assessed again' END
        ], lambda x: x IS NOT NULL))
    FROM kept, asked
),

numbered AS (SELECT *, row_number() OVER () AS unit FROM counted),

living AS (
    SELECT n.unit, arg_max(k.practice, k.nth) FILTER (k.recorded_on <= n.practice_by) AS practice,
        arg_max(k.lsoa, k.nth) FILTER (k.recorded_on <= n.home_by) AS lsoa,
        coalesce(arg_max(k.district, k.nth) FILTER (k.recorded_on <= n.home_by), '') AS district, arg_max(k.born, k.nth) AS born_known,
        arg_max(coalesce(k.born, '0001-01-01'::DATE), k.nth) AS born, coalesce(nullif(arg_max(k.ethnicity, k.nth), ''), 'UNKNOWN') AS ethnicity
    FROM numbered AS n LEFT JOIN known AS k USING (personkey, provider) GROUP BY n.unit
),

aged AS (
    SELECT n.*, v.district, v.ethnicity, v.practice, v.lsoa, CASE WHEN v.born > '0001-01-01'::DATE
        THEN year(n.begun) - year(v.born) - (strftime(n.begun, '%m%d') < strftime(v.born, '%m%d'))::INTEGER END AS years
    FROM numbered AS n JOIN living AS v USING (unit)
),

unit AS (
    SELECT a.*, coalesce(p.icb, l.icb, 'UNKNOWN') AS icb, coalesce(p.pcn, 'UNKNOWN') AS pcn, p.pcn IN (SELECT pcn FROM transformed) IS TRUE AS foot,
        coalesce(l.imd_decile, 'UNKNOWN') AS deprivation,
        CASE WHEN years IS NULL THEN 'UNKNOWN' WHEN years < 26 THEN '18-25' WHEN years < 65 THEN '26-64' ELSE '65+' END AS age
    FROM aged AS a LEFT JOIN practice AS p USING (practice) LEFT JOIN lsoas AS l USING (lsoa)
    WHERE (NOT adult OR years >= 18) AND (NOT resident OR district = '' OR district LIKE 'E%')
),

placed AS (
    FROM (SELECT unnest(['england', 'provider', 'icb', 'pcn']) AS level, unnest(['England', provider, icb, pcn]) AS code, '' AS team, * FROM unit)
    WHERE measure <> 'MHS116' OR level <> 'icb'
    UNION ALL SELECT unnest(['footprint', 'footprint']), unnest(['footprint', icb]), '', * FROM unit WHERE foot
    UNION ALL SELECT 'team', provider, unnest(teams), * FROM unit
),

grouped AS (
    SELECT level, code, team, once, measure, unnest(['', 'age', 'ethnicity', 'deprivation']) AS kind,
        unnest(['', age, ethnicity, deprivation]) AS value
    FROM placed
),

-- How long: days to the second contact, days waited; days of assessment after the first.
lasting AS (
    SELECT concat(personkey, provider, referral_id) AS once, 'MHS124' AS measure, (second_on - received_on)::DOUBLE AS days FROM second_units WHERE had
    UNION ALL SELECT concat(personkey, provider, referral_id), 'MHS127', (last + 1 - received_on)::DOUBLE FROM second_units WHERE waits
    UNION ALL SELECT concat(personkey, provider, referral_ids), 'Assessed', days - 1.0 FROM kept WHERE days > 0
)

SELECT level, code, team, kind, value, measure, count(DISTINCT once)::DOUBLE AS amount FROM grouped GROUP BY ALL
UNION ALL
SELECT g.level, g.code, g.team, g.kind, g.value, unnest(CASE g.measure WHEN 'MHS124' THEN ['MHS125', 'MHS126'] WHEN 'MHS127' THEN ['MHS128', 'MHS129']
    ELSE ['Repeat assessments'] END), unnest(CASE g.measure WHEN 'Assessed' THEN [avg(l.days)]
    ELSE [quantile_cont(l.days, 0.5), quantile_cont(l.days, 0.9)] END)
FROM grouped AS g JOIN lasting AS l USING (once, measure) GROUP BY g.level, g.code, g.team, g.kind, g.value, g.measure
ORDER BY ALL
