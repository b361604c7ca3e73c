-- Clock definitions: which there are, and the computing of clocks under a new one.

-- name: changes
select changes from waits.definition_changes;

-- name: stored
select id, version, toml, added_by, added_at, state, people, computed, started_at, finished_at from waits.definition order by id, version;

-- name: add
insert into waits.definition (id, version, toml, digest, added_by, people)
values ($1, $2, $3, $4, $5, (select count(*) from waits.pathway))
on conflict (id, version) do nothing returning id;

-- name: codes
select (select array_agg(distinct code) from reference.team_types), (select array_agg(distinct refset_id) from reference.refset_members),
       (select array_agg(distinct tool) from reference.assessment_tools);

-- name: digest
select digest from waits.definition where id = $1 and version = $2;

-- name: changed
update waits.definition_changes set changes = changes + 1;

-- name: retire
update waits.definition set state = 'retired' where id = $1 and version = $2;

-- name: claim_new
-- The definitions that have come the shortest way through the people: those that are at one place go on together.
select id, version, reached from waits.definition
where state = 'computing' and reached = (select min(reached) from waits.definition where state = 'computing')
order by id, version for update skip locked;

-- name: progressed
update waits.definition d set reached = $3, computed = computed + $4::int, started_at = coalesce(started_at, clock_timestamp())
from unnest($1::text[], $2::int[]) as u (id, version) where d.id = u.id and d.version = u.version;

-- name: finished
update waits.definition d
set state = 'running', people = computed, finished_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
from unnest($1::text[], $2::int[]) as u (id, version) where d.id = u.id and d.version = u.version;

-- name: sweep
-- A retired definition's clocks, some at a time.
delete from waits.clock where ctid = any (array(
    select c.ctid from waits.clock c join waits.definition d on d.id = c.definition and d.version = c.definition_version
    where d.state = 'retired' limit $1::int
)) returning 1;

-- name: ask
insert into waits.to_compute (personkey, cause, first)
select personkey, cause, (cause ->> 'receivedtime')::timestamptz from unnest($1::text[], $2::json[]) as u (personkey, cause) order by 1
on conflict (personkey) do update set cause = excluded.cause;

-- name: asked
select personkey from waits.to_compute where since <= clock_timestamp() - $2::interval order by since limit $1::int;

-- name: waiting_people
select (select count(*) from waits.to_compute)
     + (select coalesce(sum(greatest(people - computed, 1)), 0) from waits.definition where state = 'computing') as people;

-- name: answered
delete from waits.to_compute where personkey = any ($1::text[]) returning personkey, cause, coalesce(first, since) as first;
