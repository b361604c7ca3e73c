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

-- name: signed
update return_version set signed_by = $3, signed_at = $4, authorisation = $5 where return_id = $1 and version = $2;

-- name: organisation
select kind, name from reference.organisations where ods = $1 order by valid_from desc nulls last limit 1;

-- name: authorisations
select id, definition, organisation, signatory, first, last from authorisation
where definition = $1 and organisation = $2 and withdrawn_at is null order by id;

-- name: authorise
insert into authorisation (definition, organisation, signatory, first, last, given_at) values ($1, $2, $3, $4, $5, $6) returning id;

-- name: withdraw
update authorisation set withdrawn_at = $2, withdrawn_by = $3 where id = $1 and withdrawn_at is null returning id;

-- name: notify
insert into notice (return_id, version, kind, role, text, said_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id;

-- name: notices
select * from notice where return_id = $1 and ($2::int is null or version = $2) order by id;

-- name: listed
select * from return_version where $1::text[] is null or organisation = any ($1) order by last desc, definition, organisation, version desc;

-- name: automate
insert into automatic (definition, organisation, since, by, said_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning id;

-- name: stop_automatic
update automatic set stopped_at = $3, stopped_by = $4 where definition = $1 and organisation = $2 and stopped_at is null returning id;

-- name: automatic
select definition, organisation, since from automatic where stopped_at is null order by definition, organisation;

-- name: entered_since
select exists (select from entered where return_id = $1 and said_at > $2);

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.returns', 0));

-- name: take_time
-- Counting takes longer than a worker's transaction may.
select set_config('transaction_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true);

-- name: icbs
select distinct ods from reference.organisations where kind = 'icb' order by ods;

-- name: whose
-- $1 an organisation's name   $2 providers
select distinct on (ods) ods, name, kind from reference.organisations
where name = $1 or ods = any ($2::text[]) order by ods, valid_from desc nulls last;
