-- The numbers of the overview, each over the query `people` (see worklist.sql), so that each is the length of its list.

-- name: groups
-- The register and who of it is complete: all together, and by what people are. Counted by what the rows say first: names come after.
, counted as materialized (
    select grouping(practice, ethnicity, age_band, lsoa) as by, practice, ethnicity, age_band, lsoa, count(*) as people,
           count(*) filter (where complete) as complete
    from people
    group by grouping sets ((), (practice), (ethnicity), (age_band), (lsoa))
)
select trait, value, sum(people)::int as people, sum(complete)::int as complete
from (
    select case by when 15 then 'all' when 7 then 'practice' when 13 then 'age' end as trait, coalesce(practice, age_band::text) as value, people, complete
    from counted where by in (15, 7, 13)
    union all select 'pcn', pcn, people, complete from counted left join practice using (practice) where by = 7
    union all select 'ethnicity', coalesce(name, 'Not known'), people, complete from counted left join ethnic on code = ethnicity where by = 11
    union all select 'deprivation', coalesce(fifth, 0)::text, people, complete from counted left join area using (lsoa) where by = 14) as named
group by trait, value

-- name: missing
select element, sum(alike)::int as people
from (select missing, count(*) as alike from people group by missing) as lacking cross join lateral unnest(missing) as element
group by element

-- name: due
-- People with a live task in each state, by schedule and in all (schedule null).
, each as materialized (
    select personkey, case when $2 < t.due_on then 'due-soon' when $2 = t.due_on then 'due' else 'overdue' end as status, t.schedule
    from people join outreach.task t using (personkey)
    where t.closed_on is null and t.invite_from <= $2 and (t.provider = any($1) or t.owner = any($1) or t.owner = any($3))
    group by 1, 2, 3
)
select status, schedule, count(*) as people from each group by 1, 2
union all select status, null, count(*) from (select distinct personkey, status from each) as person group by 1

-- name: follow_ups
-- By finding, in the 12 months to $2; days from the finding until it was answered.
select t.finding, count(distinct personkey) filter (where t.closed_on is null) as open,
       count(distinct personkey) filter (where t.opened_on > $2 - 365) as opened,
       count(distinct personkey) filter (where t.outcome = 'done' and t.closed_on > $2 - 365) as done,
       count(distinct personkey) filter (where t.outcome = 'declined' and t.closed_on > $2 - 365) as declined,
       percentile_cont(0.5) within group (order by t.closed_on - t.opened_on)
           filter (where t.outcome = 'done' and t.closed_on > $2 - 365) as median_days
from people join outreach.task t using (personkey)
where t.finding is not null and (t.provider = any($1) or t.owner = any($1) or t.owner = any($3))
group by t.finding

-- name: moves
-- How the register, and those complete on it, grew and shrank day by day.
select kind, day, sum(change)::int as change
from people
cross join lateral (
    select 'register' as kind, * from unnest(registered_from, registered_until) as r (since, until)
    union all select 'complete', * from unnest(complete_from, completed_until) as c (since, until)) as spans
cross join lateral (values (since, 1), (until, -1)) as ends (day, change)
where day is not null
group by kind, day

-- name: vaccinated
select count(*) filter (where influenza_on between season and $2) as influenza, count(*) filter (where covid_19_on between season and $2) as "covid-19"
from people cross join make_date(extract(year from $2 - interval '8 months')::int, 9, 1) as season

-- name: effect
-- People whom somebody tried to reach in the 12 months to $2, in all, by channel, by ethnicity and by deprivation; how many of them had
-- an element recorded within 15 days of an attempt, and how many of those of whom nothing was recorded before. An attempt whose 15 days
-- are not over counts only when it was followed.
, tries as materialized (
    select personkey, coalesce(ethnic.name, 'Not known') as ethnic_group, coalesce(area.fifth, 0) as fifth, a.channel,
           exists (select from unnest(checked_on) day where day between a.made_on and a.made_on + 15) as came,
           coalesce(checked_on[1] >= a.made_on, true) as first_time, a.made_on
    from people join outreach.attempt a using (personkey) left join ethnic on code = ethnicity left join area using (lsoa)
    where a.voided_at is null and a.made_on between $2 - 364 and $2
)
select case grouping(channel, ethnic_group, fifth) when 7 then 'all' when 3 then 'channel' when 5 then 'ethnicity' else 'deprivation' end as trait,
       coalesce(channel, ethnic_group, fifth::text) as value, count(distinct personkey) as tried,
       count(distinct personkey) filter (where came) as came,
       count(distinct personkey) filter (where first_time) as first_tried,
       count(distinct personkey) filter (where came and first_time) as first_came
from tries
where came or made_on + 15 < $2
group by grouping sets ((), (channel), (ethnic_group), (fifth))

-- name: targets
select target, valid_from, source from reference.targets
where measure = 'smi-health-checks' and coalesce(valid_from, '-infinity') <= $1::date and coalesce(valid_to, 'infinity') >= $1
order by valid_from desc nulls last limit 1;
