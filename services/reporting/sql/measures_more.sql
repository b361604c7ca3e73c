-- What more measures count. A family is its facts, `units` (where and in which groups each counts) and a sum: `people`, each once at each
-- level, or `facts`, as many as they stand for. In each: $1 the period's last day   $2 known: infinity for now, or a microsecond after the
-- instant asked for   $3 codes of whose units alone (`inside`), null: of all.
--
-- Of a fact: `practice` where it names one itself, else that of the person by `placed_on`   `adult`: whether those under 18 on `aged_on`
-- or without a birth date, and those living outside England by `placed_on`, are left out   `times`: how many it stands for   `days`: what
-- a mean is taken of   `counted`: the measures toward which it counts.

-- name: signals
-- $4 definition   $5 its version   As the spells of today tell it: what comes after a period's end tells of spells closed in it.
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), own as materialized (
    select s.*, period.last, s.stop - s.start as wait
    from spell s, period
    where s.known_from < $2 and s.known_to >= $2 and s.definition = $4 and s.definition_version = $5 and s.until = 'infinity'
        and (s.stop between period.first and period.last or s.stop is null and s."end" between period.first and period.last)
), again as (
    select o.personkey, o.spell_id, min(s.start - o."end") as after
    from own o join spell s on s.personkey = o.personkey and s.provider = o.provider
    where s.known_from < $2 and s.known_to >= $2 and s.definition = $4 and s.definition_version = $5 and s.until = 'infinity'
        and o.stop is null and s.start > o."end" and s.start <= o."end" + 30
    group by o.personkey, o.spell_id
), fact as (
    select o.personkey, o.spell_id as fact, o.provider, o.team_types as teams, null as practice, o.start as aged_on,
        least(o.last, month_end(o."end")) as placed_on, false as adult, 1 as times, null::int as days, array_remove(array[
            case when o.wait between 15 and 42 then 'Stops on days 15 to 42' end,
            case when o.wait between 26 and 28 then 'Stops on days 26 to 28' end,
            case when o.wait <= 28 and o.told_on is not null then 'Stops within 28 days' end,
            case when o.wait <= 28 and o.told_on > o.stop + 35 and o.told_on > o.start + 28 then 'Stops within 28 days told late' end,
            case when o.stop is null then 'Closed without help' end,
            case when a.after between 6 and 10 then 'Received again in 6 to 10 days' end,
            case when a.after is not null then 'Received again in 30 days' end
        ], null) as counted
    from own o left join again a on a.personkey = o.personkey and a.spell_id = o.spell_id
)

-- name: support
-- $4 load of the reference data, null: the latest
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), fact as (
    select s.personkey, s.support_id as fact, s.provider, '{}'::text[] as teams, null as practice, period.last as aged_on,
        period.last as placed_on, false as adult, 1 as times, null::int as days, array_remove(array[
            'Support', 'Support - ' || s.kind, case when v.ods is not null then 'Support - by the voluntary sector' end,
            case when s.kind = 'employment' and s.outcome = 'job started' then 'Job started' end,
            case when s.kind = 'employment' and s.outcome = 'job kept' then 'Job kept' end
        ], null) as counted
    from support s
    cross join period
    left join (select distinct ods from reference.as_loaded(null::reference.organisations, $4) where kind = 'vcse') v on v.ods = s.given_by
    where s.known_from < $2 and s.known_to >= $2 and s.first_on <= period.last and coalesce(s.last_on, 'infinity') >= period.first
        and not exists (select from person d where d.known_from < $2 and d.known_to >= $2 and d.personkey = s.personkey
            and d.provider = s.provider and d.death_date < period.first)
)

-- name: carers
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '11 months')::date as first
), fact as (
    select p.personkey, p.provider as fact, p.provider, '{}'::text[] as teams, null as practice, period.last as aged_on,
        period.last as placed_on, false as adult, 1 as times, null::int as days, array_remove(array[
            'Carers identified', case when p.carer_assessment_offered_on <= period.last then 'Carers offered an assessment' end
        ], null) as counted
    from person p, period
    where p.known_from < $2 and p.known_to >= $2 and p.carer_identified_on between period.first and period.last
        and coalesce(p.death_date, 'infinity') >= period.first
)

