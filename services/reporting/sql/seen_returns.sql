-- name: whose
-- $1 an organisation's name   $2 providers
select distinct on (ods) ods, name, kind from reference.organisations
where name = $1 or ods = any ($2::text[]) order by ods, valid_from desc nulls last;
