-- name: positions
select array_agg(nextval('position')) from generate_series(1, $1::int);

-- name: claim_ids
-- First come, first kept: whoever inserts waits for an uncommitted rival, in one order, and then learns that it was there.
with claimed as (
    insert into seen (id, source, hash, position)
    select * from unnest($1::text::text[], $2::text::text[], $3::bytea[], $4::text::bigint[]) as u (id, source, hash, position)
    order by id, source
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
select digest, token, personkey, coalesce(own, personkey) as own from lookup where digest = any ($1::bytea[]) for share;

-- name: people_with_nhs_number
select distinct personkey from lookup where kind = 'nhs-number' and personkey = any ($1::text[]);

-- name: add_lookups
insert into lookup (digest, key_version, kind, token, personkey, own)
select * from unnest($1::bytea[], $2::int[], $3::text[], $4::bigint[], $5::text[], $6::text[])
    as u (digest, key_version, kind, token, personkey, own) order by digest
on conflict do nothing;

-- name: new_tokens
select array_agg(nextval('token')) from generate_series(1, $1::int);

-- name: restate_own
update lookup set own = $2 where token = $1;

-- name: last_number
-- When this local id last came with an NHS number. All that was sent under it stands under its person.
select max(recordedtime) from ledger where personkey = $1 and local_token = $2 and number_token is not null;

-- name: merge_version
select recordedtime, receivedtime, id, from_token, into_token from merging where provider = $1 and merge_id = $2;

-- name: write_merge
insert into merging (provider, merge_id, recordedtime, receivedtime, id, from_token, into_token) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (provider, merge_id) do update set recordedtime = excluded.recordedtime, receivedtime = excluded.receivedtime,
    id = excluded.id, from_token = excluded.from_token, into_token = excluded.into_token;

-- name: joined
-- The local ids that standing merges join with these, and these.
with recursive joined (token) as (
    select unnest($1::bigint[])
    union
    select case when m.from_token = j.token then m.into_token else m.from_token end
    from joined j join merging m on j.token in (m.from_token, m.into_token)
)
select distinct l.token, l.personkey, l.own,
    exists (select from lookup n where n.personkey = l.own and n.kind = 'nhs-number') as numbered
from lookup l join joined using (token);

-- name: standing_merges
select recordedtime, receivedtime, id, from_token, into_token from merging where from_token = any ($1::bigint[]);

-- name: move_lookups
update lookup l set personkey = u.personkey from unnest($1::bigint[], $2::text[]) as u (token, personkey) where l.token = u.token;

-- name: lock_people
-- New people and merges are rare; one at a time keeps two transactions from giving one person two keys.
select pg_advisory_xact_lock(hashtextextended('referrals.lookup', 0));

-- name: owners
select provider, kind, record_id, personkey, local_token from record
where (provider, kind, record_id) in (select * from unnest($1::text::text[], $2::text::text[], $3::text::text[]));

-- name: records_of
-- Those of some of this person's local ids. By the ledger, which has an index by person.
select r.provider, r.kind, r.record_id
from (select distinct provider, kind, record_id from ledger where personkey = $1) l join record r using (provider, kind, record_id)
where r.personkey = $1 and r.local_token = any ($2::bigint[]);

-- name: own_records
insert into record (provider, kind, record_id, personkey, local_token)
select * from unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[], $5::text::bigint[])
    as u (provider, kind, record_id, personkey, local_token)
order by provider, kind, record_id
on conflict (provider, kind, record_id) do update set personkey = excluded.personkey, local_token = excluded.local_token
where (record.personkey, record.local_token) is distinct from (excluded.personkey, excluded.local_token);

-- name: rekey_records
update record r set personkey = $1
from unnest($2::text[], $3::text[], $4::text[]) as u (provider, kind, record_id)
where (r.provider, r.kind, r.record_id) = (u.provider, u.kind, u.record_id);

