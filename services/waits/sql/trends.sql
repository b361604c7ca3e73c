-- What the pages of trends and the forecast read. Every query about spells follows `spells` of pages.sql with its $1 to $15, so that it
-- counts what the lists hold: $2 is the date as at which is asked, $4 the first day of its rolling quarter.

-- name: series
-- $16 first days of the periods and, last, the day after the end   $17 days of "seen within". What happened in each period, by line;
-- period 0 is before the first. Spells that left before then are in no line.
, scope as materialized (
    select start, breach_on, stop, "end", least(stop, "end") as left_on, first_contact, waited
    from spells
    where least(stop, "end") is null or least(stop, "end") >= ($16::date[])[1]
), lines as (
    select 'started' as line, start as day, count(*) as spells from scope group by start
    union all
    select 'left', left_on, count(*) from scope where left_on is not null group by left_on
    union all
    select 'past', breach_on, count(*) from scope where left_on > breach_on or left_on is null group by breach_on
    union all
    select 'past-left', left_on, count(*) from scope where left_on > breach_on group by left_on
    union all
    select 'stopped', stop, count(*) from scope where stop is not null group by stop
    union all
    select 'within', stop, count(*) from scope where stop < breach_on group by stop
    union all
    select 'closed', "end", count(*) from scope where stop is null and "end" is not null group by "end"
    union all
    select 'seen', first_contact, count(*) from scope where first_contact is not null group by first_contact
    union all
    select 'seen-within', first_contact, count(*) from scope where first_contact <= start + $17::int group by first_contact
)
select line, width_bucket(day, $16::date[]) as period, sum(spells)::int as spells, null::float8 as days from lines group by 1, 2
union all
select 'median', width_bucket(stop, $16::date[]), null, percentile_cont(0.5) within group (order by waited)
from scope where stop is not null group by 2

-- name: first_start
select min(start) from spells

-- name: stages
-- Of the milestones reached in the quarter: days since the one before. A row for the whole view, one for each provider, one for each of
-- its team types. Percentiles are exact (W24), of those that were reached in this order; the others are counted.
select whose.provider, whose.team_type, stage.since, stage.until, count(*) as spells, count(*) filter (where days < 0) as before,
       percentile_cont(0.5) within group (order by days) filter (where days >= 0) as median,
       percentile_cont(0.9) within group (order by days) filter (where days >= 0) as ninetieth
from spells
cross join lateral (values
    ('received', 'accepted', accepted_on - start, accepted_on),
    ('accepted', 'first-contact', first_contact - accepted_on, first_contact),
    ('received', 'first-contact', first_contact - start, first_contact),
    ('first-contact', 'assessment', assessment - first_contact, assessment),
    ('assessment', 'care-plan', care_plan - assessment, care_plan),
    ('care-plan', 'intervention', intervention - care_plan, intervention),
    ('first-contact', 'intervention', intervention - first_contact, intervention),
    ('intervention', 'psychological-therapy', psychological_therapy - intervention, psychological_therapy)
) as stage (since, until, days, reached_on)
cross join lateral (
    select null::text as provider, null::text as team_type
    union all select spells.provider, null
    union all select spells.provider, unnest(spells.team_types)
) as whose
where stage.days is not null and stage.reached_on between $4 and $2 and ($6 is null or whose.team_type is null or whose.team_type = $6)
group by 1, 2, 3, 4

-- name: hidden
-- $16 days. First waits of at most so many days: those whose first intervention came in the quarter and those that, open, have none; and
-- which of them waited longer than that between.
select intervention is not null as reached, count(*) as spells, count(*) filter (where then_waited > $16::int) as long,
       percentile_cont(0.5) within group (order by then_waited) as median
from (select intervention, coalesce(intervention, $2) - first_contact as then_waited
      from spells
      where first_contact - start <= $16
        and (intervention between $4 and $2 or (intervention is null and "end" is null))
        and (intervention is null or intervention >= first_contact)) as seen
