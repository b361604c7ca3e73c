-- What stands of each record, straight from months of files in the MHSDS shape: the views `latest` and `evidence` that recount.sql reads.
-- Written apart from services/referrals and sharing nothing with it. Input tables (all text but provider, month, line): t001, t002, ...
-- t902, one row for each line; views postcodes and lsoas. Parameter: the variable `received`, the day on which the files were received.
CREATE OR REPLACE MACRO given(x) AS nullif(trim(x), '');

-- A date that can be: written as a date, of this calendar, from 1901 on, not after the day after the receipt.
CREATE OR REPLACE MACRO day(x) AS CASE
    WHEN regexp_full_match(trim(x), '\d{4}-\d\d-\d\d') AND TRY_CAST(trim(x) AS DATE) BETWEEN '1901-01-01'::DATE AND getvariable('received')::DATE + 1
        THEN TRY_CAST(trim(x) AS DATE)
END;
CREATE OR REPLACE MACRO fine(x) AS given(x) IS NULL OR day(x) IS NOT NULL;
CREATE OR REPLACE MACRO among(x, codes) AS given(x) IS NULL OR list_contains(codes, given(x));
CREATE OR REPLACE MACRO number_fits(x) AS length(regexp_replace(x, '[ -]', '', 'g')) = 10
    AND regexp_full_match(regexp_replace(x, '[ -]', '', 'g'), '\d{10}')
    AND list_sum([((11 - place) * regexp_replace(x, '[ -]', '', 'g')[place]::INTEGER) FOR place IN range(1, 10)])
    % 11 = (11 - regexp_replace(x, '[ -]', '', 'g')[10]::INTEGER) % 11;

CREATE OR REPLACE TEMP TABLE months AS SELECT DISTINCT provider, month FROM t101;

CREATE OR REPLACE TEMP TABLE team_types AS
SELECT provider, month, given(CareProfTeamLocalID) AS team, arg_min(given(ServTeamTypeMH), line) AS team_type FROM t902 GROUP BY ALL;

-- Referrals: a row that cannot be read was submitted all the same. The first of two rows of one id stands.
CREATE OR REPLACE TEMP TABLE refs AS
SELECT r.provider, r.month, given(ServiceRequestID) AS referral_id, given(LocalPatientID) AS local_id,
    day(ReferralRequestReceivedDate) AS received_on, day(ServDischDate) AS discharged_on, day(ReferRejectionDate) AS rejected_on,
    CASE WHEN r.month >= '2024-04-01' THEN coalesce(given(ServTeamType), o.team_type) END AS own_type,
    CASE WHEN r.month >= '2024-04-01' THEN coalesce(given(CareProfTeamLocalID), given(ServTeamType)) END AS own_team,
    given(ServiceRequestID) IS NOT NULL AND given(LocalPatientID) IS NOT NULL AND received_on IS NOT NULL
    AND fine(ServDischDate) AND fine(ReferRejectionDate) AND coalesce(discharged_on >= received_on, true)
    AND coalesce(rejected_on >= received_on, true) AND among(ClinRespPriorityType, ['1', '2', '3', '4'])
    AND among(ReferRejectReason, ['01', '02', '03']) AND among(ReferClosReason, ['01', '02', '03', '04', '05', '06', '07', '08', '09'])
    AND (own_team IS NULL OR own_type IS NOT NULL) AS good
FROM t101 AS r LEFT JOIN team_types AS o ON o.provider = r.provider AND o.month = r.month AND o.team = given(r.CareProfTeamLocalID)
WHERE given(ServiceRequestID) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY r.provider, r.month, referral_id ORDER BY good DESC, line) = 1;

CREATE OR REPLACE TEMP TABLE others AS
SELECT t.provider, t.month, given(t.ServiceRequestID) AS referral_id, coalesce(given(OtherCareProfTeamLocalID), given(ServTeamTypeRefToMH)) AS team,
    coalesce(given(ServTeamTypeRefToMH), o.team_type) AS team_type, day(ReferClosureDate) AS closed_on, day(t.ReferRejectionDate) AS rejected_on,
    team_type IS NOT NULL AND fine(ReferClosureDate) AND fine(t.ReferRejectionDate) AND coalesce(closed_on >= r.received_on, true)
    AND coalesce(t.rejected_on >= r.received_on, true) AS good