-- name: out_of_area
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), fact as (
    select s.personkey, s.stay_id as fact, s.provider, '{}'::text[] as teams, null as practice, s.admitted_on as aged_on,
        month_end(s.admitted_on) as placed_on, false as adult, 1 as times, null::int as days, array_remove(array[
            case when s.admitted_on >= period.first then 'Stays' end,
            case when s.admitted_on >= period.first and s.out_of_area then 'Out-of-area stays' end,
            case when s.out_of_area and coalesce(s.discharged_on, 'infinity') > period.last then 'Out-of-area stays going on' end
        ], null) as counted
    from stay s, period
    where s.known_from < $2 and s.known_to >= $2 and s.admitted_on <= period.last
        and (s.admitted_on >= period.first or s.out_of_area and coalesce(s.discharged_on, 'infinity') > period.last)
)

-- name: follow_through
-- A follow-up that is open, or was opened in the 12 months, and not done: declined is not done.
with period as (
    select $1::date as last, make_date(extract(year from $1::date - interval '8 months')::int, 9, 1) as season
), asked as (
    select distinct f.personkey from follow_up f, period
    where f.known_from < $2 and f.known_to >= $2 and f.opened_on <= period.last
        and (f.outcome = 'done' and f.closed_on <= period.last) is not true
        and (coalesce(f.closed_on, 'infinity') > period.last or f.opened_on + interval '12 months' > period.last)
), unit as (
    select h.personkey, h.fact, h.provider, h.surgery, h.lsoa, '{}'::text[] as teams, h.practice, h.age, h.ethnicity,
        '{}'::text[] as groups, 1 as times, null::int as days, array_remove(array[
            'SMIRegister', 'PHS001', case when h."All6PHC" then 'All6PHC' end, case when h."All6PHC" then 'PHS014a' end,
            case when h."All6PHC" and a.personkey is null then 'All6PHC followed through' end,
            case when nth_from(c.influenza, period.season, 1) <= period.last then 'Influenza vaccination' end,
            case when nth_from(c.covid_19, period.season, 1) <= period.last then 'COVID-19 vaccination' end
        ], null) as counted
    from health_checks_units($1, $2) h
    cross join period
    left join asked a on a.personkey = h.personkey
    left join checks c on c.known_from < $2 and c.known_to >= $2 and c.personkey = h.personkey
    where inside($3::text[], h.provider, h.surgery, h.lsoa)
)

-- name: follow_ups
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), told as (
    select f.*, period.first, period.last, f.closed_on between period.first and period.last is true as now from follow_up f, period
    where f.known_from < $2 and f.known_to >= $2 and f.opened_on <= period.last and coalesce(f.closed_on, 'infinity') >= period.first
), fact as (
    select t.personkey, t.task_id as fact, t.provider, '{}'::text[] as teams, t.practice, t.last as aged_on, t.last as placed_on, false as adult,
        1 as times, case when t.now and t.outcome = 'done' then t.closed_on - t.opened_on end as days, array_remove(array[
            case when t.opened_on >= t.first then 'Follow-ups opened' end,
            case when t.now and t.outcome = 'done' then 'Follow-ups done' end,
            case when t.now and t.outcome in ('declined', 'unsuitable') then 'Follow-ups declined' end,
            case when coalesce(t.closed_on, 'infinity') > t.last then 'Follow-ups open' end
        ], null) as counted
    from told t
)

-- name: attempts
-- $4 what came of an attempt by its result, as JSON
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), fact as (
    select a.personkey, a.attempt_id as fact, a.provider, '{}'::text[] as teams, a.practice, a.made_on as aged_on, period.last as placed_on,
        false as adult, 1 as times, null::int as days, array_remove(array[
            'Outreach attempts', 'Outreach attempts - ' || coalesce($4::jsonb ->> a.result, 'other'),
            case when least(
                nth_from(c.alcohol, a.made_on, 1), nth_from(c.blood_glucose, a.made_on, 1), nth_from(c.blood_pressure, a.made_on, 1),
                nth_from(c.bmi, a.made_on, 1), nth_from(c.blood_lipids, a.made_on, 1), nth_from(c.smoking, a.made_on, 1)
            ) <= a.made_on + 15 then 'Outreach attempts followed' end
        ], null) as counted
    from attempt a
    cross join period
    left join checks c on c.known_from < $2 and c.known_to >= $2 and c.personkey = a.personkey
    where a.known_from < $2 and a.known_to >= $2 and a.made_on between period.first and period.last
)

