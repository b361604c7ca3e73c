-- name: positions
select array_agg(nextval('position')) from generate_series(1, $1::int);

-- name: claim_ids
-- First come, first kept: whoever inserts waits for an uncommitted rival, in one order, and then learns that it was there.
with claimed as (
    insert into seen (id, source, hash, position)
    select * from unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[]) as u (id, source, hash, position) order by id, source
    on conflict do nothing
    returning position
)
select array_agg(position) from claimed;

-- name: first_seen
select s.id, s.source, s.hash, l.flags
from seen s left join ledger l on l.position = s.position
where (s.id, s.source) in (select * from unnest($1::text[], $2::text[]));

-- name: find_people
-- Shared locks: a merge waits for whoever still writes under the old key, so that it moves those records too.
select digest, personkey from lookup where digest = any ($1::bytea[]) for share;

-- name: people_with_nhs_number
select distinct personkey from lookup where kind = 'nhs-number' and personkey = any ($1::text[]);

-- name: add_lookups
insert into lookup (digest, key_version, kind, personkey)
select * from unnest($1::bytea[], $2::int[], $3::text[], $4::text[]) as u (digest, key_version, kind, personkey) order by digest
on conflict do nothing;

-- name: move_lookups
update lookup set personkey = $2 where digest = any ($1::bytea[]);

-- name: lock_people
-- New people and merges are rare; one at a time keeps two transactions from giving one person two keys.
select pg_advisory_xact_lock(hashtextextended('referrals.lookup', 0));

-- name: owners
select provider, kind, record_id, personkey from record
where (provider, kind, record_id) in (select * from unnest($1::text[], $2::text[], $3::text[]));

-- name: records_of
select provider, kind, record_id from record where personkey = $1 and provider = $2;

-- name: own_records
insert into record (provider, kind, record_id, personkey)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u (provider, kind, record_id, personkey)
order by provider, kind, record_id
on conflict (provider, kind, record_id) do update set personkey = excluded.personkey
where record.personkey <> excluded.personkey;

-- name: versions_of
-- Every version of these records that stands under this key, to be repeated under another.
select provider, kind, record_id, recordedtime, receivedtime, event::text as event from ledger
where personkey = $1 and (provider, kind, record_id) in (select * from unnest($2::text[], $3::text[], $4::text[]))
order by receivedtime, id, position;

-- name: latest_versions
select provider, kind, record_id, max(recordedtime) as recordedtime
from ledger join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u (provider, kind, record_id, personkey)
    using (personkey, provider, kind, record_id)
group by provider, kind, record_id;

-- name: read_raw
select r.key_version, r.sealed from vault.raw r where r.position = $1;

-- name: log_access
insert into vault.access_log (read_by, purpose, what) values ($1, $2, $3);

-- name: write_identities
insert into vault.identity as i (personkey, provider, digest, key_version, sealed, updated_at)
select personkey, provider, digest, $6, sealed, $5
from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) as u (personkey, provider, digest, sealed)
order by personkey, provider
on conflict (personkey, provider) do update
set digest = excluded.digest, key_version = excluded.key_version, sealed = excluded.sealed, updated_at = excluded.updated_at
where i.digest <> excluded.digest;

-- name: write_refusals
insert into refusal (position, provider, source, id, type, verdict, reason, field, detail, hashes, receivedtime, topic, partition, record_offset, judged_by)
select position, provider, source, id, type, verdict, reason, field, detail, string_to_array(hashes, ','), $10, topic, partition, record_offset, $14
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $11::text[], $12::text[], $13::int[], $15::bigint[])
    as u (position, provider, source, id, type, verdict, reason, field, detail, hashes, topic, partition, record_offset);

-- name: ledger_months
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'ledger'::regclass;

-- name: ledger_began_early
select exists (select from ledger_early where receivedtime >= $1 and receivedtime < $2);

-- name: quarantined
select position, provider, receivedtime from refusal
where verdict = 'quarantined' and released_as is null and judged_by <> $1
order by position limit $2 for update skip locked;

