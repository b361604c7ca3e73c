insert into reference.practices (practice, name, pcn, icb)
select 'P' || n, 'Practice ' || n, 'U' || n % $pcns, 'Q' || n % $pcns % $icbs from generate_series(0, $practices - 1) n;
insert into reference.pcns (pcn, name, icb) select 'U' || n, 'Network ' || n, 'Q' || n % $icbs from generate_series(0, $pcns - 1) n;
insert into reference.pcn_criteria (pcn, criteria_met, fully_transformed, valid_from)
select 'U' || n, n % 6, case when n % 6 = 5 then 'yes' else 'no' end, '2023-04-01' from generate_series(0, $pcns - 1) n;
insert into reference.organisations (ods, name, kind) select 'R' || n, 'Provider ' || n, 'nhs-provider' from generate_series(0, $providers - 1) n
union all select 'V' || n, 'Charity ' || n, 'vcse' from generate_series(0, $icbs - 1) n;
insert into reference.dedicated_pathways (pathway, provider, live_from)
select pathway, 'R' || n, '2022-04-01' from generate_series(0, $providers - 1) n, unnest(array['AED', 'CEN', 'rehab']) pathway;
insert into reference.population (area, "group", age_band, year, people, source)
select 'U' || n, g, a, '2023', 40000, '' from generate_series(0, $pcns - 1) n, (values ('people', 'all'), ('adults', '18+'), ('adults', '18-25'), ('adults', '26-64'), ('adults', '65+')) as told (g, a);
create function pg_temp.at(n int) returns text language sql immutable return
    'R' || case when n % 20 = 0 then n / 20 % $providers else n % $practices % $pcns % $icbs + $icbs * (n / 7 % ($providers / $icbs)) end;
insert into reference.lsoas (lsoa, local_authority, icb, imd_decile)
select 'E01' || n, 'E06', 'Q' || n % $icbs, n % 10 + 1 from generate_series(1, 33000) n;
insert into person (personkey, part, fact, provider, birth_date, ethnicity, told, practices, lsoas, districts, groups, carer_identified_on,
    carer_assessment_offered_on, digest, known_from)
select md5(n::text), '', pg_temp.at(n), pg_temp.at(n), date '1940-01-01' + (n * 37) % 24000, (array['A','B','C','D','G','H','J','M','N','Z'])[1 + n % 10],
    case when n % 10 = 0 then array[date '2020-01-01', date '2024-05-01'] else array[date '2020-01-01'] end,
    case when n % 10 = 0 then array['P' || n % $practices, 'P' || (n + 1) % $practices] else array['P' || n % $practices] end,
    case when n % 10 = 0 then array['E01' || n % 33000, 'E01' || (n + 1) % 33000] else array['E01' || n % 33000] end,
    case when n % 10 = 0 then array['E06', 'E06'] else array['E06'] end, case when n % 50 = 3 then array['veterans'] else '{}' end,
    case when n % 12 = 5 then date '2023-05-01' + n % 600 end, case when n % 24 = 5 then date '2023-06-01' + n % 600 end, 0, '2024-01-01'
from generate_series(1, $people) n;
insert into spell (personkey, part, fact, definition, definition_version, spell_id, provider, start, "end", closed, stop, first_contact, second_contact,
    team_types, part_ids, part_starts, part_ends, part_teams, after, until, told_on, digest, known_from)
select md5(n::text), 'national-2024@1|' || n, '', 'national-2024', 1, pg_temp.at(n) || ':' || n, pg_temp.at(n), start, ended, ended is not null,
    case when n % 6 = 0 then start + n % 90 end, case when n % 3 < 2 then start + n % 60 end, case when n % 2 = 0 then start + n % 80 end,
    array['A06'], case when n % 12 = 0 then array['a' || n, 'b' || n] else array['a' || n] end,
    case when n % 12 = 0 then array[start, start + 20] else array[start] end,
    case when n % 12 = 0 then array[coalesce(ended, 'infinity'), coalesce(ended, 'infinity')] else array[coalesce(ended, 'infinity')] end,
    case when n % 12 = 0 then array['A06', 'A06,A08'] else array['A06'] end, '-infinity', 'infinity', case when n % 6 = 0 then start + n % 90 + n % 70 end, 0, '2024-01-01'
