-- Due dates: which day it is, what is to be told, who is to be looked at again.

-- name: day
-- $1: the worker's day in London. A clock that runs ahead, here or there, brings nothing forward; one that is set back tells nothing again.
select greatest(day, least($1::date, (clock_timestamp() at time zone 'Europe/London')::date)) as day from day;

-- name: advance
update day set day = $1::date where day < $1::date;

-- name: claim_due
select personkey, task_id, schedule, element, finding, provider, owner, invite_from, due_on from task
where tell_on <= $1::date order by tell_on limit $2::int for update skip locked;

-- name: told
update task t set told = u.told, revision = u.revision
from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[]) as u (personkey, task_id, told, revision)
where t.personkey = u.personkey and t.task_id = u.task_id;

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
