-- Who lived outside England at some contacts, and in England at others: those of months in England count (W4 by month, as published). And
-- a contact counts once for each team in scope (Q4) of the measure that asks. A contact at which somebody came too late to be seen is
-- missed, as in NHS England's dashboards.

-- Of days in order, those of months in which somebody lived in England, or it is not known where. Asked of few: most live in one district.
create function in_england(days date[], told date[], districts text[]) returns date[] language sql immutable as $$
    select array(select day from unnest($1) as day where coalesce(told_by(month_end(day), $2, $3), '') like any ('{E%,""}') order by day)
$$;

create or replace function access_units(last date, known timestamptz, load bigint, teams_of text[], dashboard text[], once boolean) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "MHS108" boolean, "CMH access" boolean, "Psych therapy access" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::timestamp) - interval '11 months')::date as first
    ), held as materialized (
        select r.personkey, r.referral_id, r.provider, r.received_on, r.therapies, r.therapy_days, r.team_types, period.first, period.last, c.days
        from referral r, period,
            lateral (select case when r.stays_from = '{}' then r.contacts else array(
                select day from unnest(r.contacts) as day where not stay_in_year(day, period.last, r.stays_from, r.stays_to) order by day
            ) end as days) c
        where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last and r.contacts <> '{}' and r.team_types && $4
            and nth_from(r.contacts, period.first, 1) <= period.last
    ), found as (
        select h.*, p.birth_date, p.ethnicity, p.told, p.practices, p.lsoas, p.districts,
            nth_from(d.days, h.first, case when $6 and (select count(*) from unnest(h.team_types) as team where team = any ($4)) > 1 then 1 else 2 end) as second,
            h.team_types && $5 and nth_from(
                d.days, h.first, case when $6 and (select count(*) from unnest(h.team_types) as team where team = any ($5)) > 1 then 1 else 2 end
            ) <= h.last is true as dashboard
        from held h
        join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = h.personkey and p.provider = h.provider
        cross join lateral (select case when cardinality(p.districts) = 1 then h.days else in_england(h.days, p.told, p.districts) end as days) d
    )
    select f.personkey, f.referral_id, f.provider, told_by(month_end(f.second), f.told, f.practices), told_by(month_end(f.second), f.told, f.lsoas),
        '{}'::text[], age_band(f.birth_date, f.received_on), coalesce(nullif(f.ethnicity, ''), 'UNKNOWN'),
        true, f.dashboard,
        f.dashboard and exists (
            select from unnest(f.therapies, f.therapy_days) as done (code, day)
            where done.day between '2019-04-01' and f.last group by done.code having count(*) > 1
        )
    from found f
    where f.second <= f.last and reached(f.birth_date, 18, f.received_on)
        and told_by(month_end(f.second), f.told, f.districts) like any ('{E%,""}')
$$;

create or replace function placements_units(last date, known timestamptz, load bigint) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "MHS116" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, told_by(m.month, p.told, p.practices), told_by(m.month, p.told, p.lsoas),
        '{}'::text[], age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), true
    from referral r
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    cross join lateral (
        select case when cardinality(p.districts) > 1 then in_england(r.ips_days, p.told, p.districts) else r.ips_days end as days
    ) d
    cross join lateral (select month_end(nth_from(d.days, (date_trunc('month', $1::timestamp) - interval '11 months')::date, 1)) as month) m
    where r.known_from < $2 and r.known_to >= $2 and r.ips_days <> '{}' and r.received_on between '2016-01-01' and $1 and m.month <= $1
        and coalesce(told_by(m.month, p.told, p.districts), '') like any ('{E%,""}')
$$;

create or replace function placements_year_units(last date, known timestamptz, load bigint) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "IPS in the financial year" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, told_by(m.month, p.told, p.practices), told_by(m.month, p.told, p.lsoas), '{}'::text[],
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), true
    from referral r
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    cross join lateral (
        select case when cardinality(p.districts) > 1 then in_england(r.ips_all, p.told, p.districts) else r.ips_all end as days
    ) d
    cross join lateral (select month_end(nth_from(d.days, make_date(financial_year($1), 4, 1), 1)) as month) m
    where r.known_from < $2 and r.known_to >= $2 and r.ips_all <> '{}' and r.received_on between '2016-01-01' and $1 and m.month <= $1
        and coalesce(told_by(m.month, p.told, p.districts), '') like any ('{E%,""}')
$$;

create or replace function contacts_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "Contacts due" boolean, "Contacts missed" boolean, "Contacts attended" boolean, "Face to face" boolean, "Telephone" boolean, "Video" boolean
) language sql stable as $$
    with found as (
        select r.personkey, r.provider, r.received_on, met.id, met.how, array(
            select distinct case team when 'C03' then 'C10' else team end from unnest(r.team_types) as team where team = any ($4)
        ) as teams
        from referral r
        cross join lateral (
            select r.met_ids[place] as id, substr(r.met_how, place, 1) as how
            from generate_series(width_bucket(date_trunc('month', $1::timestamp)::date - 1, r.met_days) + 1, width_bucket($1, r.met_days)) as place
        ) met
        where r.known_from < $2 and r.known_to >= $2 and r.met_days <> '{}' and r.team_types && $4
            and nth_from(r.met_days, date_trunc('month', $1::timestamp)::date, 1) <= $1
    )
    select f.personkey, f.id, f.provider, told_by($1, p.told, p.practices), told_by($1, p.told, p.lsoas), f.teams,
        age_band(p.birth_date, f.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'),
        true, f.how in ('D', 'L'), f.how in ('F', 'T', 'V', 'O'), f.how = 'F', f.how = 'T', f.how = 'V'
    from found f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    where reached(p.birth_date, 18, f.received_on) and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;