-- name: quarantine
select count(*) as events, coalesce(extract(epoch from clock_timestamp() - min(receivedtime)), 0)::float8 as oldest_seconds from refusal
where verdict = 'quarantined' and released_as is null;

-- name: judged_again
update refusal set judged_by = $2, released_as = $3 where position = $1;

-- name: receipts_by_id
select position, source, id, 'accepted' as verdict, flags, null as reason, null as field, null as detail, null::text[] as hashes, receivedtime
from ledger where position in (select position from seen where id = $2 and source like '/' || $1 || '/%')
union all
select position, source, id, verdict, '{}', reason, field, detail, hashes, receivedtime from refusal where id = $2 and provider = $1
order by position;

-- name: receipts_since
(select position, source, id, 'accepted' as verdict, flags, null as reason, null as field, null as detail, null::text[] as hashes, receivedtime
 from ledger where provider = $1 and position > $2 and receivedtime >= $3 and source <> '/clockstop/referrals' order by position limit $4)
union all
(select position, source, id, verdict, '{}', reason, field, detail, hashes, receivedtime
 from refusal where provider = $1 and position > $2 and receivedtime >= $3 order by position limit $4)
order by position limit $4;

-- name: sealed_after
-- What key rotation looks at: everything while look-ups are to be hashed anew, else only what an older key sealed.
select r.position, r.key_version, r.sealed, l.provider, l.receivedtime
from vault.raw r left join ledger l on l.position = r.position
where r.position > $1 and ($3 or r.key_version <> $2)
order by r.position limit $4;

-- name: reseal_raw
update vault.raw r set sealed = u.sealed, key_version = $3
from unnest($1::bigint[], $2::bytea[]) as u (position, sealed) where r.position = u.position;

-- name: old_identities
select personkey, provider, key_version, sealed from vault.identity where key_version <> $1 order by personkey, provider limit $2;

-- name: reseal_identities
-- What an event wrote meanwhile is newer, and sealed with the newest key.
update vault.identity i set sealed = u.sealed, key_version = $4
from unnest($1::text[], $2::text[], $3::bytea[]) as u (personkey, provider, sealed)
where i.personkey = u.personkey and i.provider = u.provider and i.key_version <> $4;

-- name: old_lookups
select count(*) from lookup where key_version <> $1;

-- name: rehash_lookups
insert into lookup (digest, key_version, kind, personkey)
select distinct on (u.newest) u.newest, $3, l.kind, l.personkey
from unnest($1::bytea[], $2::bytea[]) as u (older, newest) join lookup l on l.digest = u.older order by u.newest
on conflict do nothing;

-- name: forget_lookups
-- Those whose newest digest stands. One that is in use now is left for the next time that its identity comes by.
delete from lookup where digest in (
    select l.digest from unnest($1::bytea[], $2::bytea[]) as u (older, newest)
    join lookup l on l.digest = u.older join lookup n on n.digest = u.newest for update of l skip locked
) returning digest;

-- name: team_types
select code from reference.team_types;

-- name: scales
select code, lowest, highest from reference.assessment_tools;

-- name: areas
select p.postcode, p.lsoa, l.local_authority
from reference.postcodes p left join reference.lsoas l using (lsoa)
where p.postcode = any ($1::text[]);

-- name: add_provider
insert into access.provider as p (ods, name)
values ($1, coalesce(nullif($2, ''), (select name from reference.organisations where ods = $1 limit 1), $1))
on conflict (ods) do update set name = coalesce(nullif($2, ''), p.name)
returning (xmax = 0) as added;

-- name: providers
select ods, name from access.provider order by ods;

-- name: add_api_key
insert into access.api_key (hash, provider) values ($1, $2);

-- name: grant_to_icb_managers
-- A new provider belongs to the ICB: its managers see it at once; others are granted it by name.
update access.person set providers = array_append(providers, $1)
where 'icb-manager' = any (roles) and not $1 = any (providers);

-- name: add_person
insert into access.person (username, name, organisation, roles, providers) values ($1, $2, $3, $4, $5) on conflict do nothing
returning username;
