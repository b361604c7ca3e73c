-- name: quarters_due
-- The provider and quarter ($1) counted the longest ago, or never: again when that was before $2, or when much changed since. A quarter
-- that is over is counted for 100 days more.
select p.ods as provider, q.quarter
from access.provider p
cross join unnest($1::date[]) as q (quarter)
left join feed f on f.provider = p.ods
left join signal_look l on l.provider = p.ods and l.quarter = q.quarter
where l.looked_at is null
   or (l.looked_at < $2 and l.looked_at < q.quarter + interval '190 days')
   or (l.looked_at < $3::timestamptz - interval '1 minute' and f.changes > 50 + 1.1 * l.changes)
order by l.looked_at nulls first, q.quarter desc, p.ods limit 1;

-- name: claim_quarter
select pg_try_advisory_xact_lock(hashtextextended('signals ' || $1::text || $2::date, 0));

-- name: waits
-- Of one provider: spells that stopped, ended or had a baseline outcome from $4 to $5 (exclusive), and of each the start of the next one.
select spell_id, personkey, team_types, start, "end", stop, first_contact, second_contact, baseline_outcome, assessment,
       care_plan_or_intervention as plan, breach_on, next_start, components
from (
    select c.*, lead(start) over (partition by personkey order by start, spell_id) as next_start
    from clock c where provider = $1 and definition = $2 and definition_version = $3
) as spell
where stop >= $4 and stop < $5 or "end" >= $4 and "end" < $5 or baseline_outcome >= $4 and baseline_outcome < $5
order by personkey, spell_id;

-- name: forget
with spells as (delete from signal_spell where provider = $1 and quarter = $2)
delete from signal_count where provider = $1 and quarter = $2;

-- name: write_counts
insert into signal_count (provider, quarter, team_type, signal, of, seen, most, days)
select $1, $2, * from unnest($3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[]);

-- name: write_spells
insert into signal_spell (provider, quarter, team_type, signal, spell_id, personkey, "on", days)
select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::int[]);

-- name: looked
insert into signal_look (provider, quarter, looked_at, changes)
select $1, $2, $3, coalesce((select changes from feed where provider = $1), 0)
on conflict (provider, quarter) do update set looked_at = excluded.looked_at, changes = excluded.changes;

-- name: counts
-- Of every provider: what is usual is learned from all. Nobody is shown the counts of a provider that is not theirs.
select provider, quarter, team_type, signal, of, seen, most, days from signal_count where quarter = any ($1::date[]);

-- name: looks
select provider, min(looked_at) as looked_at from signal_look where provider = any ($1::text[]) and quarter = $2 group by provider;

-- name: spells
-- $1 providers the reader may see, $2 quarter, $3 signal, $4 provider, $5 team type
select s.provider, s.team_type, s.spell_id, s.personkey, s."on", s.days, c.start, c.stop, c."end", c.wait_days
from signal_spell s left join clock c on c.spell_id = s.spell_id and c.personkey = s.personkey and c.definition = $6
    and c.definition_version = $7
where s.provider = any ($1::text[]) and s.quarter = $2 and s.signal = $3 and s.provider = $4 and s.team_type = $5
order by s."on", s.spell_id, s.personkey;
