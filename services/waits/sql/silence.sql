-- name: claim_rhythms
-- Feeds whose rhythm is not known, or was learned before $1.
select f.provider, f.kind, f.last_received_at, coalesce(r.days, '{}') as days
from feed_heard f left join rhythm r using (provider, kind)
where r.learned_at is null or r.learned_at < $1
order by r.learned_at nulls first, f.provider, f.kind limit $2::int;

-- name: hours_heard
-- Of one kind, or ($3 stands for it) of all kinds together.
select hour, bit_or(quarters) as quarters from heard_hour
where provider = $1 and (kind = $2 or $2 = $3) and hour > $4 group by hour order by hour;

-- name: write_rhythm
insert into rhythm (provider, kind, manner, weights, usual, days, learned_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (provider, kind) do update set manner = excluded.manner, weights = excluded.weights, usual = excluded.usual,
    days = excluded.days, learned_at = excluded.learned_at;

-- name: forget_hours
delete from heard_hour where provider = $1 and kind = $2 and hour < $3;

-- name: look
update silence_look set since = case when looked_at < $1::timestamptz - $2::interval then $1 else since end, looked_at = $1
returning since;

-- name: behind
-- Whether something is being read now that was received a while ago: then more may lie in the log.
select exists (select from hearing where applied_at > $1::timestamptz - $2::interval and applied_at > last_received_at + $2::interval);

-- name: turn
with turned as (
    update rhythm r set silent = u.silent from unnest($1::text[], $2::text[], $3::boolean[]) as u (provider, kind, silent)
    where r.provider = u.provider and r.kind = u.kind
)
update silence_look set changes = changes + 1;

-- name: feeds
select f.provider, f.kind, f.last_received_at, r.manner, r.weights, r.usual, r.days, coalesce(r.silent, false) as silent
from feed_heard f left join rhythm r using (provider, kind)
where $1::text[] is null or f.provider = any ($1::text[])
order by f.provider, f.kind <> $2, f.kind;

-- name: silent
select provider, kind, last_received_at from feed_heard join rhythm using (provider, kind)
where silent and provider = any ($1::text[]) order by last_received_at, provider, kind;

-- name: watch
select case when isfinite(looked_at) then looked_at end as looked_at,
       exists (select from rhythm where manner <> 'learning' and provider = any ($1::text[])) as knows
from silence_look;
