-- The units of each family as documents, for what a cell opens to; the arguments are those of its counting query, and after them the
-- codes of whose units alone are wanted (`inside`), null: of all.

-- name: mrs
select to_jsonb(u) as unit from mrs_units($1, $2, $3, $4, $5) u where inside($6::text[], provider, surgery, lsoa);

-- name: access
select to_jsonb(u) as unit from access_units($1, $2, $3, $4, $5, $6, false) u where inside($7::text[], provider, surgery, lsoa);

-- name: placements
select to_jsonb(u) as unit from placements_units($1, $2, $3) u where inside($4::text[], provider, surgery, lsoa);

-- name: rejections
select to_jsonb(u) as unit from rejections_units($1, $2, $3, $4) u where inside($5::text[], provider, surgery, lsoa);

-- name: early_intervention
select to_jsonb(u) as unit from early_intervention_units($1, $2, $3, $4) u where inside($5::text[], provider, surgery, lsoa);

-- name: admissions
select to_jsonb(u) as unit from admissions_units($1, $2, $3, $4, $5, $6) u where inside($7::text[], provider, surgery, lsoa);

-- name: second_contact
select to_jsonb(u) as unit from second_contact_units($1, $2, $3, $4, $5) u where inside($6::text[], provider, surgery, lsoa);

-- name: caseload
select to_jsonb(u) as unit from caseload_units($1, $2, $3, $4) u where inside($5::text[], provider, surgery, lsoa);

-- name: placements_year
select to_jsonb(u) as unit from placements_year_units($1, $2, $3) u where inside($4::text[], provider, surgery, lsoa);

-- name: therapies
select to_jsonb(u) as unit from therapies_units($1, $2, $3, $4, $5, $6) u where inside($7::text[], provider, surgery, lsoa);

-- name: proms
select to_jsonb(u) as unit from proms_units($1, $2, $3, $4, $5, $6, $7, $8) u where inside($9::text[], provider, surgery, lsoa);

-- name: prom_scales
select to_jsonb(u) as unit from prom_scales_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) u where inside($11::text[], provider, surgery, lsoa);

-- name: early_contact
select to_jsonb(u) as unit from early_contact_units($1, $2, $3, $4) u where inside($5::text[], provider, surgery, lsoa);

-- name: contacts
select to_jsonb(u) as unit from contacts_units($1, $2, $3, $4) u where inside($5::text[], provider, surgery, lsoa);

-- name: spell_quality
select to_jsonb(u) as unit from spell_quality_units($1, $2, $3, $4, $5, $6, $7, $8) u where inside($9::text[], provider, surgery, lsoa);
