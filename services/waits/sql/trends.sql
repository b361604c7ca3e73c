-- What the pages of trends and the forecast read. Every query about spells follows `spells` of pages.sql with its $1 to $15, so that it
-- counts what the lists hold: $2 is the date as at which is asked, $4 the first day of its rolling quarter.

-- name: series
-- $16 first days of the periods and, last, the day after the end   $17 days of "seen within". What happened in each period, by line;
-- period 0 is before the first. Spells that left before then are in no line.
, scope as materialized (
    select start, breach_on, stop, least(stop, "end") as left_on, first_contact,
           case when least(stop, "end") > breach_on or least(stop, "end") is null then breach_on end as past,
           case when least(stop, "end") > breach_on then least(stop, "end") end as past_left,
           case when stop < breach_on then stop end as within,
           case when stop is null then "end" end as closed,
           case when first_contact <= start + $17::int then first_contact end as seen_within,
           waited
    from spells
    where least(stop, "end") is null or least(stop, "end") >= ($16::date[])[1]
), days as (
    select case grouping(start, left_on, past, past_left, stop, within, closed, first_contact, seen_within)
               when 255 then 'started' when 383 then 'left' when 447 then 'past' when 479 then 'past-left' when 495 then 'stopped'
               when 503 then 'within' when 507 then 'closed' when 509 then 'seen' else 'seen-within'
           end as line,
           coalesce(start, left_on, past, past_left, stop, within, closed, first_contact, seen_within) as day, count(*) as spells
    from scope
    group by grouping sets ((start), (left_on), (past), (past_left), (stop), (within), (closed), (first_contact), (seen_within))
)
select line, width_bucket(day, $16::date[]) as period, sum(spells)::int as spells, null::float8 as days
from days where day is not null group by 1, 2
union all
select 'median', width_bucket(stop, $16::date[]), null, percentile_cont(0.5) within group (order by waited)
from scope where stop is not null group by 2

-- name: first_start
select min(start) from spells

-- name: stages
-- Of the milestones reached in the quarter: days since the one before, and how many spells took so many. Medians and centiles are for
-- the reader to take: a spell with two team types belongs to both, and a sort for each row of the table costs more than all else together.
, scope as materialized (
    select provider, team_types, start, accepted_on, first_contact, assessment, care_plan, intervention, psychological_therapy
    from spells
    where greatest(accepted_on, first_contact, assessment, care_plan, intervention, psychological_therapy) >= $4
)
select provider, team_types, stage, days, count(*) as spells
from scope
cross join lateral (values  -- in the order of STAGES
    (0, accepted_on - start, accepted_on),
    (1, first_contact - accepted_on, first_contact),
    (2, first_contact - start, first_contact),
    (3, assessment - first_contact, assessment),
    (4, care_plan - assessment, care_plan),
    (5, intervention - care_plan, intervention),
    (6, intervention - first_contact, intervention),
    (7, psychological_therapy - intervention, psychological_therapy)
) as stage (stage, days, reached_on)
where days is not null and reached_on between $4 and $2
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
-- Stopped in the quarter, and waiting, by what people are: ethnic category, fifth of deprivation, age at start. Each with how many waited
-- so many days (times 4; 2 is added when stopped, 1 when in time).
, area as (
    select distinct on (lsoa) lsoa, (imd_decile + 1) / 2 as fifth from reference.lsoas where imd_decile between 1 and 10 order by lsoa
), scope as materialized (
    select coalesce(ethnicity, '99') as ethnicity, coalesce(area.fifth, 0) as fifth,
           case when start >= birth_date + interval '65 years' then 65 when start >= birth_date + interval '40 years' then 40
                when start >= birth_date + interval '26 years' then 26 when start >= birth_date + interval '18 years' then 18
                when birth_date is not null then 0 else -1 end as age,
           waited * 4 + case when stop is null then 0 else 2 end + coalesce(stop < breach_on, not past_target)::int as waited
    from spells left join area using (lsoa)
    where covered and (stopped_quarter or waiting)
)
select case grouping(ethnicity, fifth, age) when 3 then 'ethnicity' when 5 then 'deprivation' else 'age' end as trait,
       coalesce(ethnicity, fifth::text, age::text) as value, waited, count(*) as spells
from scope
group by grouping sets ((ethnicity, waited), (fifth, waited), (age, waited))

-- name: ethnic_groups
-- The broad group of each category: "Mixed" of "Mixed: White and Asian".
select distinct on (code) code, split_part(name, ':', 1) as name from reference.ethnic_categories order by code, valid_to desc nulls first

-- name: courses
-- $16 the target   $17 days back. What the forecast reads of spells that began since then, in days from the date as at which is asked.
-- A spell's own days count from as long before the first day past the target as the target is long: what was paused is left out.
select provider, team_types, breach_on - $16::int - 1 - $2 as begin, least(stop, "end") - $2 as left_on, components::text as components,
       assessment_waived, alive
from spells
where covered and breach_on - $16 - 1 > $2 - $17::int and cardinality(team_types) > 0

-- name: flows
-- What each provider's team types did in each of the last 13 weeks ($16 days), and how many wait now.
, scope as materialized (
    select provider, team_types, start, stop, case when stop is null then "end" end as closed, first_contact, baseline_outcome, assessment,
           care_plan_or_intervention
    from spells
    where greatest(start, stop, "end", first_contact, baseline_outcome, assessment, care_plan_or_intervention) > $2 - $16::int
), days as (
    select provider, team_types,
           case grouping(start, stop, closed, first_contact, baseline_outcome, assessment, care_plan_or_intervention)
               when 63 then 'started' when 95 then 'stopped' when 111 then 'closed' when 119 then 'first-contact'
               when 123 then 'baseline-outcome' when 125 then 'assessment' else 'care-plan-or-intervention'
           end as line,
           coalesce(start, stop, closed, first_contact, baseline_outcome, assessment, care_plan_or_intervention) as day, count(*) as spells
    from scope
    group by provider, team_types,
             grouping sets ((start), (stop), (closed), (first_contact), (baseline_outcome), (assessment), (care_plan_or_intervention))
)
select provider, team_types, line, ($2 - day) / 7 as weeks_ago, sum(spells)::int as spells
from days where day > $2 - $16 and day <= $2
group by 1, 2, 3, 4
union all
select provider, team_types, 'waiting', null, count(*) from spells where waiting group by 1, 2

-- name: decisions
-- $1 providers in view   $2 definition   $3 team type   $4 pathway, null: none in view   $5 kind   $6 said by then, null: by now. The latest first.
select said_at, name, subject, number, since, stands, reason
from waits.decision
where definition = $2 and kind = $5 and providers = $1::text[] and team_type is not distinct from $3::text
  and pathway is not distinct from $4::text and ($6::timestamptz is null or said_at <= $6)
order by id desc

-- name: capacities
-- $1 providers   $2 definition   $3 said by then, null: by now. What was last said of the capacity of team types.
select distinct on (providers, team_type) providers[1] as provider, team_type, said_at, name, number, stands, reason
from waits.decision
where kind = 'capacity' and definition = $2 and cardinality(providers) = 1 and providers[1] = any($1::text[])
  and team_type is not null and pathway is null and ($3::timestamptz is null or said_at <= $3)
order by providers, team_type, id desc

-- name: decide
insert into waits.decision (username, name, kind, definition, providers, team_type, pathway, subject, number, since, stands, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
