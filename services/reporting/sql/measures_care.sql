-- What the measures of care count, over their units (`migrations/0007_care.sql`); the rows, $1, $2 and $3 as in measures.sql.

-- name: proms
-- $4 teams   $5 codes of the scales   $6 lowest and   $7 highest valid score of each   $8 its tool
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'OpenReferrals2PlusContacts6Months', count(*) filter (where u."OpenReferrals2PlusContacts6Months"),
        'ClosedReferrals2PlusContacts', count(*) filter (where u."ClosedReferrals2PlusContacts"),
        'OpenBaselinePROM', count(*) filter (where u."OpenBaselinePROM"),
        'OpenBaselinePROM DIALOG', count(*) filter (where u."OpenBaselinePROM DIALOG"),
        'OpenBaselinePROM ReQoL-10', count(*) filter (where u."OpenBaselinePROM ReQoL-10"),
        'OpenBaselinePROM GBO', count(*) filter (where u."OpenBaselinePROM GBO"),
        'OpenPairedPROM', count(*) filter (where u."OpenPairedPROM"),
        'OpenPairedPROM DIALOG', count(*) filter (where u."OpenPairedPROM DIALOG"),
        'OpenPairedPROM ReQoL-10', count(*) filter (where u."OpenPairedPROM ReQoL-10"),
        'OpenPairedPROM GBO', count(*) filter (where u."OpenPairedPROM GBO"),
        'ClosedBaselinePROM', count(*) filter (where u."ClosedBaselinePROM"),
        'ClosedBaselinePROM DIALOG', count(*) filter (where u."ClosedBaselinePROM DIALOG"),
        'ClosedBaselinePROM ReQoL-10', count(*) filter (where u."ClosedBaselinePROM ReQoL-10"),
        'ClosedBaselinePROM GBO', count(*) filter (where u."ClosedBaselinePROM GBO"),
        'ClosedPairedPROM', count(*) filter (where u."ClosedPairedPROM"),
        'ClosedPairedPROM DIALOG', count(*) filter (where u."ClosedPairedPROM DIALOG"),
        'ClosedPairedPROM ReQoL-10', count(*) filter (where u."ClosedPairedPROM ReQoL-10"),
        'ClosedPairedPROM GBO', count(*) filter (where u."ClosedPairedPROM GBO")
    ) as counts,
    '{}'::jsonb as days
from proms_units($1, $2, $3, $4, $5, $6, $7, $8) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: prom_scales
-- $4 to $7 as of proms   $8 names of the scales   $9 the change that is reliable   $10 the clinical cut-off
with counted as (
    select p.level, p.code, p.team, u.age, u.ethnicity, u.deprivation, grouping(u.age, u.ethnicity, u.deprivation) as by, measure, count(*) as counts
    from prom_scales_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) u, unnest(u.counted) as measure, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
    group by p.level, p.code, p.team, measure, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
)
select level, code, team, grouped_by(by) as by, coalesce(age, ethnicity, deprivation, '') as value, jsonb_object_agg(measure, counts) as counts,
    '{}'::jsonb as days
from counted group by level, code, team, by, age, ethnicity, deprivation
order by 1, 2, 3, 4, 5;

-- name: therapies
-- $4 to $6 as of access. People, at each level once.
with counted as (
    select p.level, p.code, p.team, u.age, u.ethnicity, u.deprivation, grouping(u.age, u.ethnicity, u.deprivation) as by, measure, count(distinct u.personkey) as counts
    from therapies_units($1, $2, $3, $4, $5, $6) u, unnest(u.counted) as measure, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
    group by p.level, p.code, p.team, measure, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
)
select level, code, team, grouped_by(by) as by, coalesce(age, ethnicity, deprivation, '') as value, jsonb_object_agg(measure, counts) as counts,
    '{}'::jsonb as days
from counted group by level, code, team, by, age, ethnicity, deprivation
order by 1, 2, 3, 4, 5;

-- name: second_contact
-- $4 teams   $5 whether a contact counts once for each team in scope (Q4)
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'MHS124', count(*) filter (where u."MHS124"), 'MHS127', count(*) filter (where u."MHS127")
    ) as counts,
    jsonb_build_object(
        'MHS125', percentile_cont(0.5) within group (order by u.wait) filter (where u."MHS124"),
        'MHS126', percentile_cont(0.9) within group (order by u.wait) filter (where u."MHS124"),
        'MHS128', percentile_cont(0.5) within group (order by u.waited) filter (where u."MHS127"),
        'MHS129', percentile_cont(0.9) within group (order by u.waited) filter (where u."MHS127")
    ) as days
from second_contact_units($1, $2, $3, $4, $5) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: caseload
-- $4 the type of an early-intervention team
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'EIP68', count(*) filter (where u."EIP68")
    ) as counts,
    '{}'::jsonb as days
from caseload_units($1, $2, $3, $4) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: placements_year
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'IPS in the financial year', count(*) filter (where u."IPS in the financial year")
    ) as counts,
    '{}'::jsonb as days
from placements_year_units($1, $2, $3) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: early_contact
-- $4 teams   People, at each level once.
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'People referred', count(distinct u.person) filter (where u."People referred"),
        'Contacted within 96 hours', count(distinct u.person) filter (where u."Contacted within 96 hours")
    ) as counts,
    '{}'::jsonb as days
from (select hashtextextended(personkey, 0) as person, * from early_contact_units($1, $2, $3, $4)) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: contacts
-- $4 teams
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'Contacts due', count(*) filter (where u."Contacts due"), 'Contacts missed', count(*) filter (where u."Contacts missed"),
        'Contacts attended', count(*) filter (where u."Contacts attended"), 'Face to face', count(*) filter (where u."Face to face"),
        'Telephone', count(*) filter (where u."Telephone"), 'Video', count(*) filter (where u."Video")
    ) as counts,
    '{}'::jsonb as days
from contacts_units($1, $2, $3, $4) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;

-- name: spell_quality
-- $4 definition   $5 its version   $6 teams   $7 the reference set of assessments   $8 codes that are none
select p.level, p.code, p.team, grouped_by(grouping(u.age, u.ethnicity, u.deprivation)) as by, coalesce(u.age, u.ethnicity, u.deprivation, '') as value,
    jsonb_build_object(
        'Open spells', count(*) filter (where u."Open spells"), 'Without a key worker', count(*) filter (where u."Without a key worker"),
        'With a plan', count(*) filter (where u."With a plan"),
        'Plan agreed with the person', count(*) filter (where u."Plan agreed with the person"),
        'Plan co-produced', count(*) filter (where u."Plan co-produced"),
        'Plan co-produced and agreed', count(*) filter (where u."Plan co-produced and agreed"),
        'Plan review overdue', count(*) filter (where u."Plan review overdue"), 'Assessed', count(*) filter (where u."Assessed"),
        'Assessed again', count(*) filter (where u."Assessed again")
    ) as counts,
    jsonb_build_object('Repeat assessments', avg(u.again)) as days
from spell_quality_units($1, $2, $3, $4, $5, $6, $7, $8) u, places(u.provider, u.icb, u.pcn, u.footprint, u.teams) p
group by p.level, p.code, p.team, grouping sets ((), (u.age), (u.ethnicity), (u.deprivation))
order by 1, 2, 3, 4, 5;