group by 1

-- name: groups
-- Stopped in the quarter, and waiting, by what people are: broad ethnic group, fifth of deprivation, age at start.
, scope as materialized (
    select start, stop, breach_on, waited, past_target, ethnicity, lsoa, birth_date
    from spells
    where covered and (stopped_quarter or waiting)
), ethnic as (
    select distinct on (code) code, split_part(name, ':', 1) as name from reference.ethnic_categories order by code, valid_to desc nulls first
), area as (
    select distinct on (lsoa) lsoa, (imd_decile + 1) / 2 as fifth from reference.lsoas where imd_decile between 1 and 10 order by lsoa
)
select trait, value, count(stop) as stopped, count(*) filter (where stop < breach_on) as within_target,
       percentile_cont(0.5) within group (order by waited) filter (where stop is not null) as median_wait,
       count(*) filter (where stop is null) as waiting,
       count(*) filter (where past_target) as past_target,
       percentile_cont(0.5) within group (order by waited) filter (where stop is null) as median_waited
from scope left join ethnic on ethnic.code = ethnicity left join area using (lsoa)
cross join lateral (values
    ('ethnicity', case when ethnicity = '99' then 'Not known' else coalesce(ethnic.name, 'Not known') end),
    ('deprivation', coalesce(area.fifth::text, 'not-known')),
    ('age', case when birth_date is null then 'not-known' when start < birth_date + interval '18 years' then 'under-18'
                 when start < birth_date + interval '26 years' then '18-25' when start < birth_date + interval '40 years' then '26-39'
                 when start < birth_date + interval '65 years' then '40-64' else '65-over' end)
) as trait (trait, value)
group by 1, 2

-- name: courses
-- $16 the target   $17 days back. What the forecast reads of spells that began since then, in days from the date as at which is asked.
-- A spell's own days count from as long before the first day past the target as the target is long: what was paused is left out.
select provider, team_types, breach_on - $16::int - 1 - $2 as begin, least(stop, "end") - $2 as left_on, components::text as components,
       assessment_waived, alive
from spells
where covered and breach_on - $16 - 1 > $2 - $17::int and cardinality(team_types) > 0

-- name: flows
-- What each provider's team types did in each of the last 13 weeks ($16 days), and how many wait now.
select provider, team_type, line, ($2 - day) / 7 as weeks_ago, count(*) as spells
from spells cross join lateral unnest(team_types) as team_type
cross join lateral (values
    ('started', start), ('stopped', stop), ('closed', case when stop is null then "end" end), ('first-contact', first_contact),
    ('baseline-outcome', baseline_outcome), ('assessment', assessment), ('care-plan-or-intervention', care_plan_or_intervention)
) as step (line, day)
where day > $2 - $16::int and day <= $2 and ($6 is null or team_type = $6)
group by 1, 2, 3, 4
union all
select provider, team_type, 'waiting', null, count(*)
from spells cross join lateral unnest(team_types) as team_type
where waiting and ($6 is null or team_type = $6)
group by 1, 2

-- name: decisions
-- $1 providers in view   $2 definition   $3 team type   $4 pathway, null: none in view   $5 kind. The latest first.
select said_at, name, subject, number, since, stands, reason
from waits.decision
where definition = $2 and kind = $5 and providers = $1::text[] and team_type is not distinct from $3::text
  and pathway is not distinct from $4::text
order by id desc

-- name: capacities
-- $1 providers   $2 definition. What stands of the capacity of team types.
select distinct on (providers, team_type) providers[1] as provider, team_type, said_at, name, number, stands, reason
from waits.decision
where kind = 'capacity' and definition = $2 and cardinality(providers) = 1 and providers[1] = any($1::text[])
  and team_type is not null and pathway is null
order by providers, team_type, id desc

-- name: decide
insert into waits.decision (username, name, kind, definition, providers, team_type, pathway, subject, number, since, stands, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
