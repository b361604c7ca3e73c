-- What is wanting in records. As in pages.sql, every query begins with `gaps`, so that a count, its list and its CSV cannot differ.

-- name: gaps
-- $1 providers the reader may see   $2 provider   $3 what is wanting   $4 kind of record; null: any
with every as not materialized (
    select personkey, split_part(entry, '|', 1) as provider, split_part(entry, '|', 2) as what, split_part(entry, '|', 3) as kind,
           split_part(entry, '|', 4) as record_id, nullif(split_part(entry, '|', 5), '')::date as happened_on
    from waits.pathway cross join unnest(gaps) as entry
    where gaps is not null
), gaps as not materialized (
    select *, coalesce(date '2000-01-01' - happened_on, 2000000000) as sort_number  -- the latest first; those of no day last
    from every
    where provider = any($1::text[]) and ($2::text is null or provider = $2) and ($3::text is null or what = $3)
      and ($4::text is null or kind = $4)
)

-- name: gap_total
select count(*) from gaps

-- name: gap_counts
select provider, what, kind, count(*) as records from gaps group by provider, what, kind

-- name: gap_list
-- $5 to $10 the place after which to go on, null: from the top   $11 rows, null: all
-- The pathway knows when a record came; of a person whose record is not there at all, none did.
select page.*, to_timestamp((p.document -> concat_ws('|', page.provider, page.kind, page.record_id) -> -1 ->> 1)::float8 / 1e6) as received_at
from (
    select * from gaps
    where $5::int is null
       or (sort_number, provider, kind, record_id, personkey, what) > ($5, $6::text, $7::text, $8::text, $9::text, $10::text)
    order by sort_number, provider, kind, record_id, personkey, what
    limit $11::int
) as page
join waits.pathway p using (personkey)
order by sort_number, provider, kind, record_id, personkey, what

-- name: late
-- $1 providers, $2 provider or null. What was received in each month, the latest first.
select provider, month, sum(events)::bigint as events, sum(late)::bigint as late
from waits.received_month
where provider = any($1::text[]) and ($2::text is null or provider = $2) and kind = any($3::text[])
group by provider, month order by month desc, provider

-- name: inactive
-- After `spells` of pages.sql ($7 = 'inactive-90'): by how long nothing happened, each in every row that it belongs to, and by what was
-- said of them.
select days, verdict, count(*) as spells
from (select last_activity, coalesce(mark ->> 'verdict', 'none') as verdict from spells) as spell
join (values (90), (180), (365)) as line (days) on last_activity <= $2 - days
group by days, verdict

-- name: validations
-- Everything that was ever said of a spell, the latest first; it stands while $3, the day of the last activity, is what they saw.
select said_at, username, name, verdict, reason, last_activity = $3::date as stands
from waits.validation where personkey = $1 and spell_id = $2 order by id desc

-- name: validate
with said as (
    insert into waits.validation (username, name, provider, personkey, spell_id, verdict, reason, last_activity)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
)
update waits.feed set changes = changes + 1 where provider = $3
