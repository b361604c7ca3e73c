-- Submissions: queued, intended, sent, settled; and our mailbox.

-- name: queue
insert into submission (return_id, version, recipient, transport, local_id, file_name, content, sha256, queued_at, not_before)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9);

-- name: queued_as
select transport, sha256 from submission where local_id = $1;

-- name: is_recipient
select exists (select from mesh_recipient where recipient = $1);

-- name: recipients
select recipient from mesh_recipient order by recipient;

-- name: forget_recipients
delete from mesh_recipient where not (recipient = any ($1::text[]));

-- name: allow_recipients
insert into mesh_recipient select unnest($1::text[]) on conflict do nothing;

-- name: patient
-- While another machine is asked. A process that is stopped meanwhile holds a row for two minutes at most.
select set_config('transaction_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '2min', true);

-- name: due
-- What a clock that ran ahead put off by more than there is to put off is not put off.
select * from submission where state = 'queued' and transport = any ($1::text[]) and (not_before <= $2 or not_before > $2 + interval '2 days')
order by not_before, local_id limit $3 for update skip locked;

-- name: intend
update submission set state = 'intended', why = null, intent = $2, intended_at = $3, look_at = $4, looks = 0 where local_id = $1;

-- name: intended
select * from submission where local_id = $1 and intent = $2 and state = 'intended';

-- name: put_off
-- What certainly did not go.
update submission set state = 'queued', why = $3, not_before = $4, tries = tries + 1, look_at = null
where local_id = $1 and (state = 'queued' or (state = 'intended' and intent = $2));

-- name: begun
-- Its first part was taken.
update submission set message_id = $2, look_at = $3 where local_id = $1 and state = 'intended';

-- name: doubtful
-- Asked about when its time has come; or intended so far ahead of now ($1) that some clock is wrong.
select * from submission where state = 'intended' and transport = any ($2::text[])
    and (look_at <= $1 or look_at > $1 + interval '2 days' or intended_at > $1 + interval '10 minutes')
order by look_at limit 1 for update skip locked;

-- name: witness
-- Another one that is certainly there: MESH forgets after 30 days.
select local_id from submission where transport = 'mesh' and message_id is not null and local_id <> $1 and sent_at > $2::timestamptz - interval '25 days'
order by sent_at desc limit 1;

-- name: undecided
select * from submission where state = 'sent' and transport = any ($2::text[]) and (look_at <= $1 or look_at > $1 + interval '2 days')
order by look_at limit 1 for update skip locked;

-- name: look_again
update submission set look_at = $2, looks = looks + 1 where local_id = $1;

-- name: states
select local_id, state from submission where return_id = $1 and version = $2 order by local_id for update;

-- name: settle
update submission set state = $2, why = $3, message_id = coalesce($4, message_id), look_at = $5, looks = 0,
    sent_at = coalesce(sent_at, case when $2 <> 'unknown' then $6::timestamptz end),
    settled_at = case when $2 <> 'sent' then $6::timestamptz end
where local_id = $1;

-- name: decided_not_sent
update submission set state = 'queued', why = $2, not_before = $3, settled_at = null where local_id = $1;

-- name: unknown_submissions
select * from submission where state = 'unknown' and return_id = $1 order by local_id for update;

-- name: submissions_of
select version, recipient, transport, local_id, file_name, sha256, state, why, queued_at, intended_at, message_id, sent_at, settled_at
from submission where return_id = $1 order by version, recipient;

-- name: waiting
select s.state, count(*) as count, extract(epoch from clock_timestamp() - min(coalesce(s.intended_at, s.queued_at)))::float8 as oldest
from submission s where s.state in ('queued', 'intended', 'unknown', 'undeliverable') group by s.state;

-- name: shaken
insert into mesh_mailbox (mailbox, handshake_at) values ($1, $2) on conflict (mailbox) do update set handshake_at = $2;

-- name: mailbox_read
insert into mesh_mailbox (mailbox, read_at) values ($1, $2) on conflict (mailbox) do update set read_at = $2;

-- name: mailboxes
select mailbox, extract(epoch from clock_timestamp() - handshake_at)::float8 as handshake_age from mesh_mailbox
where handshake_at is not null and exists (select from mesh_recipient);

-- name: unread
select id from unnest($1::text[]) as u (id) where not exists (select from mesh_message where message_id = id) order by id;

-- name: not_there
-- What was not ours and was taken out by others.
delete from mesh_message where local_id is null and not (message_id = any ($1::text[]));

-- name: reported_on
select * from submission where message_id = $1 or local_id = $2 for update;

-- name: note_message
insert into mesh_message (message_id, local_id, sender, workflow, detail, seen_at) values ($1, $2, $3, $4, $5, $6);

-- name: to_acknowledge
select message_id from mesh_message where local_id is not null and acknowledged_at is null order by seen_at limit 1 for update skip locked;

-- name: acknowledged
update mesh_message set acknowledged_at = $2 where message_id = $1;

-- name: foreign_messages
select count(*) from mesh_message where local_id is null;