FROM (SELECT *, day(ReferRejectionDate) AS rejected_on FROM t102) AS t
JOIN refs AS r ON r.provider = t.provider AND r.month = t.month AND r.referral_id = given(t.ServiceRequestID) AND r.good
LEFT JOIN team_types AS o ON o.provider = t.provider AND o.month = t.month AND o.team = given(t.OtherCareProfTeamLocalID)
QUALIFY row_number() OVER (PARTITION BY t.provider, t.month, t.ServiceRequestID, team, ServTeamTypeRefToMH ORDER BY line) = 1;

-- A referral that names no team at all is refused.
UPDATE refs SET good = false
WHERE own_team IS NULL AND NOT EXISTS (
    SELECT 1 FROM others AS o WHERE o.provider = refs.provider AND o.month = refs.month AND o.referral_id = refs.referral_id AND o.good
);

-- The last month that has it, the last month that says something, and the end if a later month of the provider has come without it.
CREATE OR REPLACE TEMP TABLE standing AS
SELECT r.provider, referral_id, max(month) AS submitted, max(month) FILTER (good) AS content, min(month) FILTER (good) AS known,
    CASE WHEN max(month) < (SELECT max(month) FROM months AS m WHERE m.provider = r.provider) THEN last_day(max(month)) END AS ended_on
FROM refs AS r GROUP BY r.provider, referral_id HAVING bool_or(good);

-- A team of MHS102 that the next month with the referral no longer names ended with the last month before it.
CREATE OR REPLACE TEMP TABLE team_rows AS
WITH last_named AS (
    SELECT o.provider, o.referral_id, o.team, max_by(o.team_type, o.month) FILTER (o.good) AS team_type,
        max_by(struct_pack(c := o.closed_on, r := o.rejected_on), o.month) FILTER (o.good) AS ends, max(o.month) AS named
    FROM others AS o JOIN standing AS s USING (provider, referral_id) WHERE o.month <= s.content
    GROUP BY o.provider, o.referral_id, o.team HAVING bool_or(o.good)
)

SELECT s.provider, s.referral_id, r.own_type AS team_type, NULL::DATE AS closed_on, NULL::DATE AS rejected_on, NULL::DATE AS gone_on
FROM standing AS s JOIN refs AS r ON r.provider = s.provider AND r.referral_id = s.referral_id AND r.month = s.content
WHERE r.own_type IS NOT NULL
UNION ALL
SELECT s.provider, s.referral_id, o.team_type, o.closed_on, o.rejected_on, NULL
FROM standing AS s JOIN others AS o ON o.provider = s.provider AND o.referral_id = s.referral_id AND o.month = s.content AND o.good
UNION ALL
SELECT l.provider, l.referral_id, l.team_type, l.ends.c, l.ends.r, CASE WHEN l.named < s.content THEN (
        SELECT last_day(max(b.month)) FROM refs AS b
        WHERE b.provider = l.provider AND b.referral_id = l.referral_id AND b.month < (
            SELECT min(n.month) FROM refs AS n
            WHERE n.provider = l.provider AND n.referral_id = l.referral_id AND n.good AND n.month > l.named
        )
    ) END
FROM last_named AS l JOIN standing AS s USING (provider, referral_id)
WHERE NOT EXISTS (
        SELECT 1 FROM others AS o
        WHERE o.provider = s.provider AND o.referral_id = s.referral_id AND o.month = s.content AND o.team = l.team AND o.good
    ) AND NOT EXISTS (
        SELECT 1 FROM refs AS n
        WHERE n.provider = l.provider AND n.referral_id = l.referral_id AND n.good AND n.month > l.named AND n.own_team = l.team
    );

-- Who: an NHS number joins local ids, at whatever provider; one that is not valid refuses its row.
CREATE OR REPLACE TEMP TABLE person_rows AS
SELECT provider, month, line, given(LocalPatientID) AS local_id, given(NHSNumber) AS number, day(PersonBirthDate) AS born, day(PersDeathDate) AS died,
    coalesce(given(LADistrictAuth), l.local_authority) AS district
FROM t001 AS p
LEFT JOIN postcodes AS c ON c.postcode = upper(regexp_replace(trim(p.Postcode), '\s+', ' ', 'g'))
LEFT JOIN lsoas AS l ON l.lsoa = c.lsoa
WHERE given(LocalPatientID) IS NOT NULL AND fine(PersonBirthDate) AND fine(PersDeathDate) AND coalesce(died >= born, true)
    AND (number IS NULL OR number_fits(number))
QUALIFY row_number() OVER (PARTITION BY provider, month, local_id ORDER BY line) = 1;

CREATE OR REPLACE TEMP TABLE who AS
WITH numbers AS (SELECT provider, local_id, max_by(number, month) FILTER (number IS NOT NULL) AS number FROM person_rows GROUP BY ALL)

