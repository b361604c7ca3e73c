-- What measures count: one query for each family. Every row is a place (level, code; of a provider, a team), of one group where `by` says
-- of what, with counts and days by measure. In each: $1 the period's last day   $2 known: infinity for now, or a microsecond after the
-- instant asked for   $3 load of the reference data, null: the latest. Residence, where it is tested: England, or not known, by the end
-- of the month that counts. Area: of the practice, else of where the person lives.

-- name: by_hash
-- How little of a table is asked for cannot be guessed, and a wrong guess makes a loop over it: for one transaction, none is made.
select set_config('enable_nestloop', 'off', true), set_config('work_mem', '256MB', true);

-- name: snapshot
select pg_export_snapshot();

-- name: mrs
-- $4 definition   $5 its version
-- A spell of several referrals ended when the last of them did that had begun by the period's end. Counts open what ended in the last 5
-- days (W21).
with period as (
    select $1::date as last, (date_trunc('month', $1::date) - interval '2 months')::date as first, $1::date - 5 as grace
), found as materialized (
    select s.personkey, s.provider, s.start, s.stop, s.second_contact, s.closed, s."end", s.part_starts, s.part_teams,
        period.last, period.first, period.grace,
        case when cardinality(s.part_ends) = 1 then case when s.part_ends[1] <= period.last then s.part_ends[1] end
            else (select case when bool_or(part.last > period.last) then null else max(part.last) end
                  from unnest(s.part_starts, s.part_ends) as part (first, last) where part.first <= period.last) end as ended
    from spell s
    cross join period
    left join past p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey
        and p.definition = s.definition and p.definition_version = s.definition_version and p.until >= period.last
    where s.known_from < $2 and s.known_to >= $2 and s.definition = $4 and s.definition_version = $5
        and s.start <= period.last and s.after < period.last and s.until >= period.last and (s."end" is null or s."end" >= period.first)
        and (s.until < 'infinity' or p.personkey is null)
), unit as materialized (
    select s.provider, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn,
        age_band(p.birth_date, s.start) as age, coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity,
        coalesce(l.decile, 'UNKNOWN') as deprivation,
        case when cardinality(s.part_teams) = 1 then string_to_array(s.part_teams[1], ',') else array(
            select distinct team from unnest(s.part_starts, s.part_teams) as part (first, teams), unnest(string_to_array(teams, ',')) as team
            where part.first <= s.last
        ) end as teams,
        s.ended is null or s.ended >= s.grace as open,
        s.ended >= s.first and s.ended < s.grace and (s.closed or s."end" is distinct from s.ended) as closed,
        s.start >= s.first as started,
        s.stop <= s.last is true as stopped, s.stop between s.first and s.last is true as stopped_now, s.stop - s.start as wait,
        s.second_contact <= s.last is true as twice, s.second_contact between s.first and s.last is true as twice_now,
        s.last - s.start as waited
    from found s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join practice_at($1, $3) g on g.practice = told_by(least(s.last, month_end(s.ended)), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(s.last, p.told, p.lsoas)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'team', provider, t.team, unit.* from unit, unnest(teams) as t (team)
), counted as (
    select level, code, team, age, ethnicity, deprivation, grouping(age, ethnicity, deprivation) as by,
        count(*) filter (where stopped_now) as "MRS01", count(*) filter (where stopped_now and wait <= 28) as "MRS01a",
        count(*) filter (where open and not stopped) as "MRS02",
        count(*) filter (where open and not stopped and waited > 728) as "MRS02a",
        count(*) filter (where open and not stopped and waited > 546) as "MRS02c",
        count(*) filter (where open and not stopped and waited > 364) as "MRS02e",
        count(*) filter (where open and not twice) as "MRS03",
        count(*) filter (where started) as "MRS04", count(*) filter (where closed) as "MRS05", count(*) filter (where open) as "MRS06",
        count(*) filter (where open and not twice and waited > 728) as "MRS07a",
        count(*) filter (where open and not twice and waited > 546) as "MRS07c",
        count(*) filter (where open and not twice and waited > 364) as "MRS07e",
        count(*) filter (where twice_now) as "MRS15", count(*) filter (where open and stopped) as "MRS20",
        count(*) filter (where open and twice) as "MRS21"
    from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
), centiles as (
    select level, code, team, age, ethnicity, deprivation, grouping(age, ethnicity, deprivation) as by,
        percentile_cont(array[0.5, 0.9]) within group (order by waited) as days
    from placed where open and not twice group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
)
select c.level, c.code, c.team, case c.by when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
    coalesce(c.age, c.ethnicity, c.deprivation, '') as value,
    to_jsonb(c) - '{level,code,team,age,ethnicity,deprivation,by}'::text[] as counts,
    jsonb_build_object('MRS03a', d.days[1], 'MRS03b', d.days[2]) as days
from counted c left join centiles d on (c.level, c.code, c.team, c.by) = (d.level, d.code, d.team, d.by)
    and (c.age, c.ethnicity, c.deprivation) is not distinct from (d.age, d.ethnicity, d.deprivation)
order by 1, 2, 3, 4, 5;

-- name: access
-- $4 teams of MHS108   $5 teams of the dashboard's access   $6 whether a contact counts once for each team in scope (Q4)
-- Two direct contacts on one referral in the 12 months; a referral is out in each financial year with a stay on it. People, at each level
-- once.
with period as (
    select $1::date as last, (date_trunc('month', $1::date) - interval '11 months')::date as first
), found as materialized (
    select r.personkey, r.provider, r.received_on, r.therapies, r.therapy_days, r.team_types && $5::text[] as dashboard, period.last,
        nth_from(c.days, period.first, case when $6::boolean and n.teams > 1 then 1 else 2 end) as second
    from referral r, period,
        lateral (select count(*) as teams from unnest(r.team_types) as team where team = any ($4::text[])) n,
        lateral (select case when r.stays_from = '{}' then r.contacts else array(
            select day from unnest(r.contacts) as day where not stay_in_year(day, period.last, r.stays_from, r.stays_to) order by day
        ) end as days) c
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last and r.contacts <> '{}' and r.team_types && $4::text[]
        and nth_from(r.contacts, period.first, 1) <= period.last
), unit as materialized (
    select hashtextextended(f.personkey, 0) as person, f.provider, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn,
        age_band(p.birth_date, f.received_on) as age, coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity,
        coalesce(l.decile, 'UNKNOWN') as deprivation, f.dashboard,
        f.dashboard and exists (
            select from unnest(f.therapies, f.therapy_days) as done (code, day)
            where done.day between '2019-04-01' and f.last group by done.code having count(*) > 1
        ) as therapy
    from found f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    left join practice_at($1, $3) g on g.practice = told_by(month_end(f.second), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(month_end(f.second), p.told, p.lsoas)
    where f.second <= f.last and birthday(p.birth_date, 18) <= f.received_on
        and told_by(month_end(f.second), p.told, p.districts) like any ('{E%,""}')
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'MHS108', count(distinct person), 'CMH access', count(distinct person) filter (where dashboard),
        'Psych therapy access', count(distinct person) filter (where therapy)
    ) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: placements
-- Referrals with a direct contact of individual placement and support in the 12 months; any age.
with period as (
    select $1::date as last, (date_trunc('month', $1::date) - interval '11 months')::date as first
), unit as materialized (
    select r.provider, age_band(p.birth_date, r.received_on) as age, coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity,
        coalesce(l.decile, 'UNKNOWN') as deprivation, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn
    from referral r
    cross join period
    cross join lateral (select month_end(nth_from(r.ips_days, period.first, 1)) as month) m
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join practice_at($1, $3) g on g.practice = told_by(m.month, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(m.month, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.ips_days <> '{}' and r.received_on between '2016-01-01' and period.last and m.month <= period.last
        and coalesce(told_by(m.month, p.told, p.districts), '') like any ('{E%,""}')
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS116', count(*)) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: rejections
-- $4 teams   Referral and team in scope, by the month of rejection; beside them what was received in the month.
with period as (
    select $1::date as last, date_trunc('month', $1::date)::date as first
), unit as materialized (
    select r.provider, case t.team when 'C03' then 'C10' else t.team end as team_type,
        age_band(p.birth_date, r.received_on) as age, coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity,
        coalesce(l.decile, 'UNKNOWN') as deprivation, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn,
        r.received_on >= period.first as received, t.rejected between period.first and period.last as rejected, t.reason,
        t.rejected - r.received_on as days
    from referral r
    cross join period
    cross join lateral (
        select u.team, coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) as rejected, coalesce(nullif(u.reason, ''), r.reject_reason) as reason
        from unnest(r.team_types, r.team_rejected, r.team_reasons) as u (team, rejected, reason) where u.team = any ($4::text[])
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join practice_at($1, $3) g on g.practice = told_by(period.last, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(period.last, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last
        and (r.received_on >= period.first or r.rejected_on is not null or 'infinity' <> any (r.team_rejected))
        and (r.received_on >= period.first or t.rejected between period.first and period.last)
        and birthday(p.birth_date, 18) <= r.received_on and told_by(period.last, p.told, p.districts) like any ('{E%,""}')
        and not stay_in_year(period.last, period.last, r.stays_from, r.stays_to)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'team', provider, team_type, unit.* from unit
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'Referrals received', count(*) filter (where received), 'Referrals not accepted', count(*) filter (where rejected),
        'Referrals not accepted - duplicate', count(*) filter (where rejected and reason = '01'),
        'Referrals not accepted - alternative service required', count(*) filter (where rejected and reason = '02'),
        'Referrals not accepted - incomplete', count(*) filter (where rejected and reason = '03'),
        'Referrals not accepted - missing / invalid',
        count(*) filter (where rejected and (reason is null or reason not in ('01', '02', '03')))
    ) as counts,
    jsonb_build_object('Referrals not accepted length', avg(days) filter (where rejected)) as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: early_intervention
-- $4 version of eip-2016. A referral stops with the later of first contact and coordinator; open until discharge.
with period as (
    select $1::date as last, (date_trunc('month', $1::date) - interval '2 months')::date as first
), unit as materialized (
    select s.provider, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn,
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity, coalesce(l.decile, 'UNKNOWN') as deprivation,
        case when p.birth_date is null then '' when s.start < birthday(p.birth_date, 18) then 'a'
            when s.start < birthday(p.birth_date, 35) then 'b' else 'c' end as age,
        s.stop between period.first and period.last as stopped, s.stop - s.start as wait, period.last - s.start as waited,
        (s."end" is null or s."end" > period.last) and (s.stop is null or s.stop > period.last) as waiting,
        s.first_contact between period.first and period.last as met, s.coordinator between period.first and period.last as coordinated
    from spell s
    cross join period
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join practice_at($1, $3) g on g.practice = told_by(least(period.last, month_end(s."end")), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(period.last, p.told, p.lsoas)
    where s.known_from < $2 and s.known_to >= $2 and s.definition = 'eip-2016' and s.definition_version = $4 and s.start <= period.last
        and (s."end" is null or s."end" > period.last or greatest(s.stop, s.first_contact, s.coordinator) >= period.first)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'years' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'EIP23a', count(*) filter (where stopped), 'EIP23b', count(*) filter (where stopped and wait <= 14),
        'EIP23c', count(*) filter (where stopped and wait > 14), 'EIP23d', count(*) filter (where waiting),
        'EIP23e', count(*) filter (where waiting and waited <= 14), 'EIP23f', count(*) filter (where waiting and waited > 14),
        'EIP23g', count(*) filter (where met), 'EIP23h', count(*) filter (where coordinated)
    ) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: admissions
-- $4 classes of acute wards   $5 the same until March 2024   $6 sources that are no admission
-- Hospital stays that start in the quarter; a contact 3 to 365 days before, at any provider, by any team.
with period as (
    select $1::date as last, (date_trunc('month', $1::date) - interval '2 months')::date as first
), unit as materialized (
    select s.provider, coalesce(g.icb, l.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn,
        age_band(p.birth_date, s.admitted_on) as age, coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity,
        coalesce(l.decile, 'UNKNOWN') as deprivation, s.seen_on >= s.admitted_on - 365 is true as seen
    from stay s
    cross join period
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join practice_at($1, $3) g on g.practice = told_by(month_end(s.admitted_on), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(month_end(s.admitted_on), p.told, p.lsoas)
    where s.known_from < $2 and s.known_to >= $2 and s.admitted_on between period.first and period.last
        and s.ward_class = any (case when s.admitted_on < '2024-04-01' then $4::text[] || $5::text[] else $4::text[] end)
        and s.source <> all ($6::text[])
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS106', count(*), 'MHS106a', count(*) filter (where seen), 'MHS106b', count(*) filter (where not seen)) as counts,
    '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: health_checks
-- People on a register at the period's end, by the practice of their entry; all six elements recorded in the 12 months to it.
with period as (
    select $1::date as last, ($1::date + 1 - interval '1 year')::date as first
), person_now as (
    select personkey, min(birth_date) as birth_date, min(death_date) as death_date, max(nullif(ethnicity, '')) as ethnicity
    from person where known_from < $2 and known_to >= $2 and personkey in (select personkey from register) group by personkey
), unit as materialized (
    select hashtextextended(r.personkey, 0) as person, r.provider, coalesce(g.icb, 'UNKNOWN') as icb, coalesce(g.pcn, 'UNKNOWN') as pcn, r.practice,
        age_band(p.birth_date, period.last) as age, coalesce(p.ethnicity, 'UNKNOWN') as ethnicity, r.condition,
        nth_from(c.alcohol, period.first, 1) <= period.last and nth_from(c.blood_glucose, period.first, 1) <= period.last
            and nth_from(c.blood_pressure, period.first, 1) <= period.last and nth_from(c.bmi, period.first, 1) <= period.last
            and nth_from(c.blood_lipids, period.first, 1) <= period.last and nth_from(c.smoking, period.first, 1) <= period.last as complete
    from register r
    cross join period
    left join person_now p on p.personkey = r.personkey
    left join checks c on c.known_from < $2 and c.known_to >= $2 and c.personkey = r.personkey
    left join practice_at($1, $3) g on g.practice = r.practice
    where r.known_from < $2 and r.known_to >= $2 and r.entered_on <= period.last
        and least(r.left_on, r.remission_on, p.death_date) <= period.last is not true
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'practice', practice, '', unit.* from unit
)
select level, code, team, case grouping(age, ethnicity) when 1 then 'age' when 2 then 'ethnicity' else '' end as by,
    coalesce(age, ethnicity, '') as value,
    jsonb_build_object(
        'SMIRegister', count(distinct person), 'All6PHC', count(distinct person) filter (where complete),
        'PHS001', count(distinct person), 'PHS014a', count(distinct person) filter (where complete)
    ) as counts,
    '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity))
order by 1, 2, 3, 4, 5;

-- name: definition_version
-- The greatest version of a definition under which there were spells then; null: none.
select max(definition_version) from spell where definition = $1 and known_from < $2 and known_to >= $2;

-- name: load_at
select coalesce(max(version), 0) from reference.load where loaded_at <= $1;

-- name: names
-- Organisations, PCNs and practices by code.
select 'provider' as level, ods as code, name from reference.as_loaded(null::reference.organisations, $1) where kind <> 'icb'
union all select 'icb', ods, name from reference.as_loaded(null::reference.organisations, $1) where kind = 'icb'
union all select 'pcn', pcn, name from reference.as_loaded(null::reference.pcns, $1)
union all select 'practice', practice, name from reference.as_loaded(null::reference.practices, $1);
