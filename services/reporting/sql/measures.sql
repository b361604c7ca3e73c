-- What measures count: one query for each family, over its units (`migrations/0003_units.sql`). Every row is a place (level, code; of a
-- provider, a team), of one group where `by` says of what, with counts and days by measure. In each: $1 the period's last day   $2 known:
-- infinity for now, or a microsecond after the instant asked for   $3 load of the reference data, null: the latest.
-- The transformation footprint: all of it, and what of it is in an ICB.

-- name: by_hash
-- How little of a table is asked for cannot be guessed, and a wrong guess makes a loop over it: for one transaction, none is made.
select set_config('enable_nestloop', 'off', true), set_config('work_mem', '256MB', true);

-- name: snapshot
select pg_export_snapshot();

-- name: mrs
-- $4 definition   $5 its version
with unit as materialized (
    select provider, icb, pcn, footprint, teams, age, ethnicity, deprivation, waited, "MRS01", "MRS01a", "MRS02", "MRS02a", "MRS02c", "MRS02e",
        "MRS03", "MRS04", "MRS05", "MRS06", "MRS07a", "MRS07c", "MRS07e", "MRS15", "MRS20", "MRS21"
    from mrs_units($1, $2, $3, $4, $5)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
    union all select 'team', provider, t.team, unit.* from unit, unnest(teams) as t (team)
), counted as (
    select level, code, team, age, ethnicity, deprivation, grouping(age, ethnicity, deprivation) as by,
        count(*) filter (where "MRS01") as "MRS01", count(*) filter (where "MRS01a") as "MRS01a", count(*) filter (where "MRS02") as "MRS02",
        count(*) filter (where "MRS02a") as "MRS02a", count(*) filter (where "MRS02c") as "MRS02c", count(*) filter (where "MRS02e") as "MRS02e",
        count(*) filter (where "MRS03") as "MRS03", count(*) filter (where "MRS04") as "MRS04", count(*) filter (where "MRS05") as "MRS05",
        count(*) filter (where "MRS06") as "MRS06", count(*) filter (where "MRS07a") as "MRS07a", count(*) filter (where "MRS07c") as "MRS07c",
        count(*) filter (where "MRS07e") as "MRS07e", count(*) filter (where "MRS15") as "MRS15", count(*) filter (where "MRS20") as "MRS20",
        count(*) filter (where "MRS21") as "MRS21"
    from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
), centiles as (
    select level, code, team, age, ethnicity, deprivation, grouping(age, ethnicity, deprivation) as by,
        percentile_cont(array[0.5, 0.9]) within group (order by waited) as days
    from placed where "MRS03" group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
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
with unit as materialized (
    select hashtextextended(personkey, 0) as person, provider, icb, pcn, footprint, age, ethnicity, deprivation, "CMH access", "Psych therapy access"
    from access_units($1, $2, $3, $4, $5, $6)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'MHS108', count(distinct person), 'CMH access', count(distinct person) filter (where "CMH access"),
        'Psych therapy access', count(distinct person) filter (where "Psych therapy access")
    ) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: placements
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation from placements_units($1, $2, $3)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS116', count(*)) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: rejections
-- $4 teams
with unit as materialized (
    select provider, icb, pcn, footprint, teams, age, ethnicity, deprivation, days, "Referrals received" as received, "Referrals not accepted" as rejected,
        "Referrals not accepted - duplicate" as duplicate, "Referrals not accepted - alternative service required" as elsewhere,
        "Referrals not accepted - incomplete" as incomplete, "Referrals not accepted - missing / invalid" as missing
    from rejections_units($1, $2, $3, $4)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
    union all select 'team', provider, t.team, unit.* from unit, unnest(teams) as t (team)
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'Referrals received', count(*) filter (where received), 'Referrals not accepted', count(*) filter (where rejected),
        'Referrals not accepted - duplicate', count(*) filter (where duplicate),
        'Referrals not accepted - alternative service required', count(*) filter (where elsewhere),
        'Referrals not accepted - incomplete', count(*) filter (where incomplete),
        'Referrals not accepted - missing / invalid', count(*) filter (where missing)
    ) as counts,
    jsonb_build_object('Referrals not accepted length', avg(days) filter (where rejected)) as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: early_intervention
-- $4 version of eip-2016
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation, "EIP23a", "EIP23b", "EIP23c", "EIP23d", "EIP23e", "EIP23f", "EIP23g", "EIP23h"
    from early_intervention_units($1, $2, $3, $4)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'years' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object(
        'EIP23a', count(*) filter (where "EIP23a"), 'EIP23b', count(*) filter (where "EIP23b"), 'EIP23c', count(*) filter (where "EIP23c"),
        'EIP23d', count(*) filter (where "EIP23d"), 'EIP23e', count(*) filter (where "EIP23e"), 'EIP23f', count(*) filter (where "EIP23f"),
        'EIP23g', count(*) filter (where "EIP23g"), 'EIP23h', count(*) filter (where "EIP23h")
    ) as counts, '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: admissions
-- $4 classes of acute wards   $5 the same until March 2024   $6 sources that are no admission
with unit as materialized (
    select provider, icb, pcn, footprint, age, ethnicity, deprivation, "MHS106a", "MHS106b" from admissions_units($1, $2, $3, $4, $5, $6)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
)
select level, code, team, case grouping(age, ethnicity, deprivation) when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation'
    else '' end as by, coalesce(age, ethnicity, deprivation, '') as value,
    jsonb_build_object('MHS106', count(*), 'MHS106a', count(*) filter (where "MHS106a"), 'MHS106b', count(*) filter (where "MHS106b")) as counts,
    '{}'::jsonb as days
from placed group by level, code, team, grouping sets ((), (age), (ethnicity), (deprivation))
order by 1, 2, 3, 4, 5;

-- name: health_checks
with unit as materialized (
    select hashtextextended(personkey, 0) as person, provider, icb, pcn, footprint, practice, age, ethnicity, "All6PHC" as complete
    from health_checks_units($1, $2, $3)
), placed as (
    select 'england' as level, 'England' as code, '' as team, unit.* from unit
    union all select 'provider', provider, '', unit.* from unit
    union all select 'icb', icb, '', unit.* from unit
    union all select 'pcn', pcn, '', unit.* from unit
    union all select 'practice', practice, '', unit.* from unit
    union all select 'footprint', 'footprint', '', unit.* from unit where footprint
    union all select 'footprint', icb, '', unit.* from unit where footprint
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