SELECT provider, local_id, coalesce('n' || n.number, provider || '|' || local_id) AS personkey
FROM (SELECT provider, local_id FROM person_rows UNION SELECT provider, local_id FROM refs WHERE local_id IS NOT NULL
    UNION SELECT provider, given(LocalPatientID) FROM t008) AS everyone
LEFT JOIN numbers AS n USING (provider, local_id);

-- Whom a referral's events are about: whom its newest good row names. 
-- An event is refused when neither its month nor an earlier one says whom its referral is about.
CREATE OR REPLACE TEMP TABLE whose AS
SELECT s.provider, s.referral_id, s.known, w.personkey
FROM standing AS s
JOIN refs AS r ON r.provider = s.provider AND r.referral_id = s.referral_id AND r.month = s.content
JOIN who AS w ON w.provider = r.provider AND w.local_id = r.local_id;

CREATE OR REPLACE TEMP TABLE held AS
SELECT provider, month, given(CareContactID) AS contact_id, given(ServiceRequestID) AS referral_id, TRY_CAST(trim(CareContDate) AS DATE) AS held_on,
    given(AttendStatus) AS attendance, given(ConsMechanismMH) AS medium
FROM t201
WHERE given(CareContactID) IS NOT NULL AND given(ServiceRequestID) IS NOT NULL AND regexp_full_match(trim(CareContDate), '\d{4}-\d\d-\d\d')
    AND held_on BETWEEN '1901-01-01'::DATE AND getvariable('received')::DATE + 1098
    AND among(AttendStatus, ['2', '3', '4', '5', '6', '7'])
    AND among(ConsMechanismMH, ['01', '02', '03', '04', '05', '06', '09', '10', '11', '12', '13', '98'])
QUALIFY row_number() OVER (PARTITION BY provider, month, contact_id ORDER BY line) = 1;

CREATE OR REPLACE TEMP TABLE acts AS
SELECT a.provider, a.month, given(CareActID) AS act_id, given(Procedure) AS code, h.contact_id, h.referral_id, h.held_on
FROM t202 AS a JOIN held AS h ON h.provider = a.provider AND h.month = a.month AND h.contact_id = given(a.CareContactID)
WHERE given(CareActID) IS NOT NULL AND coalesce(regexp_full_match(given(Procedure), '[A-Za-z0-9-]+\s*(\|[^|]*\|\s*)?(:.*)?'), true)
QUALIFY row_number() OVER (PARTITION BY a.provider, a.month, act_id ORDER BY line) = 1;

-- One row for each record and month; the newest month's stands.
CREATE OR REPLACE TEMP TABLE events_of AS
SELECT h.provider, h.month, 'contact' AS kind, contact_id AS record_id, referral_id,
    json_object('referral_id', referral_id, 'on', held_on::VARCHAR, 'attendance', attendance, 'medium', medium) AS data
FROM held AS h
UNION ALL
SELECT provider, month, 'intervention', 'a' || act_id, referral_id,
    json_object('referral_id', referral_id, 'contact_id', contact_id, 'on', held_on::VARCHAR, 'code', code)
FROM acts WHERE code IS NOT NULL
UNION ALL
SELECT provider, month, 'intervention', concat_ws('|', 'i', ServiceRequestID, IndirectActDate, IndirectActTime, OtherCareProfTeamLocalID, IndActProcedure),
    given(ServiceRequestID), json_object('referral_id', given(ServiceRequestID), 'on', day(IndirectActDate)::VARCHAR, 'code', given(IndActProcedure))
FROM t204 WHERE day(IndirectActDate) IS NOT NULL AND given(IndActProcedure) IS NOT NULL
UNION ALL
SELECT provider, month, 'score', concat_ws('|', 'r', ServiceRequestID, CodedAssToolType, AssToolCompTimestamp), given(ServiceRequestID),
    json_object('referral_id', given(ServiceRequestID), 'code', given(CodedAssToolType), 'on',
        timezone('Europe/London', TRY_CAST(AssToolCompTimestamp AS TIMESTAMPTZ))::DATE::VARCHAR)
FROM t606 WHERE TRY_CAST(PersScore AS DOUBLE) IS NOT NULL AND TRY_CAST(AssToolCompTimestamp AS TIMESTAMPTZ) IS NOT NULL
UNION ALL
SELECT s.provider, s.month, 'score', concat_ws('|', 's', a.act_id, CodedAssToolType), a.referral_id,
    json_object('referral_id', a.referral_id, 'contact_id', a.contact_id, 'on', a.held_on::VARCHAR, 'code', given(CodedAssToolType))
