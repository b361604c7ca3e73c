-- The life of returns.

-- name: lock_version
select * from return_version where return_id = $1 and version = $2 for update;

-- name: draft
insert into return_version (return_id, version, definition, definition_version, organisation, period, first, last, due_on, state, revision, made_by, made_at)
select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, 'draft', nextval('revision'), $9, $10
from return_version where return_id = $1
returning *;

-- name: stepped
update return_version set state = $3, revision = nextval('revision') where return_id = $1 and version = $2 returning *;

-- name: step
insert into step (return_id, version, number, change, state, said_at, by, detail)
select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7 from step where return_id = $1 and version = $2;

-- name: steps
select * from step where return_id = $1 and ($2::int is null or version = $2) order by version, number;

-- name: versions
select * from return_version where return_id = $1 order by version;
