-- What measures count: one query for each family, over its units (`migrations/0003_units.sql`). Every row is a place (level, code; of a
-- provider, a team), of one group where `by` says of what, with counts and days by measure. In each: $1 the period's last day   $2 known:
-- infinity for now, or a microsecond after the instant asked for   $3 load of the reference data, null: the latest.
-- All places and groups are counted in one pass, by grouping sets. The transformation footprint: all of it, and what of it is in an ICB.

-- name: by_hash
-- How little of a table is asked for cannot be guessed, and a wrong guess makes a loop over it, or sorts what could be hashed: for one
-- transaction, neither is done.
select set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true), set_config('work_mem', '256MB', true);

-- name: snapshot
select pg_export_snapshot();

-- name: mrs
-- $4 definition   $5 its version. A spell is counted once at a team and once elsewhere: its `further` teams count there alone.
with unit as materialized (
    select provider, icb, pcn, footprint, teams, age, ethnicity, deprivation, waited, "MRS01", "MRS01a", "MRS02", "MRS02a", "MRS02c", "MRS02e",
        "MRS03", "MRS04", "MRS05", "MRS06", "MRS07a", "MRS07c", "MRS07e", "MRS15", "MRS20", "MRS21"
    from mrs_units($1, $2, $3, $4, $5)
), counted as (
    select case when grouping(team) = 0 then 'team' when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
            when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
        coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "MRS01") as "MRS01", count(*) filter (where "MRS01a") as "MRS01a", count(*) filter (where "MRS02") as "MRS02",
        count(*) filter (where "MRS02a") as "MRS02a", count(*) filter (where "MRS02c") as "MRS02c", count(*) filter (where "MRS02e") as "MRS02e",
        count(*) filter (where "MRS03") as "MRS03", count(*) filter (where "MRS04") as "MRS04", count(*) filter (where "MRS05") as "MRS05",
        count(*) filter (where "MRS06") as "MRS06", count(*) filter (where "MRS07a") as "MRS07a", count(*) filter (where "MRS07c") as "MRS07c",
        count(*) filter (where "MRS07e") as "MRS07e", count(*) filter (where "MRS15") as "MRS15", count(*) filter (where "MRS20") as "MRS20",
        count(*) filter (where "MRS21") as "MRS21",
        array_agg(waited) filter (where "MRS03") as waited
    from (
        select unit.*, t.team, coalesce(t.nth > 1, false) as further from unit left join lateral unnest(teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select c.level, c.code, c.team, c.by, c.value, to_jsonb(c) - '{level,code,team,by,value,waited}'::text[] as counts,
    jsonb_build_object('MRS03a', d.days[1], 'MRS03b', d.days[2]) as days
from counted c
cross join lateral (select percentile_cont(array[0.5, 0.9]) within group (order by day) as days from unnest(c.waited) as day) d
order by 1, 2, 3, 4, 5;

-- name: access
-- $4 teams of MHS108   $5 teams of the dashboard's access   $6 whether a contact counts once for each team in scope (Q4)
-- Who is here once needs no comparison with others.
with unit as materialized (
    select person, provider, icb, pcn, footprint, age, ethnicity, deprivation, "CMH access", "Psych therapy access",
        count(*) over (partition by person) = 1 as alone
    from (select hashtextextended(personkey, 0) as person, u.* from access_units($1, $2, $3, $4, $5, $6) u) u
), counted as (
    select case when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
        when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code,
        case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
        coalesce(age, ethnicity, deprivation, '') as value,
        count(*) as people, count(*) filter (where "CMH access") as dashboard, count(*) filter (where "Psych therapy access") as therapy
    from unit where alone
    group by grouping sets ((), (provider), (icb), (pcn), (footprint), (footprint, icb)), grouping sets ((), (age), (ethnicity), (deprivation))
    having footprint is not false
    union all
    select case when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
        when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code,
        case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
        coalesce(age, ethnicity, deprivation, '') as value,
        count(distinct person), count(distinct person) filter (where "CMH access"), count(distinct person) filter (where "Psych therapy access")
    from unit where not alone
    group by grouping sets ((), (provider), (icb), (pcn), (footprint), (footprint, icb)), grouping sets ((), (age), (ethnicity), (deprivation))
    having footprint is not false
)
select level, code, '' as team, by, value,
    jsonb_build_object('MHS108', sum(people), 'CMH access', sum(dashboard), 'Psych therapy access', sum(therapy)) as counts, '{}'::jsonb as days
from counted group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5;

-- name: placements
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation from placements_units($1, $2, $3)
)
select case when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
    when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
    coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, '' as team,
    case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
    coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS116', count(*)) as counts,
    '{}'::jsonb as days
from unit
group by grouping sets ((), (provider), (pcn), (footprint), (footprint, icb)), grouping sets ((), (age), (ethnicity), (deprivation))
having footprint is not false
order by 1, 2, 3, 4, 5;

-- name: rejections
-- $4 teams
with unit as materialized (
    select provider, icb, pcn, footprint, teams[1] as team, age, ethnicity, deprivation, days, "Referrals received" as received, "Referrals not accepted" as rejected,
        "Referrals not accepted - duplicate" as duplicate, "Referrals not accepted - alternative service required" as elsewhere,
        "Referrals not accepted - incomplete" as incomplete, "Referrals not accepted - missing / invalid" as missing
    from rejections_units($1, $2, $3, $4)
)
select case when grouping(team) = 0 then 'team' when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
    when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
    coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
    case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
    coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'Referrals received', count(*) filter (where received), 'Referrals not accepted', count(*) filter (where rejected),
        'Referrals not accepted - duplicate', count(*) filter (where duplicate),
        'Referrals not accepted - alternative service required', count(*) filter (where elsewhere),
        'Referrals not accepted - incomplete', count(*) filter (where incomplete),
        'Referrals not accepted - missing / invalid', count(*) filter (where missing)
    ) as counts,
    jsonb_build_object('Referrals not accepted length', avg(days) filter (where rejected)) as days