FROM t607 AS s JOIN acts AS a ON a.provider = s.provider AND a.month = s.month AND a.act_id = given(s.CareActID)
WHERE TRY_CAST(PersScore AS DOUBLE) IS NOT NULL
UNION ALL
SELECT provider, month, 'stay', given(HospProvSpellID), given(ServiceRequestID),
    json_object('referral_id', given(ServiceRequestID), 'admitted_on', day(StartDateHospProvSpell)::VARCHAR)
FROM t501 WHERE day(StartDateHospProvSpell) IS NOT NULL AND fine(DischDateHospProvSpell)
    AND coalesce(day(DischDateHospProvSpell) >= day(StartDateHospProvSpell), true);

CREATE OR REPLACE TEMP TABLE latest AS
SELECT w.personkey, s.provider, 'referral' AS kind, s.referral_id AS record_id, json_object(
        'received_on', r.received_on::VARCHAR, 'discharged_on', r.discharged_on::VARCHAR, 'rejected_on', r.rejected_on::VARCHAR,
        'not_submitted_after', s.ended_on::VARCHAR,
        'teams', (
            SELECT json_group_array(json_object('team_type', t.team_type, 'closed_on', t.closed_on::VARCHAR, 'rejected_on', t.rejected_on::VARCHAR,
                'not_submitted_after', t.gone_on::VARCHAR))
            FROM team_rows AS t WHERE t.provider = s.provider AND t.referral_id = s.referral_id
        )
    )::JSON AS data
FROM standing AS s
JOIN refs AS r ON r.provider = s.provider AND r.referral_id = s.referral_id AND r.month = s.content
JOIN whose AS w ON w.provider = s.provider AND w.referral_id = s.referral_id
UNION ALL
SELECT w.personkey, e.provider, e.kind, e.record_id, max_by(e.data, e.month)::JSON
FROM events_of AS e JOIN whose AS w ON w.provider = e.provider AND w.referral_id = e.referral_id
WHERE w.known <= e.month OR EXISTS (
    SELECT 1 FROM refs AS r
    WHERE r.provider = e.provider AND r.referral_id = e.referral_id AND r.month = e.month AND r.local_id IS NOT NULL
)
GROUP BY w.personkey, e.provider, e.kind, e.record_id;

CREATE OR REPLACE TEMP TABLE evidence AS
SELECT w.personkey, p.provider, 'person' AS kind, p.month AS recorded, p.month AS received, p.month::VARCHAR AS id, last_day(p.month) AS recorded_on,
    json_object('birth_date', p.born::VARCHAR, 'local_authority', p.district)::JSON AS data
FROM person_rows AS p JOIN who AS w USING (provider, local_id)
QUALIFY row_number() OVER (PARTITION BY w.personkey, p.provider, p.month ORDER BY p.line) = 1
UNION ALL
SELECT w.personkey, c.provider, 'care-plan', c.month, c.month, c.month::VARCHAR, last_day(c.month), json_object(
        'created_on', c.created_on::VARCHAR, 'updated_on', c.updated_on::VARCHAR,
        'agreed_by', CASE WHEN count(a.CarePlanID) > 0 THEN 'somebody' END,
        'agreed_on', CASE WHEN bool_and(given(a.CarePlanContentAgreedDate) IS NOT NULL) THEN min(day(a.CarePlanContentAgreedDate))::VARCHAR END
    )::JSON
FROM (
    SELECT provider, month, given(CarePlanID) AS plan_id, given(LocalPatientID) AS local_id, day(CarePlanCreatDate) AS created_on,
        day(CarePlanLastUpdateDate) AS updated_on
    FROM t008
    WHERE created_on IS NOT NULL AND fine(CarePlanLastUpdateDate) AND given(CarePlanTypeMH) IN ('10', '11', '12', '13', '14')
    QUALIFY row_number() OVER (PARTITION BY provider, month, plan_id ORDER BY line) = 1
) AS c
JOIN who AS w ON w.provider = c.provider AND w.local_id = c.local_id
LEFT JOIN t009 AS a ON a.provider = c.provider AND a.month = c.month AND given(a.CarePlanID) = c.plan_id
    AND fine(a.CarePlanContentAgreedDate) AND given(a.CarePlanContentAgreedBy) IN ('10', '12', '13', '14', '15', '16', '17')
GROUP BY w.personkey, c.provider, c.month, c.plan_id, c.created_on, c.updated_on;
