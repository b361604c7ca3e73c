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
select v.*, l.looked_at, l.differences, l.material from return_version v left join look l using (return_id, version)
where return_id = $1 order by version;

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
select v.*, l.differences, l.material from return_version v left join look l using (return_id, version)
where $1::text[] is null or organisation = any ($1) order by last desc, definition, organisation, version desc;

-- name: automate
insert into automatic (definition, organisation, since, by, said_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning id;

-- name: stop_automatic
update automatic set stopped_at = $3, stopped_by = $4 where definition = $1 and organisation = $2 and stopped_at is null returning id;

-- name: automatic
select definition, organisation, since from automatic where stopped_at is null order by definition, organisation;

-- name: entered_since
select exists (select from entered where return_id = $1 and said_at > $2);

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.' || $1::text, 0));

-- name: take_time
-- Counting takes longer than a worker's transaction may.
select set_config('transaction_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true);

-- name: icbs
select distinct ods from reference.organisations where kind = 'icb' order by ods;

-- name: whose
-- $1 an organisation's name   $2 providers
select distinct on (ods) ods, name, kind from reference.organisations
where name = $1 or ods = any ($2::text[]) order by ods, valid_from desc nulls last;

-- name: to_look_at
-- $1 looked at before this   $2 periods that ended since   The newest version of a return that has left, the one that has waited longest.
select v.* from return_version v left join look l using (return_id, version)
where v.signed_at is not null and v.state in ('submitted', 'acknowledged', 'closed') and v.last >= $2::date
    and coalesce(l.looked_at, v.signed_at) < $1
    and not exists (select from return_version n where n.return_id = v.return_id and n.version > v.version)
order by coalesce(l.looked_at, v.signed_at), return_id limit 1;

-- name: looked
insert into look (return_id, version, looked_at, differences, material, problem) values ($1, $2, $3, $4, $5, $6)
on conflict (return_id, version) do update set looked_at = excluded.looked_at,
    differences = coalesce(excluded.differences, look.differences), material = coalesce(excluded.material, look.material),
    problem = excluded.problem;
