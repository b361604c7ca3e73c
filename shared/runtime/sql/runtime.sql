-- name: new_cursors
insert into cursor (topic, partition, cluster_id, topic_id, next_offset)
select * from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bigint[])
on conflict do nothing;

-- name: lock_cursors
-- Locked in one order by every member of the group, so that two of them never wait for each other.
select topic, partition, cluster_id, topic_id, next_offset, dead_run, stopped
from cursor
where (topic, partition) in (select * from unnest($1::text[], $2::int[]))
order by topic, partition
for update;

-- name: advance_cursors
update cursor c
set next_offset = u.next_offset, read_count = c.read_count + u.records, dead_run = u.dead_run, updated_at = clock_timestamp()
from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::int[]) u (topic, partition, next_offset, records, dead_run)
where c.topic = u.topic and c.partition = u.partition;

-- name: count_outcomes
insert into outcome_count as o (topic, partition, outcome, count)
select * from unnest($1::text[], $2::int[], $3::text[], $4::bigint[])
on conflict (topic, partition, outcome) do update set count = o.count + excluded.count;

-- name: write_dead_letters
insert into dead_letter (topic, topic_id, partition, record_offset, reason, field, detail, payload)
select u.topic, c.topic_id, u.partition, u.record_offset, u.reason, u.field, u.detail, u.payload
from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[])
    u (topic, partition, record_offset, reason, field, detail, payload)
join cursor c on c.topic = u.topic and c.partition = u.partition
on conflict do nothing;

-- name: write_outbox
insert into outbox (topics, keys, payloads) values ($1::text::text[], $2, $3);

-- name: stop_partition
update cursor set stopped = $3, updated_at = clock_timestamp() where topic = $1 and partition = $2;

-- name: lead_relay
select pg_try_advisory_lock(hashtextextended(current_schema() || '.outbox', 0));

-- name: read_outbox
select id, topics, keys, payloads from outbox order by id limit $1;

-- name: delete_outbox
delete from outbox where id = any ($1::bigint[]);

-- name: outbox_size
select coalesce(sum(cardinality(topics)), 0)::bigint as events, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_seconds from outbox;

-- name: cursors
select topic, partition, cluster_id, topic_id, next_offset, read_count, stopped, updated_at from cursor order by topic, partition;

-- name: conservation
-- Per partition: records read, and the sum of what became of them. A difference is a defect (I11).
select c.topic, c.partition, c.read_count, coalesce(sum(o.count), 0)::bigint as counted
from cursor c left join outcome_count o using (topic, partition)
group by c.topic, c.partition, c.read_count
order by c.topic, c.partition;

-- name: dead_letter_reasons
select reason, count(*) as count from dead_letter group by reason order by reason;

-- name: set_cursor
with before as (select next_offset, stopped from cursor where topic = $1 and partition = $2 for update),
told as (
    insert into cursor_change (changed_by, reason, topic, partition, from_offset, to_offset, was_stopped)
    select $5, $4, $1, $2, next_offset, $3, stopped from before returning id
)
update cursor set next_offset = $3, stopped = null, dead_run = 0, cluster_id = $6, topic_id = $7, updated_at = clock_timestamp()
where topic = $1 and partition = $2 and exists (select from told)
returning next_offset;
