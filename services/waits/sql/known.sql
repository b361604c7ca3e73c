-- Answers as known at an instant (store/answers.py).

-- name: ask
-- $1 known at   $2 as at   $3 definition   $4 its version   $5 now   $6 so many may be waited for at once
-- Nothing comes back when it is new and enough others are being made.
insert into answer (known_at, at, definition, definition_version, deliveries, asked_at)
select $1, $2, $3, $4, (select count(*) from referrals.deliveries where receivedtime <= $1), $5
where exists (select from answer where (known_at, at, definition, definition_version) = ($1, $2::date, $3::text, $4::int))
   or (select count(*) from answer where not made) < $6::int
on conflict (known_at, at, definition, definition_version) do update set asked_at = excluded.asked_at
returning number, made, made_to, deliveries = (select count(*) from referrals.deliveries where receivedtime <= $1) as holds;

-- name: forget
-- Answers that are not asked for any more ($1: but these many), that were asked for last before $2, or that is $3.
with gone as (
    delete from answer where number = $3::bigint
        or made and (asked_at < $2::timestamptz or number not in (select number from answer order by asked_at desc limit $1::int))
    returning number
), clocks as (delete from known_clock using gone where answer = number), feeds as (delete from known_feed using gone where answer = number)
select count(*) from gone;

-- name: claim
select number, known_at, at, definition, definition_version, made_to from answer where not made
order by number limit 1 for update skip locked;

-- name: heard
-- When each provider was last heard of these people.
insert into known_feed as k (answer, provider, last_received_at)
select $1, provider, max(receivedtime) from referrals.events
where personkey = any ($2::text[]) and receivedtime <= $3 and source <> '/clockstop/referrals'
group by provider order by provider
on conflict (answer, provider) do update set last_received_at = greatest(k.last_received_at, excluded.last_received_at);

-- name: made_to
update answer set made_to = $2 where number = $1;

-- name: made
update answer set made = true where number = $1;

-- name: feeds
select provider, last_received_at from known_feed where answer = $1 and provider = any ($2::text[]) order by last_received_at nulls first;