from (
    select n, start, case when n % 100 >= 21 then least(start + 20 + n % 200, date '2024-10-20') end as ended
    from (select n, date '2024-09-30' - (n % 1200) as start from generate_series(1, $people) n) s
) s;
insert into spell (personkey, part, fact, definition, definition_version, spell_id, provider, start, "end", closed, stop, first_contact, coordinator,
    team_types, part_ids, part_starts, part_ends, part_teams, after, until, digest, known_from)
select md5(n::text), 'eip-2016@1|' || n, '', 'eip-2016', 1, pg_temp.at(n) || ':' || n, pg_temp.at(n), start, null, false,
    start + n % 40, start + n % 20, start + n % 40, array['A14'], array['a' || n], array[start], array['infinity'::date], array['A14'],
    '-infinity', 'infinity', 0, '2024-01-01'
from (select n, date '2024-09-30' - (n % 1200) as start from generate_series(1, $people, 25) n) s;
insert into referral (personkey, part, fact, provider, referral_id, received_on, reason, discharged_on, team_types, team_rejected, team_reasons, contacts,
    stays_from, stays_to, ips_days, therapies, therapy_days, scales, score_days, scores, team_lapsed, helped_on, early_contact, ips_all, met_ids, met_days,
    met_how, acts, act_days, pathways, digest, known_from)
select md5(n::text), '', pg_temp.at(n) || '|a' || n, pg_temp.at(n), 'a' || n, start, '10', case when n % 100 >= 21 then start + 20 + n % 200 end,
    array[case when n % 25 = 0 then 'A14' else 'A06' end], array[case when n % 20 = 0 then start + 5 else 'infinity' end]::date[], array[''], days,
    case when n % 30 = 0 then array[start + 9] else '{}' end, case when n % 30 = 0 then array[start + 30] else '{}' end,
    case when n % 40 = 1 then array[start + 10] else '{}' end, case when n % 9 = 1 then array['718026005', '718026005'] else '{}' end,
    case when n % 9 = 1 then array[start + 10, start + 20] else '{}' end, case when n % 5 = 1 then array['1037651000000100', '1091071000000100', '1037651000000100'] else '{}' end,
    case when n % 5 = 1 then array[start + 10, start + 10, start + 90] else '{}' end, case when n % 5 = 1 then array[3, 20, 5] else '{}' end,
    array['infinity'::date], days[1], case when n % 4 = 1 then start + 3 end, case when n % 40 = 1 then array[start + 10] else '{}' end,
    array(select 'c' || i from generate_series(1, cardinality(days)) i), days, repeat('F', cardinality(days)),
    case when n % 3 = 0 then '{}' else array['DEMO-ASSESS-1', '718026005', 'DEMO-ASSESS-2'] end,
    case when n % 3 = 0 then '{}' else array[start + 9, start + 10, start + 70] end,
    case when n % 40 = 7 then array['AED'] when n % 40 = 8 then array['CEN'] when n % 40 = 19 then array['rehab'] else '{}' end, 0, '2024-01-01'
from (
    select n, start, case when n % 3 = 0 then '{}' else array(select start + 7 + i * 14 from generate_series(0, n % 15) i) end as days
    from (select n, date '2024-09-30' - (n % 1200) as start from generate_series(1, $people) n) s
) s;
insert into assignment (personkey, part, fact, provider, role, from_on, digest, known_from)
select md5(n::text), '', 'k' || n, pg_temp.at(n), 'key worker', date '2022-01-01', 0, '2024-01-01' from generate_series(1, $people, 2) n;
insert into plan (personkey, part, fact, provider, told, agreed, coproduced, review_due, digest, known_from)
select md5(n::text), '', 'p' || n, pg_temp.at(n), array[date '2023-01-01', date '2024-03-01'], array['infinity'::date, date '2024-03-01'],
    array[false, n % 4 = 1], array['infinity'::date, date '2024-03-01' + n % 400], 0, '2024-01-01'
