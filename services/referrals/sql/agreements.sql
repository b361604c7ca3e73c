-- Who shares their people with whom.

-- name: make_agreement
insert into access.agreement (owner, partner, purpose, fields, valid_from, valid_to, made_by, reason, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id;

-- name: end_agreement
-- One that had not begun by then holds for its first day alone.
update access.agreement set valid_to = greatest($2::date, valid_from) where id = $1 and (valid_to is null or valid_to > $2) returning id;

-- name: agreements
select id, owner, partner, purpose, fields, valid_from, valid_to, made_by, reason, made_at from access.agreement order by id desc;

-- name: audit_access
insert into access.audit (said_at, by, what, about) values ($1, $2, $3, $4::json);
