-- What the measures of care count, over their units (`migrations/0007_care.sql`); the rows, $1, $2 and $3 as in measures.sql. Something is
-- counted once at a team and once elsewhere: its `further` teams count there alone.

-- name: proms
-- $4 teams   $5 codes of the scales   $6 lowest and   $7 highest valid score of each   $8 its tool
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "OpenReferrals2PlusContacts6Months") as "OpenReferrals2PlusContacts6Months",
        count(*) filter (where "ClosedReferrals2PlusContacts") as "ClosedReferrals2PlusContacts",
        count(*) filter (where "OpenBaselinePROM") as "OpenBaselinePROM",
        count(*) filter (where "OpenBaselinePROM DIALOG") as "OpenBaselinePROM DIALOG",
        count(*) filter (where "OpenBaselinePROM ReQoL-10") as "OpenBaselinePROM ReQoL-10",
        count(*) filter (where "OpenBaselinePROM GBO") as "OpenBaselinePROM GBO",
        count(*) filter (where "OpenPairedPROM") as "OpenPairedPROM",
        count(*) filter (where "OpenPairedPROM DIALOG") as "OpenPairedPROM DIALOG",
        count(*) filter (where "OpenPairedPROM ReQoL-10") as "OpenPairedPROM ReQoL-10",
        count(*) filter (where "OpenPairedPROM GBO") as "OpenPairedPROM GBO",
        count(*) filter (where "ClosedBaselinePROM") as "ClosedBaselinePROM",
        count(*) filter (where "ClosedBaselinePROM DIALOG") as "ClosedBaselinePROM DIALOG",
        count(*) filter (where "ClosedBaselinePROM ReQoL-10") as "ClosedBaselinePROM ReQoL-10",
        count(*) filter (where "ClosedBaselinePROM GBO") as "ClosedBaselinePROM GBO",
        count(*) filter (where "ClosedPairedPROM") as "ClosedPairedPROM",
        count(*) filter (where "ClosedPairedPROM DIALOG") as "ClosedPairedPROM DIALOG",
        count(*) filter (where "ClosedPairedPROM ReQoL-10") as "ClosedPairedPROM ReQoL-10",
        count(*) filter (where "ClosedPairedPROM GBO") as "ClosedPairedPROM GBO"
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from proms_units($1, $2, $3, $4, $5, $6, $7, $8) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value}'::text[] as counts, '{}'::jsonb as days
from counted
order by 1, 2, 3, 4, 5;

-- name: prom_scales
-- $4 to $7 as of proms   $8 names of the scales   $9 the change that is reliable   $10 the clinical cut-off
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        measure, count(*) as counts
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from prom_scales_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed, unnest(counted) as measure
    group by measure, grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, jsonb_object_agg(measure, counts) as counts, '{}'::jsonb as days
from counted group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5;

-- name: therapies
-- $4 to $6 as of access. People, at each level once.
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        measure, count(distinct personkey) as counts
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from therapies_units($1, $2, $3, $4, $5, $6) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed, unnest(counted) as measure
    group by measure, grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, jsonb_object_agg(measure, counts) as counts, '{}'::jsonb as days
from counted group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5;

-- name: second_contact
-- $4 teams   $5 whether a contact counts once for each team in scope (Q4)
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "MHS124") as "MHS124", count(*) filter (where "MHS127") as "MHS127",
        array_agg(wait) filter (where "MHS124") as waits, array_agg(waited) filter (where "MHS127") as waiting
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from second_contact_units($1, $2, $3, $4, $5) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value,waits,waiting}'::text[] as counts, 
    jsonb_build_object('MHS125', had.days[1], 'MHS126', had.days[2], 'MHS128', still.days[1], 'MHS129', still.days[2]) as days
from counted
cross join lateral (select percentile_cont(array[0.5, 0.9]) within group (order by day) as days from unnest(waits) as day) had
cross join lateral (select percentile_cont(array[0.5, 0.9]) within group (order by day) as days from unnest(waiting) as day) still
order by 1, 2, 3, 4, 5;

-- name: caseload
-- $4 the type of an early-intervention team
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "EIP68") as "EIP68"
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from caseload_units($1, $2, $3, $4) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value}'::text[] as counts, '{}'::jsonb as days
from counted
order by 1, 2, 3, 4, 5;

-- name: placements_year
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "IPS in the financial year") as "IPS in the financial year"
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from placements_year_units($1, $2, $3) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value}'::text[] as counts, '{}'::jsonb as days
from counted
order by 1, 2, 3, 4, 5;

-- name: early_contact
-- $4 teams   People, at each level once.
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(distinct person) filter (where "People referred") as "People referred",
        count(distinct person) filter (where "Contacted within 96 hours") as "Contacted within 96 hours"
    from (
        select hashtextextended(personkey, 0) as person, u.*, t.team, coalesce(t.nth > 1, false) as further
        from early_contact_units($1, $2, $3, $4) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value}'::text[] as counts, '{}'::jsonb as days
from counted
order by 1, 2, 3, 4, 5;

-- name: contacts
-- $4 teams
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "Contacts due") as "Contacts due", count(*) filter (where "Contacts missed") as "Contacts missed",
        count(*) filter (where "Contacts attended") as "Contacts attended", count(*) filter (where "Face to face") as "Face to face",
        count(*) filter (where "Telephone") as "Telephone", count(*) filter (where "Video") as "Video"
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from contacts_units($1, $2, $3, $4) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value}'::text[] as counts, '{}'::jsonb as days
from counted
order by 1, 2, 3, 4, 5;

-- name: spell_quality
-- $4 definition   $5 its version   $6 teams   $7 the reference set of assessments   $8 codes that are none
with counted as (
    select level_of(grouping(team, footprint, provider, icb, pcn)) as level,
        coalesce(provider, icb, pcn, case grouping(footprint) when 0 then 'footprint' else 'England' end) as code, coalesce(team, '') as team,
        group_of(grouping(age, ethnicity, deprivation)) as by, coalesce(age, ethnicity, deprivation, '') as value,
        count(*) filter (where "Open spells") as "Open spells", count(*) filter (where "Without a key worker") as "Without a key worker",
        count(*) filter (where "With a plan") as "With a plan",
        count(*) filter (where "Plan agreed with the person") as "Plan agreed with the person",
        count(*) filter (where "Plan co-produced") as "Plan co-produced",
        count(*) filter (where "Plan co-produced and agreed") as "Plan co-produced and agreed",
        count(*) filter (where "Plan review overdue") as "Plan review overdue", count(*) filter (where "Assessed") as "Assessed",
        count(*) filter (where "Assessed again") as "Assessed again", avg(again) as again
    from (
        select u.*, t.team, coalesce(t.nth > 1, false) as further
        from spell_quality_units($1, $2, $3, $4, $5, $6, $7, $8) u left join lateral unnest(u.teams) with ordinality as t (team, nth) on true
    ) placed
    group by grouping sets ((further), (further, provider), (further, icb), (further, pcn), (further, footprint), (further, footprint, icb), (provider, team)),
        grouping sets ((), (age), (ethnicity), (deprivation))
    having further is not true and footprint is not false and (grouping(team) = 1 or team is not null)
)
select level, code, team, by, value, to_jsonb(counted) - '{level,code,team,by,value,again}'::text[] as counts, jsonb_build_object('Repeat assessments', again) as days
from counted
order by 1, 2, 3, 4, 5;