-- name: seen
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '11 months')::date as first
), held as (
    select personkey, provider, referral_id, contacts from referral where known_from < $2 and known_to >= $2 and contacts <> '{}'
    union all select personkey, provider, 'direct access', contacts from open_access where known_from < $2 and known_to >= $2
), fact as (
    select h.personkey, h.referral_id as fact, h.provider, '{}'::text[] as teams, null as practice, s.day as aged_on,
        month_end(s.day) as placed_on, true as adult, 1 as times, null::int as days, array['People seen'] as counted
    from held h
    cross join period
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = h.personkey and p.provider = h.provider
    cross join lateral (
        select nth_from(
            case when cardinality(p.districts) > 1 then in_england(h.contacts, p.told, p.districts) else h.contacts end,
            greatest(period.first, birthday(p.birth_date, 18)), 1
        ) as day
    ) s
    where s.day <= period.last
)

-- name: transformation
-- $4 teams   $5 those of them whose referrals a hospital stay does not take out   $6 load of the reference data, null: the latest
-- A practice is of a transformed network from 11 months before its date on.
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '11 months')::date as first
), transformed as materialized (
    select g.practice, t.since
    from practice_at($1, $6) g join (
        select c.pcn, min(coalesce((date_trunc('month', c.valid_from) - interval '11 months')::date, '-infinity')) as since
        from reference.as_loaded(null::reference.pcn_criteria, $6) c, period
        where c.fully_transformed = 'yes' and period.last between coalesce(c.valid_from, '-infinity') and coalesce(c.valid_to, 'infinity')
        group by c.pcn
    ) t on t.pcn = g.pcn
), held as materialized (
    select r.personkey, r.referral_id, r.provider, r.received_on, d.days, p.told, p.practices, period.first, period.last
    from referral r
    cross join period
    cross join lateral (select case when r.stays_from = '{}' or r.team_types && $5::text[] then r.contacts else array(
        select day from unnest(r.contacts) as day where not stay_in_year(day, period.last, r.stays_from, r.stays_to) order by day
    ) end as days) d
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last and r.contacts <> '{}' and r.team_types && $4::text[]
        and nth_from(r.contacts, period.first, 2) <= period.last
), second as (
    select h.personkey, h.referral_id, h.provider, h.received_on, h.last,
        nth_from(h.days, greatest(h.first, t.since, date_trunc('month', h.told[1])::date), 2) as day
    from held h join transformed t on t.practice = h.practices[1] where cardinality(h.practices) = 1
    union all
    select h.personkey, h.referral_id, h.provider, h.received_on, h.last, (array_agg(c.day order by c.day))[2]
    from held h cross join lateral unnest(h.days) as c (day)
    join transformed t on t.practice = told_by(month_end(c.day), h.told, h.practices) and c.day >= greatest(h.first, t.since)
    where cardinality(h.practices) > 1 group by h.personkey, h.referral_id, h.provider, h.received_on, h.last
), fact as (
    select s.personkey, s.referral_id as fact, s.provider, '{}'::text[] as teams, null as practice, s.received_on as aged_on,
        month_end(s.day) as placed_on, true as adult, 1 as times, null::int as days, array['Second - PCN Rolling'] as counted
    from second s where s.day <= s.last
)

-- name: pathways
-- $4 load of the reference data, null: the latest   $5 codes of the scales of paired outcomes   $6 lowest and   $7 highest valid score of each
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '11 months')::date as first
), live as (
    select provider, pathway, coalesce(min(live_from), '-infinity') as since
    from reference.as_loaded(null::reference.dedicated_pathways, $4) group by provider, pathway
), held as materialized (
    select r.*, period.last, nth_from(case when r.stays_from = '{}' then r.contacts else array(
            select day from unnest(r.contacts) as day where not stay_in_year(day, period.last, r.stays_from, r.stays_to) order by day
        ) end, period.first, 2) as second
    from referral r, period
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last and r.contacts <> '{}' and r.pathways <> '{}'
), fact as (
    select h.personkey, h.referral_id as fact, h.provider, '{}'::text[] as teams, null as practice, h.received_on as aged_on,
        month_end(h.second) as placed_on, true as adult, 1 as times, null::int as days, array_remove(array[
            l.pathway || ' access', case when exists (
                select from unnest(h.therapies, h.therapy_days) as done (code, day)
                where done.day between '2019-04-01' and h.last group by done.code having count(*) > 1
            ) then l.pathway || ' therapy' end, case when exists (
                select from paired(h.last, h.scales, h.score_days, h.scores, $5, $6, $7) p where p.latest is not null
            ) then l.pathway || ' paired outcomes' end
        ], null) as counted
    from held h join live l on l.provider = h.provider and l.pathway = any (h.pathways) and l.since <= h.second
    where h.second <= h.last
)