from unit
group by grouping sets ((), (provider), (icb), (pcn), (footprint), (footprint, icb), (provider, team)), grouping sets ((), (age), (ethnicity), (deprivation))
having footprint is not false
order by 1, 2, 3, 4, 5;

-- name: early_intervention
-- $4 version of eip-2016
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation, "EIP23a", "EIP23b", "EIP23c", "EIP23d", "EIP23e", "EIP23f", "EIP23g", "EIP23h"
    from early_intervention_units($1, $2, $3, $4)
)
select case when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
    when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
    coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, '' as team,
    case grouping(age, ethnicity, deprivation) when 3 then 'years' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
    coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'EIP23a', count(*) filter (where "EIP23a"), 'EIP23b', count(*) filter (where "EIP23b"), 'EIP23c', count(*) filter (where "EIP23c"),
        'EIP23d', count(*) filter (where "EIP23d"), 'EIP23e', count(*) filter (where "EIP23e"), 'EIP23f', count(*) filter (where "EIP23f"),
        'EIP23g', count(*) filter (where "EIP23g"), 'EIP23h', count(*) filter (where "EIP23h")
    ) as counts,
    '{}'::jsonb as days
from unit
group by grouping sets ((), (provider), (icb), (pcn), (footprint), (footprint, icb)), grouping sets ((), (age), (ethnicity), (deprivation))
having footprint is not false
order by 1, 2, 3, 4, 5;

-- name: admissions
-- $4 classes of acute wards   $5 the same until March 2024   $6 sources that are no admission
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation, "MHS106a", "MHS106b" from admissions_units($1, $2, $3, $4, $5, $6)
)
select case when grouping(footprint) = 0 then 'footprint' when grouping(provider) = 0 then 'provider' when grouping(icb) = 0 then 'icb'
    when grouping(pcn) = 0 then 'pcn' else 'england' end as level,
    coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, '' as team,
    case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end as by,
    coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS106', count(*), 'MHS106a', count(*) filter (where "MHS106a"), 'MHS106b', count(*) filter (where "MHS106b")) as counts,
    '{}'::jsonb as days
from unit
group by grouping sets ((), (provider), (icb), (pcn), (footprint), (footprint, icb)), grouping sets ((), (age), (ethnicity), (deprivation))
having footprint is not false
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

-- name: networks
select distinct on (pcn) pcn, icb from reference.as_loaded(null::reference.pcns, $1) where icb <> '' order by pcn;
