-- Due dates: which day it is, what is to be told, who is to be looked at again.

-- name: day
-- $1: the worker's day in London. A clock that runs ahead, here or there, brings nothing forward; one that is set back tells nothing again.
select greatest(day, least($1::date, (clock_timestamp() at time zone 'Europe/London')::date)) as day from day;

-- name: advance
update day set day = $1::date where day < $1::date;

-- name: tell_due
-- $1 the day, $2 how many at most, $3 the topic, $4 the source, $5 now as events write it, $6 events in a row of the outbox. Of what
-- came meanwhile the newest alone is told. Events are made here, in the shape of publish: half a million people may fall due at once.
with claimed as (
    select personkey, task_id from task where tell_on <= $1::date order by tell_on limit $2::int for update skip locked
), told as (
    update task t set told = case when t.due_on < $1 then 3 when t.due_on = $1 then 2 else 1 end, revision = nextval('revision')
    from claimed c where t.personkey = c.personkey and t.task_id = c.task_id
    returning t.*
), event as (
    select personkey, revision, (row_number() over (order by revision) - 1) / $6::int as part, json_strip_nulls(json_build_object(
        'specversion', '1.0', 'id', 'follow-up-' || revision, 'source', $4::text, 'type', 'cmh.follow-up.changed.v1', 'time', $5::text,
        'datacontenttype', 'application/json', 'personkey', personkey, 'data', json_build_object(
            'task_id', task_id, 'personkey', personkey, 'owner', owner, 'schedule', schedule, 'provider', provider,
            'practice', practice, 'element', element, 'finding', finding, 'opened_on', opened_on, 'closed_on', closed_on, 'outcome', outcome,
            'due_on', due_on, 'revision', revision, 'change', case told when 3 then 'overdue' when 2 then 'due' else 'due soon' end,
            'cause', json_build_object('kind', 'date', 'id', $1::date, 'receivedtime', $5::text)))) as payload
    from told
), sent as (
    insert into outbox (topics, keys, payloads)
    select array_agg($3::text), array_agg(convert_to(personkey, 'UTF8') order by revision), array_agg(convert_to(payload::text, 'UTF8') order by revision)
    from event group by part order by part
), changed as (
    insert into feed as f (provider, changes) select provider, count(*) from told group by provider order by provider
    on conflict (provider) do update set changes = f.changes + excluded.changes
)
select count(*) from told;

-- name: claim_recompute
select personkey, recompute_on = '-infinity' as marked from pathway where recompute_on <= $1::date
order by personkey limit $2::int for update skip locked;

-- name: sweep
-- One worker at a time. Returns nothing while another is at it.
select version, setting, cause, swept_to, (select max(version) from reference.load) as version_now,
    (select max(number) from setting) as setting_now
from sweep for update skip locked;

-- name: swept
update sweep set version = $1, setting = $2, cause = $3, swept_to = $4, begun_at = coalesce($5, begun_at);

-- name: unswept
-- How many people there are still to do; of a change that no worker has seen yet, everybody.
select count(*) from pathway, sweep, (select (select max(version) from reference.load) as version,
    (select max(number) from setting) as setting) as now
where (sweep.version, sweep.setting) is distinct from (now.version, now.setting) or personkey > sweep.swept_to;

-- name: sample
-- People from a key chosen by chance on (keys are random), at rest: nothing falls due, nobody writes them, no change is under way.
select personkey, document from pathway
where personkey >= $1 and (recompute_on is null or recompute_on > $2::date) and not exists (
    select from sweep where swept_to is not null or version is distinct from (select max(version) from reference.load)
        or setting is distinct from (select max(number) from setting)
)
order by personkey limit $3::int for update skip locked;

-- name: due_lateness
-- For each job, how long the oldest due row waits: since its London day began, or since it was written or marked, if that was later.
select 'tell what is due' as job, max(clock_timestamp() - greatest(tell_on::timestamp at time zone 'Europe/London', p.updated_at)) as late
from (select personkey, tell_on from task where tell_on <= $1::date order by tell_on limit 1000) as due join pathway p using (personkey)
union all
select 'recompute what is due', max(clock_timestamp() - greatest(recompute_on::timestamp at time zone 'Europe/London', updated_at))
from (select recompute_on, updated_at from pathway where recompute_on <= $1::date order by recompute_on limit 1000) as due;
union all
select 'recompute under new data', clock_timestamp() - begun_at from sweep where swept_to is not null;

-- name: claim_steps
-- $2: the schedules that are checks. $3: the channels that are messages. Who has a message under way, or had one for this very step, waits.
select s.personkey, s.owner, s.next_channel, s.next_on, s.attempts, t.task_ids, t.anchors[1] as anchor, t.schedules[1] as schedule
from standing s cross join lateral (
    select array_agg(task_id order by due_on, task_id) as task_ids, array_agg(anchor order by due_on, task_id) as anchors,
        array_agg(schedule order by due_on, task_id) as schedules
    from task where personkey = s.personkey and closed_on is null and invite_from <= $1::date and schedule = any ($2::text[])
) as t
where s.automatic and s.next_on <= $1::date and s.next_channel = any ($3::text[]) and s.contact_stopped is null
    and (s.hidden_until is null or s.hidden_until <= $1::date) and t.task_ids is not null
    and not exists (
        select from message m where m.personkey = s.personkey
            and (m.state in ('queued', 'intended', 'unknown') or m.state <> 'cancelled' and m.key = s.next_on || '/' || s.attempts)
    )
order by s.next_on, s.personkey limit $4::int for update of s skip locked;
