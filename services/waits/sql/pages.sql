-- What pages and API read. Every query about spells begins with `spells`: the one place that says what a state and a filter mean,
-- so that a count, the list behind it and its CSV cannot differ. Plans are made for the values given (plan_cache_mode):
-- a state that is not asked for then costs nothing, and the partial indexes apply.

-- name: spells
-- $1 providers the reader may see   $2 as at, a London date   $3 definition, as id@version   $4 first day of the rolling quarter (W19)
-- $5 provider   $6 team type   $7 state   $8 components missing, in the definition's order   $9 not seen yet   $10 breach on   $11 search
-- $12 mark   $13 dedicated pathway   $14 and $15 the days in which it came to its state, both included; null: any
-- Of a spell that lies at other providers too (its unit is the person), a reader sees start, stop and wait; the rest is null.
with seen as not materialized (
    select c.*, cardinality(providers) <= 1 or providers <@ $1::text[] as covered  -- asked for each column: the cheap half first
    from waits.clock c
    where (provider = any($1::text[]) or cardinality(providers) > 1 and providers && $1::text[])
      and definition = split_part($3::text, '@', 1) and definition_version = split_part($3::text, '@', 2)::int
), judged as not materialized (
    select personkey, definition, definition_version, start, "end", stop, wait_days, breach_on, paused_days, covered,
           case when covered then spell_id end as spell_id,
           case when provider = any($1) then provider else (select min(own) from unnest(providers) own where own = any($1)) end as provider,
           case when covered then providers else '{}' end as providers,
           case when covered then referral_ids else '{}' end as referral_ids,
           case when covered then team_types else '{}' end as team_types,
           case when covered then pathways else '{}' end as pathways,
           case when covered then components end as components,
           case when covered then first_contact end as first_contact,
           case when covered then second_contact end as second_contact,
           case when covered then baseline_outcome end as baseline_outcome,
           case when covered then assessment end as assessment,
           covered and assessment_waived as assessment_waived,
           case when covered then care_plan_or_intervention end as care_plan_or_intervention,
           case when covered then dna_count end as dna_count,
           case when covered then last_contact end as last_contact,
           case when covered then last_activity end as last_activity,
           case when covered then death_date end as death_date,
           case when covered then birth_date end as birth_date,
           case when covered then ethnicity end as ethnicity,
           case when covered then practice end as practice,
           case when covered then lsoa end as lsoa,
           case when covered then accepted_on end as accepted_on,
           case when covered then care_plan end as care_plan,
           case when covered then intervention end as intervention,
           case when covered then psychological_therapy end as psychological_therapy,
           case when covered then missing end as missing,
           stop is null and "end" is null as waiting,
           stop is null and "end" is null and breach_on <= $2::date as past_target,
           death_date is null or death_date > $2::date as alive,  -- lists of people to act on drop the dead; no clock ends by death
           stop between $4::date and $2::date as stopped_quarter,
           coalesce(stop, "end", $2::date) - start - paused_days as waited,
           -- what was last said of it, until something happens; a column that nobody asks for costs nothing
           (select json_build_object('verdict', v.verdict, 'said_at', v.said_at, 'name', v.name, 'reason', v.reason)
            from waits.validation v
            where covered and v.personkey = seen.personkey and v.spell_id = seen.spell_id and v.last_activity = seen.last_activity
            order by v.id desc limit 1) as mark
    from seen
), spells as not materialized (
    select *
    from judged
    where ($5::text is null or provider = $5 or $5 = any(providers))
      and ($6::text is null or $6 = any(team_types))
      and ($13::text is null or $13 = any(pathways))
      and case $7::text
              when 'waiting' then waiting
              when 'waiting-on' then start <= coalesce($15::date, $2) and coalesce(least(stop, "end") > coalesce($15, $2), true)
              when 'past-on' then breach_on <= coalesce($15, $2) and coalesce(least(stop, "end") > coalesce($15, $2), true)
              when 'past-target' then past_target
              when 'due-7' then waiting and alive and breach_on > $2 and breach_on <= $2 + 7
              when 'due-14' then waiting and alive and breach_on > $2 and breach_on <= $2 + 14
              when 'due-28' then waiting and alive and breach_on > $2 and breach_on <= $2 + 28
              when 'started' then true
              when 'seen' then first_contact is not null
              when 'stopped' then stop is not null
              when 'stopped-within' then stop < breach_on
              when 'stopped-quarter' then stopped_quarter
              when 'stopped-quarter-within' then stopped_quarter and stop < breach_on
              when 'closed' then stop is null and "end" is not null
              when 'inactive-90' then waiting and last_activity <= $2 - 90
              when 'inactive-180' then waiting and last_activity <= $2 - 180
              when 'inactive-365' then waiting and last_activity <= $2 - 365
              else true
          end
      and ($8::text[] is null or (waiting and alive and missing = $8))
      and ($9::boolean is null or (waiting and covered and (first_contact is null) = $9))
      and ($10::date is null or (waiting and alive and breach_on = $10))
      and ($11::text is null or (covered and (starts_with(personkey, $11) or referral_ids @> array[$11])))
      and ($12::text is null or (waiting and covered and coalesce(mark ->> 'verdict', 'none') = $12))
      and (($14::date is null and $15 is null) or $7 in ('waiting-on', 'past-on')
           or case when $7 in ('stopped', 'stopped-within', 'stopped-quarter', 'stopped-quarter-within') then stop
                   when $7 = 'closed' then "end" when $7 = 'seen' then first_contact else start
              end between coalesce($14, '-infinity'::date) and coalesce($15, 'infinity'::date))
)

