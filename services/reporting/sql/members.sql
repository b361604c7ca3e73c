-- The units of each family as documents, for what a cell opens to; the arguments are those of its counting query, and after them an
-- organisation, whose units alone are wanted: a provider or an ICB; '' for all.

-- name: mrs
select to_jsonb(u) as unit from mrs_units($1, $2, $3, $4, $5) u where $6::text in ('', provider, icb);

-- name: access
select to_jsonb(u) as unit from access_units($1, $2, $3, $4, $5, $6) u where $7::text in ('', provider, icb);

-- name: placements
select to_jsonb(u) as unit from placements_units($1, $2, $3) u where $4::text in ('', provider, icb);

-- name: rejections
select to_jsonb(u) as unit from rejections_units($1, $2, $3, $4) u where $5::text in ('', provider, icb);

-- name: early_intervention
select to_jsonb(u) as unit from early_intervention_units($1, $2, $3, $4) u where $5::text in ('', provider, icb);

-- name: admissions
select to_jsonb(u) as unit from admissions_units($1, $2, $3, $4, $5, $6) u where $7::text in ('', provider, icb);

-- name: health_checks
select to_jsonb(u) as unit from health_checks_units($1, $2, $3) u where $4::text in ('', provider, icb);
