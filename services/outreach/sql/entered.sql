-- What workers enter, and where it hangs.

-- name: attempts_of
-- $2: as known at, null: now.
select * from attempt where personkey = any ($1::text[]) and ($2::timestamptz is null or entered_at <= $2)
    and (voided_at is null or voided_at > $2) order by made_at, attempt_id;

-- name: answers_of
select * from answer where personkey = any ($1::text[]) and ($2::timestamptz is null or entered_at <= $2)
    and (voided_at is null or voided_at > $2) order by answered_on, entered_at, answer_id;

-- name: attempt
select * from attempt where attempt_id = $1 for update;

-- name: attempt_now
select * from attempt where attempt_id = $1;

-- name: answer_now
select * from answer where answer_id = $1;

-- name: answer
select * from answer where answer_id = $1 for update;

-- name: add_attempt
insert into attempt (attempt_id, personkey, anchor, schedule, channel, made_on, made_at, made_by, result, reason, part, until, automatic,
    entered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: set_result
update attempt set result = $2, reason = $3, part = $4, until = $5 where attempt_id = $1;

-- name: add_answer
insert into answer (answer_id, personkey, anchor, task_id, answer, destination, reason, answered_on, made_by, entered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: void_attempt
update attempt set voided_at = $2 where attempt_id = $1;

-- name: void_answer
update answer set voided_at = $2 where answer_id = $1;

-- name: placed
-- The latest word on who holds each of these records; returns those that this changed.
insert into place as p select distinct on (anchor) * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
    as u (anchor, personkey, received, event_id) order by anchor, received desc, event_id desc
on conflict (anchor) do update set personkey = excluded.personkey, received = excluded.received, event_id = excluded.event_id
where (p.received, p.event_id) < (excluded.received, excluded.event_id) returning anchor, personkey;

-- name: attempts_follow
update attempt a set personkey = u.personkey from unnest($1::text[], $2::text[]) as u (anchor, personkey)
where a.anchor = u.anchor and a.personkey <> u.personkey;

-- name: answers_follow
update answer a set personkey = u.personkey from unnest($1::text[], $2::text[]) as u (anchor, personkey)
where a.anchor = u.anchor and a.personkey <> u.personkey;
