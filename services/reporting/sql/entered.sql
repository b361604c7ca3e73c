-- What is entered by hand for returns, definitions and blank workbooks that were added, and the reference data that returns stand on.

-- name: enter
insert into entered (return_id, line, "group", value, why, by, said_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: standing
-- $2 known at; null: now
select distinct on (line, "group") line, "group", value from entered
where return_id = $1 and ($2::timestamptz is null or said_at <= $2) order by line, "group", id desc;

-- name: history
select line, "group", value, why, by, said_at from entered where return_id = $1 order by id;

-- name: add_blank
insert into blank_workbook (definition, definition_version, file_name, sha256, content, by, said_at)
values ($1, $2, $3, encode(sha256($4), 'hex'), $4, $5, $6) returning sha256;

-- name: blank
select content from blank_workbook where definition = $1 and definition_version = $2 order by id desc limit 1;

-- name: definitions
select id, version, toml from return_definition;

-- name: add_definition
insert into return_definition (id, version, toml, by, said_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning id;

-- name: organisation
-- $2 load of the reference data; null: the latest
select name, kind = 'icb' as icb from reference.as_loaded(null::reference.organisations, $2) where ods = $1;

-- name: pcns
-- The PCNs that an ICB's practices belong to on a day, with the criteria that each meets then.
select distinct on (g.pcn) g.pcn, coalesce(p.name, g.pcn) as name, c.criteria_met::int as criteria,
    coalesce(c.fully_transformed = 'yes', false) as transformed
from practice_at($2, $3) g
left join reference.as_loaded(null::reference.pcns, $3) p on p.pcn = g.pcn
left join reference.as_loaded(null::reference.pcn_criteria, $3) c
    on c.pcn = g.pcn and $2 between coalesce(c.valid_from, '-infinity') and coalesce(c.valid_to, 'infinity')
where g.icb = $1 and g.pcn <> ''
order by g.pcn, c.criteria_met desc nulls last;

-- name: plans
select measure, period, planned from reference.as_loaded(null::reference.trajectories, $2) where organisation = $1 order by measure, period;

-- name: targets
select distinct on (measure) measure, target from reference.as_loaded(null::reference.targets, $2)
where $1::date between coalesce(valid_from, '-infinity') and coalesce(valid_to, 'infinity') order by measure, valid_from desc nulls last;

-- name: live_pathways
-- The first day of each at a provider, or at any provider of an ICB.
select d.pathway, min(d.live_from) as since
from reference.as_loaded(null::reference.dedicated_pathways, $3) d
left join reference.as_loaded(null::reference.organisations, $3) o on o.ods = d.provider
where $1 in (d.provider, o.icb) and d.live_from <= $2 group by d.pathway;
