-- name: write_pathways
update pathway p set document = u.document::json, updated_at = clock_timestamp()
from unnest($1::text[], $2::text[]) as u (personkey, document) where p.personkey = u.personkey;

-- name: stood
select * from stood($1, $2, $3, $4);

-- name: end_facts
select end_facts($1, $2, $3, $4, $5);

-- name: begin_facts
select begin_facts($1, $2::json);

-- name: newer
insert into told as t (personkey, part, revision)
select * from unnest($1::text[], $2::text[], $3::bigint[]) as u (personkey, part, revision) order by personkey, part
on conflict (personkey, part) do update set revision = excluded.revision where t.revision < excluded.revision
returning personkey, part;

-- name: changed
insert into feed as f (provider, changes)
select * from unnest($1::text[], $2::bigint[]) as u (provider, changes) order by provider
on conflict (provider) do update set changes = f.changes + excluded.changes;