-- name: versions_of
-- Every version of these records that this key was sent since they last left it, to be repeated under another.
select provider, kind, record_id, l.recordedtime, l.receivedtime, l.local_token, l.number_token, l.event::text as event
from ledger l left join departure d using (personkey, provider, kind, record_id)
where personkey = $1 and (provider, kind, record_id) in (select * from unnest($2::text[], $3::text[], $4::text[]))
    and (d.receivedtime is null or l.receivedtime > d.receivedtime)
order by l.receivedtime, l.id, l.position;

-- name: last_received
select max(receivedtime) from ledger
where personkey = any ($1::text[]) and (provider, kind, record_id) in (select * from unnest($2::text[], $3::text[], $4::text[]));

-- name: write_departures
insert into departure (personkey, provider, kind, record_id, receivedtime)
select $1, provider, kind, record_id, $2 from unnest($3::text[], $4::text[], $5::text[]) as u (provider, kind, record_id)
on conflict (personkey, provider, kind, record_id) do update set receivedtime = excluded.receivedtime;

-- name: departures
select personkey, provider, kind, record_id, receivedtime from departure
where (personkey, provider, kind, record_id)
    in (select * from unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[]));

-- name: latest_versions
select provider, kind, record_id, max(recordedtime) as recordedtime
from ledger join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u (provider, kind, record_id, personkey)
    using (personkey, provider, kind, record_id)
group by provider, kind, record_id;

-- name: read_raw
select r.key_version, r.sealed from vault.raw r where r.position = $1;

-- name: log_access
insert into vault.access_log (read_by, purpose, what) values ($1, $2, $3);

-- name: identity_digests
select local_token, digest from vault.identity where local_token = any ($1::text::bigint[]);

-- name: identities
select local_token, key_version, sealed, recordedtime from vault.identity where local_token = any ($1::bigint[]) order by local_token for update;

-- name: write_identities
insert into vault.identity as i (local_token, provider, digest, place, sealed, key_version, updated_at, recordedtime)
select local_token, provider, digest, place, sealed, $6, $7, recordedtime
from unnest($1::text::bigint[], $2::text::text[], $3::bytea[], $4::text::text[], $5::bytea[], $8::timestamptz[])
    as u (local_token, provider, digest, place, sealed, recordedtime)
order by local_token
on conflict (local_token) do update
set digest = excluded.digest, place = excluded.place, key_version = excluded.key_version, sealed = excluded.sealed,
    updated_at = excluded.updated_at, recordedtime = excluded.recordedtime
where i.digest <> excluded.digest;

-- name: identities_of
-- What one provider said of a person, by each of its local ids for that person, the latest first.
select i.place, i.key_version, i.sealed
from vault.identity i
where i.provider = $2 and i.local_token in (select l.token from lookup l where l.personkey = $1 and l.kind = 'local-id')
order by i.recordedtime desc nulls last, i.updated_at desc, i.local_token desc;

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
select local_token, place, key_version, sealed from vault.identity where key_version <> $1 order by local_token limit $2;

-- name: reseal_identities
-- What an event wrote meanwhile is newer, and sealed with the newest key.
update vault.identity i set sealed = u.sealed, key_version = $4
from unnest($1::bigint[], $2::text[], $3::bytea[]) as u (local_token, place, sealed)
where i.local_token = u.local_token and i.place = u.place and i.key_version <> $4;

-- name: old_lookups
select count(*) from lookup where key_version <> $1;

-- name: rehash_lookups
insert into lookup (digest, key_version, kind, token, personkey, own)
select distinct on (u.newest) u.newest, $3, l.kind, l.token, l.personkey, l.own
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

-- name: practices
select distinct practice from reference.practices;

-- name: scales
select code, lowest, highest from reference.assessment_tools;

-- name: areas
select p.postcode, p.lsoa, l.local_authority
from reference.postcodes p left join reference.lsoas l using (lsoa)
where p.postcode = any ($1::text[]);

-- name: known_digests
-- The file from which each reference table was last loaded.
select distinct on (name) name, digest from reference.load, jsonb_each_text(changed) as c (name, digest) order by name, version desc;

-- name: new_version
select nextval(pg_get_serial_sequence('reference.load', 'version'));

-- name: add_load
insert into reference.load (version, hash, rows, changed) overriding system value values ($1, $2, $3, $4);

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
