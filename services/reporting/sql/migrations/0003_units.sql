-- What is counted, one row each: whose it is, where and in which groups it counts, and of each measure whether it counts toward it. The
-- queries of `measures.sql` add them up; what a cell opens to is read from the same rows.
--
-- In each: `last` the period's last day   `known`: infinity for now, or a microsecond after the instant asked for   `load` of the reference
-- data, null: the latest. Residence, where it is tested: England, or not known, by the end of the month that counts. Area: of the
-- practice, else of where the person lives. `teams`: where it counts at the level of teams. Each is one statement, so the planner takes it
-- into the query that asks, and what that does not ask for is not computed.

-- A practice as on a day; `footprint`: its PCN is transformed or on the way, one criterion of the five met or more on that day.
create function place_at(day date, load bigint) returns table (practice text, pcn text, icb text, footprint boolean) language sql stable as $$
    select g.practice, g.pcn, g.icb, f.pcn is not null
    from practice_at(day, load) g
    left join (
        select distinct c.pcn from reference.as_loaded(null::reference.pcn_criteria, load) c
        where day between coalesce(c.valid_from, '-infinity') and coalesce(c.valid_to, 'infinity') and c.criteria_met > 0
    ) f on f.pcn = g.pcn
$$;

-- A spell of several referrals ended when the last of them did that had begun by the period's end. Counts open what ended in the last 5
-- days (W21). `waited`: days since its start, at the period's end.
create function mrs_units(last date, known timestamptz, load bigint, definition text, version int) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    waited int, "MRS01" boolean, "MRS01a" boolean, "MRS02" boolean, "MRS02a" boolean, "MRS02c" boolean, "MRS02e" boolean, "MRS03" boolean,
    "MRS04" boolean, "MRS05" boolean, "MRS06" boolean, "MRS07a" boolean, "MRS07c" boolean, "MRS07e" boolean, "MRS15" boolean,
    "MRS20" boolean, "MRS21" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::date) - interval '2 months')::date as first, $1::date - 5 as grace
    ), found as materialized (
        select s.personkey, s.spell_id, s.provider, s.start, s.stop, s.second_contact, s.closed, s."end", s.part_starts, s.part_teams,
            period.last, period.first, period.grace, period.last - s.start as waited,
            case when cardinality(s.part_ends) = 1 then case when s.part_ends[1] <= period.last then s.part_ends[1] end
                else (select case when bool_or(part.last > period.last) then null else max(part.last) end
                      from unnest(s.part_starts, s.part_ends) as part (first, last) where part.first <= period.last) end as ended
        from spell s
        cross join period
        left join past p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey
            and p.definition = s.definition and p.definition_version = s.definition_version and p.until >= period.last
        where s.known_from < $2 and s.known_to >= $2 and s.definition = $4 and s.definition_version = $5
            and s.start <= period.last and s.after < period.last and s.until >= period.last and (s."end" is null or s."end" >= period.first)
            and (s.until < 'infinity' or p.personkey is null)
    ), marked as (
        select f.*, f.ended is null or f.ended >= f.grace as open, f.stop <= f.last is true as stopped, f.second_contact <= f.last is true as twice
        from found f
    )
    select s.personkey, s.spell_id, s.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true,
        case when cardinality(s.part_teams) = 1 then string_to_array(s.part_teams[1], ',') else array(
            select distinct team from unnest(s.part_starts, s.part_teams) as part (first, teams), unnest(string_to_array(teams, ',')) as team
            where part.first <= s.last
        ) end,
        age_band(p.birth_date, s.start), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), s.waited,
        s.stopped and s.stop >= s.first, s.stopped and s.stop >= s.first and s.stop - s.start <= 28,
        s.open and not s.stopped, s.open and not s.stopped and s.waited > 728, s.open and not s.stopped and s.waited > 546,
        s.open and not s.stopped and s.waited > 364, s.open and not s.twice, s.start >= s.first,
        s.ended >= s.first and s.ended < s.grace and (s.closed or s."end" is distinct from s.ended), s.open,
        s.open and not s.twice and s.waited > 728, s.open and not s.twice and s.waited > 546, s.open and not s.twice and s.waited > 364,
        s.twice and s.second_contact >= s.first, s.open and s.stopped, s.open and s.twice
    from marked s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join place_at($1, $3) g on g.practice = told_by(least(s.last, month_end(s.ended)), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(s.last, p.told, p.lsoas)
$$;

-- Two direct contacts on one referral in the 12 months; a referral is out in each financial year with a stay on it. One row for each
-- referral; people are counted, at each level once. `teams_of`: of MHS108   `dashboard`: of the dashboard's access   `once`: a contact
-- counts once for each team in scope (Q4).
create function access_units(last date, known timestamptz, load bigint, teams_of text[], dashboard text[], once boolean) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "MHS108" boolean, "CMH access" boolean, "Psych therapy access" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::date) - interval '11 months')::date as first
    ), found as materialized (
        select r.personkey, r.referral_id, r.provider, r.received_on, r.therapies, r.therapy_days, r.team_types && $5 as dashboard, period.last,
            nth_from(c.days, period.first, case when $6 and n.teams > 1 then 1 else 2 end) as second
        from referral r, period,
            lateral (select count(*) as teams from unnest(r.team_types) as team where team = any ($4)) n,
            lateral (select case when r.stays_from = '{}' then r.contacts else array(
                select day from unnest(r.contacts) as day where not stay_in_year(day, period.last, r.stays_from, r.stays_to) order by day
            ) end as days) c
        where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last and r.contacts <> '{}' and r.team_types && $4
            and nth_from(r.contacts, period.first, 1) <= period.last
    )
    select f.personkey, f.referral_id, f.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true,
        '{}'::text[], age_band(p.birth_date, f.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        true, f.dashboard,
        f.dashboard and exists (
            select from unnest(f.therapies, f.therapy_days) as done (code, day)
            where done.day between '2019-04-01' and f.last group by done.code having count(*) > 1
        )
    from found f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    left join place_at($1, $3) g on g.practice = told_by(month_end(f.second), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(month_end(f.second), p.told, p.lsoas)
    where f.second <= f.last and birthday(p.birth_date, 18) <= f.received_on
        and told_by(month_end(f.second), p.told, p.districts) like any ('{E%,""}')
$$;

-- Referrals with a direct contact of individual placement and support in the 12 months; any age.
create function placements_units(last date, known timestamptz, load bigint) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "MHS116" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true,
        '{}'::text[], age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), true
    from referral r
    cross join lateral (select month_end(nth_from(r.ips_days, (date_trunc('month', $1::date) - interval '11 months')::date, 1)) as month) m
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by(m.month, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(m.month, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.ips_days <> '{}' and r.received_on between '2016-01-01' and $1 and m.month <= $1
        and coalesce(told_by(m.month, p.told, p.districts), '') like any ('{E%,""}')
$$;

-- Referral and team in scope, by the month of rejection; beside them what was received in the month. `days` from receipt to rejection.
create function rejections_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    days int, "Referrals received" boolean, "Referrals not accepted" boolean, "Referrals not accepted - duplicate" boolean,
    "Referrals not accepted - alternative service required" boolean, "Referrals not accepted - incomplete" boolean,
    "Referrals not accepted - missing / invalid" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, date_trunc('month', $1::date)::date as first
    )
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true,
        array[case t.team when 'C03' then 'C10' else t.team end], age_band(p.birth_date, r.received_on),
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), t.rejected - r.received_on, r.received_on >= period.first,
        t.now, t.now and t.reason = '01', t.now and t.reason = '02', t.now and t.reason = '03',
        t.now and (t.reason is null or t.reason not in ('01', '02', '03'))
    from referral r
    cross join period
    cross join lateral (
        select u.team, u.rejected, u.rejected between period.first and period.last is true as now, u.reason
        from (
            select o.team, coalesce(nullif(o.rejected, 'infinity'), r.rejected_on) as rejected, coalesce(nullif(o.reason, ''), r.reject_reason) as reason
            from unnest(r.team_types, r.team_rejected, r.team_reasons) as o (team, rejected, reason) where o.team = any ($4)
        ) u
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by(period.last, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(period.last, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last
        and (r.received_on >= period.first or r.rejected_on is not null or 'infinity' <> any (r.team_rejected))
        and (r.received_on >= period.first or t.now)
        and birthday(p.birth_date, 18) <= r.received_on and told_by(period.last, p.told, p.districts) like any ('{E%,""}')
        and not stay_in_year(period.last, period.last, r.stays_from, r.stays_to)
$$;

-- A referral of early intervention stops with the later of first contact and coordinator; open until discharge. `version` of eip-2016.
-- `age` in years: `a` 0-17, `b` 18-34, `c` 35 and over.
create function early_intervention_units(last date, known timestamptz, load bigint, version int) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "EIP23a" boolean, "EIP23b" boolean, "EIP23c" boolean, "EIP23d" boolean, "EIP23e" boolean, "EIP23f" boolean, "EIP23g" boolean, "EIP23h" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::date) - interval '2 months')::date as first
    ), marked as (
        select s.*, period.last, s.stop between period.first and period.last as stopped, s.stop - s.start as wait, period.last - s.start as waited,
            (s."end" is null or s."end" > period.last) and (s.stop is null or s.stop > period.last) as waiting,
            s.first_contact between period.first and period.last as met, s.coordinator between period.first and period.last as coordinated
        from spell s
        cross join period
        where s.known_from < $2 and s.known_to >= $2 and s.definition = 'eip-2016' and s.definition_version = $4 and s.start <= period.last
            and (s."end" is null or s."end" > period.last or greatest(s.stop, s.first_contact, s.coordinator) >= period.first)
    )
    select s.personkey, s.spell_id, s.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        case when p.birth_date is null then '' when s.start < birthday(p.birth_date, 18) then 'a'
            when s.start < birthday(p.birth_date, 35) then 'b' else 'c' end,
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        s.stopped, s.stopped and s.wait <= 14, s.stopped and s.wait > 14,
        s.waiting, s.waiting and s.waited <= 14, s.waiting and s.waited > 14, s.met, s.coordinated
    from marked s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join place_at($1, $3) g on g.practice = told_by(least(s.last, month_end(s."end")), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(s.last, p.told, p.lsoas)
$$;

-- Hospital stays that start in the quarter; a contact 3 to 365 days before, at any provider, by any team. `wards`: classes of acute wards
-- `wards_before`: the same until March 2024   `no_admission`: sources that are none.
create function admissions_units(last date, known timestamptz, load bigint, wards text[], wards_before text[], no_admission text[])
returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "MHS106" boolean, "MHS106a" boolean, "MHS106b" boolean
) language sql stable as $$
    select s.personkey, s.stay_id, s.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        age_band(p.birth_date, s.admitted_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        true, s.seen_on >= s.admitted_on - 365 is true, s.seen_on >= s.admitted_on - 365 is not true
    from stay s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    left join place_at($1, $3) g on g.practice = told_by(month_end(s.admitted_on), p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(month_end(s.admitted_on), p.told, p.lsoas)
    where s.known_from < $2 and s.known_to >= $2
        and s.admitted_on between (date_trunc('month', $1::date) - interval '2 months')::date and $1
        and s.ward_class = any (case when s.admitted_on < '2024-04-01' then $4 || $5 else $4 end) and s.source <> all ($6)
$$;

-- Entries on a register at the period's end, by the practice of the entry: all six elements recorded in the 12 months to it. People are
-- counted, at each level once.
create function health_checks_units(last date, known timestamptz, load bigint) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    practice text, "SMIRegister" boolean, "All6PHC" boolean, "PHS001" boolean, "PHS014a" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, ($1::date + 1 - interval '1 year')::date as first
    ), person_now as (
        select personkey, min(birth_date) as birth_date, min(death_date) as death_date, max(nullif(ethnicity, '')) as ethnicity
        from person where known_from < $2 and known_to >= $2 and personkey in (select personkey from register) group by personkey
    ), marked as (
        select r.*, p.birth_date, p.ethnicity, period.last,
            (nth_from(c.alcohol, period.first, 1) <= period.last and nth_from(c.blood_glucose, period.first, 1) <= period.last
            and nth_from(c.blood_pressure, period.first, 1) <= period.last and nth_from(c.bmi, period.first, 1) <= period.last
            and nth_from(c.blood_lipids, period.first, 1) <= period.last and nth_from(c.smoking, period.first, 1) <= period.last) is true as complete
        from register r
        cross join period
        left join person_now p on p.personkey = r.personkey
        left join checks c on c.known_from < $2 and c.known_to >= $2 and c.personkey = r.personkey
        where r.known_from < $2 and r.known_to >= $2 and r.entered_on <= period.last
            and least(r.left_on, r.remission_on, p.death_date) <= period.last is not true
    )
    select m.personkey, m.entry_id, m.provider, coalesce(g.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        age_band(m.birth_date, m.last), coalesce(m.ethnicity, 'UNKNOWN'), 'UNKNOWN', m.practice, true, m.complete, true, m.complete
    from marked m
    left join place_at($1, $3) g on g.practice = m.practice
$$;
