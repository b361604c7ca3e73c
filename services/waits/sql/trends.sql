-- What the pages of trends read. $1 to $5 are the same everywhere: $1 providers in view   $2 definition   $3 its version
-- $4 team type   $5 dedicated pathway; null: any.

-- name: series
-- $6 first days of the periods and, last, the day after the end   $7 days of "seen within". What happened in each period, by line;
-- period 0 is before the first. Spells that left before then are in no line.
with scope as materialized (
    select start, breach_on, stop, "end", least(stop, "end") as left_on, first_contact
    from waits.clock
    where provider = any($1::text[]) and definition = $2 and definition_version = $3::int
      and ($4::text is null or $4 = any(team_types)) and ($5::text is null or $5 = any(pathways))
      and (least(stop, "end") is null or least(stop, "end") >= ($6::date[])[1])
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
    select 'seen-within', first_contact, count(*) from scope where first_contact <= start + $7::int group by first_contact
)
select line, width_bucket(day, $6::date[]) as period, sum(spells)::int as spells, null::float8 as days from lines group by 1, 2
union all
select 'median', width_bucket(stop, $6::date[]), null, percentile_cont(0.5) within group (order by stop - start)
from scope where stop is not null group by 2

-- name: first_start
select min(start) from waits.clock where provider = any($1::text[]) and definition = $2 and definition_version = $3::int

-- name: stages
-- $6 and $7 the days in which the later milestone was reached. A row for the whole view, one for each provider, one for each of its
-- team types. Percentiles are exact (W24), of those that were reached in this order; the others are counted.
select whose.provider, whose.team_type, stage.since, stage.until, count(*) as spells, count(*) filter (where days < 0) as before,
       percentile_cont(0.5) within group (order by days) filter (where days >= 0) as median,
       percentile_cont(0.9) within group (order by days) filter (where days >= 0) as ninetieth
from waits.clock c
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
    union all select c.provider, null
    union all select c.provider, unnest(c.team_types)
) as whose
where c.provider = any($1::text[]) and definition = $2 and definition_version = $3::int
  and ($4::text is null or $4 = any(team_types)) and ($5::text is null or $5 = any(pathways))
  and stage.days is not null and stage.reached_on between $6::date and $7::date
  and (whose.team_type is null or $4 is null or whose.team_type = $4)
group by 1, 2, 3, 4

-- name: hidden
-- $6 and $7 as in `stages`   $8 days. First waits of at most $8 days: those whose first intervention came in these days and those that,
-- open on the last of them, have none; and which of them waited more than $8 days between.
select intervention is not null as reached, count(*) as spells, count(*) filter (where then_waited > $8::int) as long,
       percentile_cont(0.5) within group (order by then_waited) as median
from (select intervention, coalesce(intervention, $7::date) - first_contact as then_waited
      from waits.clock
      where provider = any($1::text[]) and definition = $2 and definition_version = $3::int
        and ($4::text is null or $4 = any(team_types)) and ($5::text is null or $5 = any(pathways))
        and first_contact - start <= $8 and (intervention between $6::date and $7 or (intervention is null and "end" is null))
        and (intervention is null or intervention >= first_contact)) as seen
group by 1

-- name: groups
-- $6 and $7 the days of the clock stops. Stopped and waiting by what people are: broad ethnic group, fifth of deprivation, age at start.
with scope as materialized (
    select start, stop, breach_on, ethnicity, lsoa, birth_date
    from waits.clock
    where provider = any($1::text[]) and definition = $2 and definition_version = $3::int
      and ($4::text is null or $4 = any(team_types)) and ($5::text is null or $5 = any(pathways))
      and (stop between $6::date and $7::date or (stop is null and "end" is null))
), ethnic as (
    select distinct on (code) code, split_part(name, ':', 1) as name from reference.ethnic_categories order by code, valid_to desc nulls first
), area as (
    select distinct on (lsoa) lsoa, (imd_decile + 1) / 2 as fifth from reference.lsoas where imd_decile between 1 and 10 order by lsoa
)
select trait, value, count(stop) as stopped, count(*) filter (where stop < breach_on) as within_target,
       percentile_cont(0.5) within group (order by stop - start) filter (where stop is not null) as median_wait,
       count(*) filter (where stop is null) as waiting,
       count(*) filter (where stop is null and breach_on <= $7) as past_target,
       percentile_cont(0.5) within group (order by $7 - start) filter (where stop is null) as median_waited
from scope left join ethnic on ethnic.code = ethnicity left join area using (lsoa)
cross join lateral (values
    ('ethnicity', coalesce(ethnic.name, 'Not known')),
    ('deprivation', coalesce(area.fifth::text, 'not-known')),
    ('age', case when birth_date is null then 'not-known' when start < birth_date + interval '18 years' then 'under-18'
                 when start < birth_date + interval '26 years' then '18-25' when start < birth_date + interval '40 years' then '26-39'
                 when start < birth_date + interval '65 years' then '40-64' else '65-over' end)
) as trait (trait, value)
group by 1, 2

-- name: decisions
-- $1 providers in view   $2 definition   $3 team type   $4 pathway, null: none in view   $5 kind. The latest first.
select said_at, name, subject, number, since, stands, reason
from waits.decision
where definition = $2 and kind = $5 and providers = $1::text[] and team_type is not distinct from $3::text
  and pathway is not distinct from $4::text
order by id desc

-- name: decide
insert into waits.decision (username, name, kind, definition, providers, team_type, pathway, subject, number, since, stands, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
