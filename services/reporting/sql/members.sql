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

-- name: second_contact
select to_jsonb(u) as unit from second_contact_units($1, $2, $3, $4, $5) u where $6::text in ('', provider, icb);

-- name: caseload
select to_jsonb(u) as unit from caseload_units($1, $2, $3, $4) u where $5::text in ('', provider, icb);

-- name: placements_year
select to_jsonb(u) as unit from placements_year_units($1, $2, $3) u where $4::text in ('', provider, icb);

-- name: therapies
select to_jsonb(u) as unit from therapies_units($1, $2, $3, $4, $5, $6) u where $7::text in ('', provider, icb);

-- name: proms
select to_jsonb(u) as unit from proms_units($1, $2, $3, $4, $5, $6, $7, $8) u where $9::text in ('', provider, icb);

-- name: prom_scales
select to_jsonb(u) as unit from prom_scales_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) u where $11::text in ('', provider, icb);

-- name: early_contact
select to_jsonb(u) as unit from early_contact_units($1, $2, $3, $4) u where $5::text in ('', provider, icb);

-- name: contacts
select to_jsonb(u) as unit from contacts_units($1, $2, $3, $4) u where $5::text in ('', provider, icb);

-- name: spell_quality
select to_jsonb(u) as unit from spell_quality_units($1, $2, $3, $4, $5, $6, $7, $8) u where $9::text in ('', provider, icb);
