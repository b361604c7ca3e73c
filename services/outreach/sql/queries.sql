-- name: write_pathways
update pathway p set document = u.document::json, recompute_on = u.recompute_on, updated_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::date[]) as u (personkey, document, recompute_on) where p.personkey = u.personkey;

-- name: watermark
-- Whatever an open page may show moves with it.
select coalesce(sum(changes), 0), count(*) from feed;

-- name: look_again
-- What is known stays as it is: only time went by.
update pathway p set recompute_on = u.recompute_on, updated_at = clock_timestamp()
from unnest($1::text[], $2::date[]) as u (personkey, recompute_on) where p.personkey = u.personkey;

-- name: tasks_of
select personkey, task_id, schedule, schedule_version, element, finding, anchor, origin, provider, owner, practice, opened_on, invite_from,
    due_on, closed_on, outcome, closed_by, stopped_because, revision, told
from task where personkey = any ($1::text[]) order by personkey, task_id for update;

-- name: write_tasks
insert into task (personkey, task_id, schedule, schedule_version, element, finding, anchor, origin, provider, owner, practice, opened_on,
    invite_from, due_on, closed_on, outcome, closed_by, stopped_because, revision, told)
select personkey, task_id, schedule, schedule_version, element, finding, anchor, origin, provider, owner, practice, opened_on,
    invite_from, due_on, closed_on, outcome, closed_by, stopped_because, revision, told
from json_populate_recordset(null::task, $1::json) order by personkey, task_id
on conflict (personkey, task_id) do update set
    schedule = excluded.schedule, schedule_version = excluded.schedule_version, element = excluded.element, finding = excluded.finding,
    anchor = excluded.anchor, origin = excluded.origin, provider = excluded.provider, owner = excluded.owner,
    practice = excluded.practice, opened_on = excluded.opened_on, invite_from = excluded.invite_from, due_on = excluded.due_on,
    closed_on = excluded.closed_on, outcome = excluded.outcome, closed_by = excluded.closed_by,
    stopped_because = excluded.stopped_because, revision = excluded.revision, told = excluded.told;

-- name: delete_tasks
delete from task t using unnest($1::text[], $2::text[]) as u (personkey, task_id) where t.personkey = u.personkey and t.task_id = u.task_id;

-- name: standings_of
select * from standing where personkey = any ($1::text[]) order by personkey for update;

-- name: write_standings
insert into standing (personkey, providers, on_register, conditions, entered_on, left_on, practice, owner, birth_date, death_date, ethnicity,
    lsoa, elements, missing, declined, complete, complete_until, due_on, next_channel, next_on, next_why, hidden_until, attempts,
    last_channel, last_result, last_attempt_on, channels, formats, language, contact_stopped, automatic, revision, registered_from, registered_until,
    complete_from, completed_until, checked_on, influenza_on, covid_19_on)
select personkey, providers, on_register, conditions, entered_on, left_on, practice, owner, birth_date, death_date, ethnicity,
    lsoa, elements, missing, declined, complete, complete_until, due_on, next_channel, next_on, next_why, hidden_until, attempts,
    last_channel, last_result, last_attempt_on, channels, formats, language, contact_stopped, automatic, revision, registered_from, registered_until,
    complete_from, completed_until, checked_on, influenza_on, covid_19_on
from json_populate_recordset(null::standing, $1::json) order by personkey
on conflict (personkey) do update set
    providers = excluded.providers, on_register = excluded.on_register, conditions = excluded.conditions,
    entered_on = excluded.entered_on, left_on = excluded.left_on, practice = excluded.practice, owner = excluded.owner,
    birth_date = excluded.birth_date, death_date = excluded.death_date, ethnicity = excluded.ethnicity, lsoa = excluded.lsoa,
    elements = excluded.elements, missing = excluded.missing, declined = excluded.declined, complete = excluded.complete,
    complete_until = excluded.complete_until, due_on = excluded.due_on, next_channel = excluded.next_channel,
    next_on = excluded.next_on, next_why = excluded.next_why, hidden_until = excluded.hidden_until, attempts = excluded.attempts,
    last_channel = excluded.last_channel, last_result = excluded.last_result, last_attempt_on = excluded.last_attempt_on,
    channels = excluded.channels, formats = excluded.formats, language = excluded.language,
    contact_stopped = excluded.contact_stopped, automatic = excluded.automatic, registered_from = excluded.registered_from,
    registered_until = excluded.registered_until, complete_from = excluded.complete_from, completed_until = excluded.completed_until,
    checked_on = excluded.checked_on, influenza_on = excluded.influenza_on, covid_19_on = excluded.covid_19_on,
    revision = excluded.revision;

-- name: delete_standings
delete from standing where personkey = any ($1::text[]);

-- name: revisions
select nextval('revision') as revision from generate_series(1, $1::int);

-- name: heard
-- By provider: when it was last heard, and how many of its tasks and people changed.
insert into feed as f (provider, last_received_at, changes)
select * from unnest($1::text[], $2::timestamptz[], $3::bigint[]) as u (provider, last_received_at, changes) order by provider
on conflict (provider) do update
set last_received_at = greatest(f.last_received_at, excluded.last_received_at), changes = f.changes + excluded.changes;
