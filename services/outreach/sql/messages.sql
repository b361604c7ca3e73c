-- Messages: queued, intended, sent, settled.

-- name: queue
insert into message (id, personkey, key, anchor, schedule, task_ids, owner, channel, template, telephone, asked_by, made_at, not_before, expires_on)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (personkey, key) where state not in ('cancelled', 'failed') do nothing returning id;

-- name: stop_queued
update message m set state = 'cancelled', why = u.why, settled_at = $3 from unnest($1::text[], $2::text[]) as u (personkey, why)
where m.personkey = u.personkey and m.state = 'queued';

-- name: stop_intended
-- Whether it went already is for Notify to say.
update message m set why = u.why from unnest($1::text[], $2::text[]) as u (personkey, why)
where m.personkey = u.personkey and m.state = 'intended';

-- name: alone
-- One process at a time decides what goes next, so that the rate holds for all of them.
select pg_try_advisory_xact_lock(hashtextextended('outreach.messages', 0));

-- name: intended_between
select count(*) from message where intended_at > $1 and intended_at <= $2;

-- name: due
-- What a clock that ran ahead put off by more than there is to put off is not put off.
select id, personkey from message where state = 'queued' and not_before <= $1
    and coalesce(quiet_until <= $1 or quiet_until > $1 + interval '2 days', true) order by not_before, made_at, id limit $2;

-- name: claim
select m.*, s.hidden_until, s.next_channel, s.next_on, coalesce(p.name, o.name) as sender,
    exists (select from task t where t.personkey = m.personkey and t.task_id = any (m.task_ids) and t.closed_on is null) as is_live
from message m left join standing s using (personkey)
left join lateral (select name from reference.practices where practice = m.owner order by valid_from desc nulls last limit 1) p on true
left join lateral (select name from reference.organisations where ods = m.owner order by valid_from desc nulls last limit 1) o on true
where m.id = any ($1::uuid[]) and m.state = 'queued' order by m.id for update of m;

-- name: cancel
update message set state = 'cancelled', why = $2, settled_at = $3 where id = $1;

-- name: by_hand
-- It stands for its step: nothing is queued in its place until somebody has made an attempt of their own.
update message set state = 'by hand', why = $2, settled_at = $3 where id = $1;

-- name: postpone
update message set quiet_until = $2 where id = $1;

-- name: intend
update message set state = 'intended', why = null, intent = $2, intended_at = $3, version = $4, variant = $5, look_at = $6, looks = 0
where id = $1;

-- name: work_out_anew
-- What became of a message changes what is next: the person is looked at again.
update pathway set recompute_on = '-infinity' where personkey in ($1, (select personkey from place where anchor = $2));

-- name: intended
select m.*, coalesce(p.name, o.name) as sender
from message m
left join lateral (select name from reference.practices where practice = m.owner order by valid_from desc nulls last limit 1) p on true
left join lateral (select name from reference.organisations where ods = m.owner order by valid_from desc nulls last limit 1) o on true
where m.id = $1 and m.intent = $2 and m.state = 'intended';

-- name: queue_again
-- A try that certainly did not reach anybody.
update message set state = 'queued', look_at = null where id = $1 and intent = $2 and state = 'intended';

-- name: sent
update message set state = 'sent', notify_id = $3, sent_at = $4, look_at = $5, looks = 0, why = null
where id = $1 and intent = $2 and state = 'intended';

-- name: settle
update message set state = $2, why = $3, sent_at = coalesce(sent_at, case when $2 <> 'cancelled' then $4::timestamptz end),
    settled_at = case when $2 <> 'sent' then $4::timestamptz end, look_at = $5, notify_id = coalesce(notify_id, $6) where id = $1;

-- name: doubtful
-- Intended so long ago ($1) that nobody may still be sending it; or so far ahead of now ($2) that Notify would not have taken it.
select * from message where state = 'intended'
    and (intended_at <= $1 and (look_at <= $2 or look_at > $2 + interval '2 days') or intended_at > $2 + interval '10 minutes')
order by look_at limit 1;

-- name: undecided
select * from message where state = 'sent' and (look_at <= $1 or look_at > $1 + interval '2 days') order by look_at limit 1;

-- name: look_again
update message set look_at = $2, looks = looks + 1 where id = $1;

-- name: whose
select personkey, anchor from message where id = $1;

-- name: one_message
select * from message where id = $1 for update;

-- name: write_attempt
-- Its record may have gone to another person meanwhile.
insert into attempt (attempt_id, personkey, anchor, schedule, channel, made_on, made_at, made_by, automatic, entered_at)
values ($1, coalesce((select personkey from place where anchor = $3), $2), $3, $4, $5, $6, $7, $8, $9, $10) on conflict (attempt_id) do nothing;

-- name: attempt_failed
update attempt set result = $2, reason = $3 where attempt_id = $1 and result is null;

-- name: attempt_arrived
-- What was told as not having come did come.
update attempt set result = null, reason = null where attempt_id = $1 and reason = $2;

-- name: attempt_did_not_happen
update attempt set voided_at = $2 where attempt_id = $1 and voided_at is null;

-- name: messages_of
-- For a person's history: newest first.
select id, schedule, channel, template, version, variant, asked_by, made_at, not_before, state, why, intended_at, sent_at, settled_at
from message where personkey = $1 order by made_at desc, id;

-- name: unknown_messages
-- What Notify could not tell of: somebody decides.
select id, split_part(anchor, '|', 1) as provider, personkey, channel, template, intended_at from message where state = 'unknown'
order by intended_at, id;

-- name: messages_waiting
select m.state, count(*) as count, extract(epoch from clock_timestamp() - min(coalesce(m.intended_at, m.not_before)))::float8 as oldest
from message m
where m.state in ('intended', 'unknown') or (m.state = 'queued' and m.not_before < clock_timestamp()) group by m.state;

-- name: give_up
update message set state = 'unknown', settled_at = $3, look_at = null where id = $1 and intent = $2 and state = 'intended';