-- name: contact_shares
-- $4 teams   $5 load of the reference data, null: the latest
with period as (
    select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
), voluntary as (
    select distinct ods from reference.as_loaded(null::reference.organisations, $5) where kind = 'vcse'
), live as (
    select distinct provider, pathway from reference.as_loaded(null::reference.dedicated_pathways, $5), period
    where coalesce(live_from, '-infinity') <= period.last
), held as (
    select personkey, provider, referral_id, team_types, pathways, contacts from referral
    where known_from < $2 and known_to >= $2 and contacts <> '{}'
    union all select personkey, provider, 'direct access', $4::text[], '{}', contacts from open_access where known_from < $2 and known_to >= $2
), fact as (
    select h.personkey, h.referral_id as fact, h.provider, '{}'::text[] as teams, null as practice, s.day as aged_on, period.last as placed_on,
        true as adult, width_bucket(period.last, h.contacts) - width_bucket(s.day - 1, h.contacts) as times, null::int as days,
        array_remove(array['Contacts', case when v.ods is not null then 'Contacts - VCSE' end], null) || case when h.pathways <> '{}' then array(
            select 'Contacts - ' || live.pathway from live where live.provider = h.provider and live.pathway = any (h.pathways)
        ) else '{}' end as counted
    from held h
    cross join period
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = h.personkey and p.provider = h.provider
    cross join lateral (select nth_from(h.contacts, greatest(period.first, birthday(p.birth_date, 18)), 1) as day) s
    left join voluntary v on v.ods = h.provider
    where s.day <= period.last and (h.team_types && $4::text[] or h.pathways <> '{}' or v.ods is not null)
)

-- name: units
, unit as (
    select f.personkey, f.fact, f.provider, coalesce(f.practice, told_by(f.placed_on, p.told, p.practices)) as surgery,
        told_by(f.placed_on, p.told, p.lsoas) as lsoa, f.teams, coalesce(f.practice, '') as practice, age_band(p.birth_date, f.aged_on) as age,
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN') as ethnicity, coalesce(p.groups, '{}') as groups, f.times, f.days, f.counted
    from fact f
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    where (not f.adult or reached(p.birth_date, 18, f.aged_on) and told_by(f.placed_on, p.told, p.districts) like any ('{E%,""}'))
        and inside($3::text[], f.provider, coalesce(f.practice, told_by(f.placed_on, p.told, p.practices)), told_by(f.placed_on, p.told, p.lsoas))
)

-- name: people
select hashtextextended(personkey, 0) as person, provider, surgery, lsoa, practice, age, ethnicity,
    array_to_string(groups, chr(31)) as groups, array_to_string(counted, chr(31)) as counted
from unit;

-- name: facts
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, times, days,
    array_to_string(counted, chr(31)) as counted
from unit;

-- name: members
select to_jsonb(u) as unit from unit u, generate_series(1, u.times);

-- name: population
-- By area, group and age band, of the newest year up to the period's. What is not told of an ICB or of England is the sum of its networks
-- where it is told of each.
with newest as (
    select distinct on (area, "group", age_band) area, "group", age_band, people
    from reference.as_loaded(null::reference.population, $2) where year <= to_char($1::date, 'YYYY')
    order by area, "group", age_band, year desc
), network as (
    select distinct on (pcn) pcn, coalesce(icb, '') as icb from reference.as_loaded(null::reference.pcns, $2) order by pcn
), told as (
    select area, "group", age_band, people from newest
    union all
    select case grouping(w.icb) when 1 then 'England' else w.icb end, n."group", n.age_band, sum(n.people)
    from network w join newest n on n.area = w.pcn
    group by n."group", n.age_band, grouping sets ((w.icb), ())
    having count(*) = (select count(*) from network every where grouping(w.icb) = 1 or every.icb = w.icb)
)
-- the table's own word first
select distinct on (t.area, t."group", t.age_band) t.area, t."group", t.age_band, t.people::bigint as people
from told t left join newest own on (own.area, own."group", own.age_band, own.people) = (t.area, t."group", t.age_band, t.people)
order by t.area, t."group", t.age_band, own.area nulls last;
