-- Documents of people, in the table `pathway` of the service that asks, and in the ledger.

-- name: new
insert into pathway (personkey, document) select personkey, '{}' from unnest($1::text[]) as u (personkey) order by personkey
on conflict do nothing;

-- name: lock
-- In one order, so that two workers (one person's topics may be read by two) never wait for each other.
select personkey, document from pathway where personkey = any ($1::text[]) order by personkey for update;

-- name: lock_free
select personkey, document from pathway where personkey = any ($1::text[]) order by personkey for update skip locked;

-- name: people
select personkey from pathway where personkey > $1 order by personkey limit $2::int;

-- name: ledger_people
-- From one person to the next by the index, whatever the planner thinks of the number of people. $3: as known at, null: all that was
-- received.
with recursive people (personkey) as (
    select $1::text
    union all
    select (
        select e.personkey from referrals.events e
        where e.personkey > p.personkey and ($3::timestamptz is null or e.receivedtime <= $3) order by e.personkey limit 1
    )
    from people p where p.personkey is not null
)
select personkey from people where personkey > $1 limit $2::int;

-- name: ledger_of
-- $3: as known at, null: all that was received.
select personkey, provider, kind, record_id, recordedtime, receivedtime, source, id, case when not voided or data ->> 'moved_to' is not null then data end as data, voided
from referrals.events where personkey = any ($1::text[]) and kind = any ($2::text[])
    and ($3::timestamptz is null or receivedtime <= $3)
order by position;

-- name: documents
select personkey, document from pathway where personkey = any ($1::text[]) order by personkey;