from generate_series(1, $people, 2) n;
insert into reference.refset_members (refset_id, concept_id) values ('1853441000000109', 'DEMO-ASSESS-1'), ('1853441000000109', 'DEMO-ASSESS-2');
insert into stay (personkey, part, fact, provider, stay_id, referral_id, admitted_on, discharged_on, ward_class, source, seen_on, out_of_area, digest, known_from)
select md5(n::text), '', pg_temp.at(n) || '|s' || n, pg_temp.at(n), 's' || n, 'a' || n, start + 9, start + 30, '200', '19',
    case when n % 60 = 0 then start end, n % 90 = 0, 0, '2024-01-01'
from (select n, date '2024-09-30' - (n % 1200) as start from generate_series(1, $people, 30) n) s;
insert into register (personkey, part, fact, provider, entry_id, practice, condition, entered_on, digest, known_from)
select md5(n::text), '', 'P' || n % $practices || '|g' || n, 'P' || n % $practices, 'g' || n, 'P' || n % $practices, 'schizophrenia', date '2022-01-01', 0, '2024-01-01'
from generate_series(1, $people, 5) n;
insert into checks (personkey, part, fact, alcohol, blood_glucose, blood_pressure, bmi, blood_lipids, smoking, influenza, covid_19, digest, known_from)
select md5(n::text), '', '', a, a, a, a, a, case when n / 60 % 2 = 0 then a else '{}' end, case when n / 60 % 4 < 2 then array[date '2023-10-01' + n % 90] else '{}' end,
    case when n / 60 % 3 = 0 then array[date '2023-10-01' + n % 90] else '{}' end, 0, '2024-01-01'
from (select n, array[date '2023-03-01' + n % 100, date '2024-03-01' + n % 100] as a from generate_series(1, $people, 5) n) s;
insert into support (personkey, part, fact, provider, support_id, kind, given_by, first_on, last_on, outcome, digest, known_from)
select md5(n::text), '', pg_temp.at(n) || '|h' || n, pg_temp.at(n), 'h' || n, (array['employment', 'housing', 'peer support', 'debt and benefits advice', 'education'])[1 + n % 5],
    case when n % 2 = 0 then 'V' || n % $icbs else pg_temp.at(n) end, start, case when n % 3 < 2 then start + 180 end,
    case when n % 5 = 0 then case when n % 2 = 0 then 'job started' else 'job kept' end end, 0, '2024-01-01'
from (select n, date '2024-09-30' - (n % 700) as start from generate_series(3, $people, 17) n) s;
insert into open_access (personkey, part, fact, provider, contacts, digest, known_from)
select md5(n::text), '', pg_temp.at(n), pg_temp.at(n), array[date '2024-09-30' - (n % 900), date '2024-09-30' - (n % 300)], 0, '2024-01-01'
from generate_series(7, $people, 23) n;
insert into follow_up (personkey, part, fact, provider, practice, task_id, finding, opened_on, closed_on, outcome, digest, known_from)
select md5(n::text), 't' || n, '', 'P' || n % $practices, 'P' || n % $practices, 't' || n, 'blood pressure', start, case when n % 4 < 3 then start + 30 + n % 60 end,
    case n % 4 when 0 then 'done' when 1 then 'done' when 2 then 'declined' end, 0, '2024-01-01'
from (select n, date '2024-09-30' - (n % 500) as start from generate_series(1, $people, 15) n) s;
insert into attempt (personkey, part, fact, provider, practice, attempt_id, channel, made_on, result, digest, known_from)
select md5(n::text), 'm' || n || '-' || i, '', 'P' || n % $practices, 'P' || n % $practices, 'm' || n || '-' || i, 'phone', date '2024-09-30' - (n % 365) + i * 20,
    (array['agreed', 'no answer', 'declined', 'wrong number', 'call back', 'done elsewhere'])[1 + (n + i) % 6], 0, '2024-01-01'
from generate_series(5, $people, 5) n, generate_series(0, 1) i;
vacuum analyze;