-- name: then
-- What the views of an answer about the past go by, in this transaction.
select set_config('clockstop.known_at', $1, true), set_config('clockstop.answer', $2, true), set_config('clockstop.clocks', $3, true);

-- name: counted
select count(*) from spells

-- name: parts
-- The waiting spells ($7 = 'waiting') counted four ways in one pass: in all, by components missing, by week of wait and whether
-- seen, by day of breach. Week 1 is days 0 to 7, week 4 ends with day 28, week 53 is everything over 364 days (W20).
select grouping(missing, week, due_on) as part, missing, week, seen, due_on,
       count(*) as waiting,
       count(*) filter (where past_target) as past_target,
       count(*) filter (where alive) as alive,
       count(*) filter (where alive and due_on <= $2 + 7) as due_7,
       count(*) filter (where alive and due_on <= $2 + 14) as due_14
from (select missing, past_target, alive, first_contact is not null as seen,
             least(greatest((waited + 6) / 7, 1), 53) as week,
             case when breach_on > $2 and breach_on <= $2 + 14 then breach_on end as due_on
      from spells) as spell
group by grouping sets ((), (missing), (week, seen), (due_on))

-- name: teams
-- Each provider's spells by the team types they were referred to. Medians are for the reader to take from the days waited:
-- a spell with two team types belongs to both, and a sort of all of them here costs more than everything else together.
select provider, team_types, count(*) as spells,
       count(*) filter (where past_target) as past_target,
       count(*) filter (where alive and breach_on > $2 and breach_on <= $2 + 7) as due_7,
       count(*) filter (where stop < breach_on) as within_target,
       array_agg(waited) as waited
from spells
group by provider, team_types

-- name: trend
-- How the counts of waits moved in each of the 12 weeks before today: those that came in, less those that left. A spell waits
-- from `start`, is past the target from `breach_on`, is due from 7 or 14 days before that; each until it stops or ends.
select line, ($2 - day) / 7 as weeks_ago, sum(change * alike)::int as change
from (select start, breach_on, least(stop, "end") as left_on, alive, count(*) as alike
      from spells
      where breach_on > $2 - 84 or least(stop, "end") > $2 - 84
      group by 1, 2, 3, 4) as spell
cross join lateral (values
    ('waiting', start, 1),
    ('waiting', left_on, -1),
    ('past-target', case when left_on > breach_on or left_on is null then breach_on end, 1),
    ('past-target', case when left_on > breach_on then left_on end, -1),
    ('due-7', case when alive and (left_on > breach_on - 7 or left_on is null) then breach_on - 7 end, 1),
    ('due-7', case when alive and (left_on > breach_on - 7 or left_on is null) then least(left_on, breach_on) end, -1),
    ('due-14', case when alive and (left_on > breach_on - 14 or left_on is null) then breach_on - 14 end, 1),
    ('due-14', case when alive and (left_on > breach_on - 14 or left_on is null) then least(left_on, breach_on) end, -1)
) as step (line, day, change)
where day > $2 - 84 and day <= $2
group by 1, 2

-- name: shares
-- Clock stops of each of the last 12 weeks, and how many were within the target.
select ($2 - stop) / 7 as weeks_ago, count(*) as stopped, count(*) filter (where stop < breach_on) as within_target
from spells
where stop > $2 - 84 and stop <= $2
group by 1

-- name: listed
-- $16 sort   $17 to $20 the place after which to go on (its sort values, spell and person), null: from the top   $21 rows, null: all
select * from (
    select *,
           case $16::text when 'provider' then provider else '' end as sort_text,
           case $16::text
               when 'waited' then $2 - waited
               when 'last_contact' then coalesce(last_contact, '0001-01-01'::date)
               else breach_on
           end as sort_date
    from spells) as spell
where $17::text is null or (sort_text, sort_date, coalesce(spell_id, ''), personkey) > ($17, $18::date, $19::text, $20::text)
order by sort_text, sort_date, coalesce(spell_id, ''), personkey
limit $21::int

-- name: spell
-- With everything that is known of its person, at every provider.
select *, (select document from waits.pathway p where p.personkey = spells.personkey) as document from spells where spell_id = $16

-- name: feeds
select provider, last_received_at from waits.feed where provider = any($1::text[]) order by last_received_at nulls first

-- name: watermark
-- What an open page shows differs when this does: a clock changed, an event came, a feed fell silent or was heard again, nobody looks
-- at the feeds any more ($1: the least recent look that will do), or something happened to an alert.
select sum(feed.changes)::bigint, max(last_received_at), max(look.changes), bool_and(look.looked_at >= $1),
       (select max(id) from waits.alert_history), (select max(valued_at) from waits.alert_rule)
from waits.feed cross join waits.silence_look look

-- name: organisations
select distinct on (ods) ods, name from reference.organisations where ods = any($1::text[]) order by ods, valid_to desc nulls first

-- name: organisations_then
select distinct on (ods) ods, name
from reference.as_loaded(null::reference.organisations, (select coalesce(max(version), 0) from reference.load where loaded_at <= $2))
where ods = any($1::text[]) order by ods, valid_to desc nulls first

-- name: team_types
select distinct on (code) code, name from reference.team_types where code = any($1::text[]) order by code, valid_to desc nulls first

-- name: team_types_then
select distinct on (code) code, name
from reference.as_loaded(null::reference.team_types, (select coalesce(max(version), 0) from reference.load where loaded_at <= $2))
where code = any($1::text[]) order by code, valid_to desc nulls first
