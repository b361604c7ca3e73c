-- Where a unit counts is looked up once for each practice and area that occurs, after it was read: a unit names the practice (`surgery`) and
-- the area (`lsoa`) of the day that counts, and where these are is said in one place (`sql/places.sql`, `store/places.py`).
-- And what was computed of every row is computed once, or not at all: the months of a period, birthdays that are years away.

-- Whether somebody has reached an age on a day.
create function reached(born date, years int, day date) returns boolean language sql immutable as $$
    select case when (day - born) * 4 > years * 1461 + 12 then true when (day - born) * 4 < years * 1461 - 12 then false
        else birthday(born, years) <= day end
$$;
create or replace function age_band(born date, day date) returns text language sql immutable as $$
    select case when born is null then 'UNKNOWN' when not reached(born, 26, day) then '18-25'
        when not reached(born, 65, day) then '26-64' else '65+' end
$$;

-- Whether a unit may be of an organisation: `codes` of it, its practices and areas; null: of any.
create function inside(codes text[], provider text, surgery text, lsoa text) returns boolean language sql immutable as $$
    select codes is null or provider = any (codes) or surgery = any (codes) or lsoa = any (codes)
$$;

-- Of days in order, those of months in which somebody lived in England, or it is not known where. Asked of few: most live in one district.
create function in_england(days date[], told date[], districts text[]) returns date[] language sql immutable as $$
    select array(select day from unnest($1) as day where coalesce(told_by(month_end(day), $2, $3), '') like any ('{E%,""}') order by day)
$$;

drop function proms_units(date, timestamptz, bigint, text[], text[], float8[], float8[], text[]);
drop function prom_scales_units(date, timestamptz, bigint, text[], text[], float8[], float8[], text[], float8[], float8[]);
drop function therapies_units(date, timestamptz, bigint, text[], text[], boolean);
drop function spell_quality_units(date, timestamptz, bigint, text, int, text[], text, text[]);
drop function mrs_units(date, timestamptz, bigint, text, int);
drop function access_units(date, timestamptz, bigint, text[], text[], boolean);
drop function placements_units(date, timestamptz, bigint);
drop function rejections_units(date, timestamptz, bigint, text[]);
drop function early_intervention_units(date, timestamptz, bigint, int);
drop function admissions_units(date, timestamptz, bigint, text[], text[], text[]);
drop function health_checks_units(date, timestamptz, bigint);
drop function prom_referrals(date, timestamptz, bigint, text[]);
drop function second_contact_units(date, timestamptz, bigint, text[], boolean);
drop function caseload_units(date, timestamptz, bigint, text);
drop function placements_year_units(date, timestamptz, bigint);
drop function early_contact_units(date, timestamptz, bigint, text[]);
drop function contacts_units(date, timestamptz, bigint, text[]);
drop function level_of(int), group_of(int);

-- A spell of several referrals ended when the last of them did that had begun by the period's end. Counts open what ended in the last 5
-- days (W21). `waited`: days since its start, at the period's end.
create function mrs_units(last date, known timestamptz, load bigint, definition text, version int) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    waited int, "MRS01" boolean, "MRS01a" boolean, "MRS02" boolean, "MRS02a" boolean, "MRS02c" boolean, "MRS02e" boolean, "MRS03" boolean,
    "MRS04" boolean, "MRS05" boolean, "MRS06" boolean, "MRS07a" boolean, "MRS07c" boolean, "MRS07e" boolean, "MRS15" boolean,
    "MRS20" boolean, "MRS21" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first, $1::date - 5 as grace
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
    select s.personkey, s.spell_id, s.provider, told_by(least(s.last, month_end(s.ended)), p.told, p.practices), told_by(s.last, p.told, p.lsoas),
        case when cardinality(s.part_teams) = 1 then string_to_array(s.part_teams[1], ',') else array(
            select distinct team from unnest(s.part_starts, s.part_teams) as part (first, teams), unnest(string_to_array(teams, ',')) as team
            where part.first <= s.last
        ) end,
        age_band(p.birth_date, s.start), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), s.waited,
        s.stopped and s.stop >= s.first, s.stopped and s.stop >= s.first and s.stop - s.start <= 28,
        s.open and not s.stopped, s.open and not s.stopped and s.waited > 728, s.open and not s.stopped and s.waited > 546,
        s.open and not s.stopped and s.waited > 364, s.open and not s.twice, s.start >= s.first,
        s.ended >= s.first and s.ended < s.grace and (s.closed or s."end" is distinct from s.ended), s.open,
        s.open and not s.twice and s.waited > 728, s.open and not s.twice and s.waited > 546, s.open and not s.twice and s.waited > 364,
        s.twice and s.second_contact >= s.first, s.open and s.stopped, s.open and s.twice
    from marked s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
$$;

-- Two direct contacts on one referral in the 12 months; a referral is out in each financial year with a stay on it. One row for each
-- referral; people are counted, at each level once. `teams_of`: of MHS108   `dashboard`: of the dashboard's access   `once`: a contact
-- counts once for each team in scope (Q4) of the measure that asks. Who lived outside England at some contacts, and in England at others:
-- those of months in England count (W4 by month, as published); so below.
create function access_units(last date, known timestamptz, load bigint, teams_of text[], dashboard text[], once boolean) returns table (
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

-- Referrals with a direct contact of individual placement and support in the 12 months; any age.
create function placements_units(last date, known timestamptz, load bigint) returns table (
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

-- Referral and team in scope, by the month of rejection; beside them what was received in the month. `days` from receipt to rejection.
create function rejections_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    days int, "Referrals received" boolean, "Referrals not accepted" boolean, "Referrals not accepted - duplicate" boolean,
    "Referrals not accepted - alternative service required" boolean, "Referrals not accepted - incomplete" boolean,
    "Referrals not accepted - missing / invalid" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, date_trunc('month', $1::timestamp)::date as first
    )
    select r.personkey, r.referral_id, r.provider, told_by(period.last, p.told, p.practices), told_by(period.last, p.told, p.lsoas),
        array[case t.team when 'C03' then 'C10' else t.team end], age_band(p.birth_date, r.received_on),
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), t.rejected - r.received_on, r.received_on >= period.first,
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
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= period.last
        and (r.received_on >= period.first or r.rejected_on is not null or 'infinity' <> any (r.team_rejected))
        and (r.received_on >= period.first or t.now)
        and reached(p.birth_date, 18, r.received_on) and told_by(period.last, p.told, p.districts) like any ('{E%,""}')
        and not stay_in_year(period.last, period.last, r.stays_from, r.stays_to)
$$;

-- A referral of early intervention stops with the later of first contact and coordinator; open until discharge. `version` of eip-2016.
-- `age` in years: `a` 0-17, `b` 18-34, `c` 35 and over.
create function early_intervention_units(last date, known timestamptz, load bigint, version int) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "EIP23a" boolean, "EIP23b" boolean, "EIP23c" boolean, "EIP23d" boolean, "EIP23e" boolean, "EIP23f" boolean, "EIP23g" boolean, "EIP23h" boolean
) language sql stable as $$
    with period as (
        select $1::date as last, (date_trunc('month', $1::timestamp) - interval '2 months')::date as first
    ), marked as (
        select s.*, period.last, s.stop between period.first and period.last as stopped, s.stop - s.start as wait, period.last - s.start as waited,
            (s."end" is null or s."end" > period.last) and (s.stop is null or s.stop > period.last) as waiting,
            s.first_contact between period.first and period.last as met, s.coordinator between period.first and period.last as coordinated
        from spell s
        cross join period
        where s.known_from < $2 and s.known_to >= $2 and s.definition = 'eip-2016' and s.definition_version = $4 and s.start <= period.last
            and (s."end" is null or s."end" > period.last or greatest(s.stop, s.first_contact, s.coordinator) >= period.first)
    )
    select s.personkey, s.spell_id, s.provider, told_by(least(s.last, month_end(s."end")), p.told, p.practices), told_by(s.last, p.told, p.lsoas), '{}'::text[],
        case when p.birth_date is null then '' when s.start < birthday(p.birth_date, 18) then 'a'
            when s.start < birthday(p.birth_date, 35) then 'b' else 'c' end,
        coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'),
        s.stopped, s.stopped and s.wait <= 14, s.stopped and s.wait > 14,
        s.waiting, s.waiting and s.waited <= 14, s.waiting and s.waited > 14, s.met, s.coordinated
    from marked s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
$$;

-- Hospital stays that start in the quarter; a contact 3 to 365 days before, at any provider, by any team. `wards`: classes of acute wards
-- `wards_before`: the same until March 2024   `no_admission`: sources that are none.
create function admissions_units(last date, known timestamptz, load bigint, wards text[], wards_before text[], no_admission text[])
returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "MHS106" boolean, "MHS106a" boolean, "MHS106b" boolean
) language sql stable as $$
    select s.personkey, s.stay_id, s.provider, told_by(month_end(s.admitted_on), p.told, p.practices), told_by(month_end(s.admitted_on), p.told, p.lsoas), '{}'::text[],
        age_band(p.birth_date, s.admitted_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'),
        true, s.seen_on >= s.admitted_on - 365 is true, s.seen_on >= s.admitted_on - 365 is not true
    from stay s
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = s.personkey and p.provider = s.provider
    where s.known_from < $2 and s.known_to >= $2
        and s.admitted_on between (date_trunc('month', $1::timestamp) - interval '2 months')::date and $1
        and s.ward_class = any (case when s.admitted_on < '2024-04-01' then $4 || $5 else $4 end) and s.source <> all ($6)
$$;

-- Entries on a register at the period's end, by the practice of the entry: all six elements recorded in the 12 months to it. People are
-- counted, at each level once.
create function health_checks_units(last date, known timestamptz) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
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
    select m.personkey, m.entry_id, m.provider, m.practice, '', '{}'::text[],
        age_band(m.birth_date, m.last), coalesce(m.ethnicity, 'UNKNOWN'), m.practice, true, m.complete, true, m.complete
    from marked m
$$;

-- Referral and team in scope of paired outcomes: two direct contacts by the period's end, and discharged in its month, or open at its end
-- and received 180 days before it. A referral with a hospital stay is out for good.
create function prom_referrals(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    open boolean, scales text[], score_days date[], scores float8[]
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, told_by($1, p.told, p.practices), told_by($1, p.told, p.lsoas),
        array[t.team], age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'),
        r.discharged_on <= $1 is not true, r.scales, r.score_days, r.scores
    from referral r
    cross join lateral (
        select distinct u.team from unnest(r.team_types, r.team_rejected, r.team_lapsed) as u (team, rejected, lapsed)
        where u.team = any ($4) and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true
            and (r.discharged_on <= $1 or least(r.lapsed_on, u.lapsed) >= $1)
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    where r.known_from < $2 and r.known_to >= $2 and r.received_on between '2019-04-01' and $1 and r.team_types && $4
        and r.contacts[2] <= $1 and r.reason is distinct from '08' and r.stays_from[1] <= $1 is not true
        and case when r.discharged_on <= $1 then r.discharged_on >= date_trunc('month', $1::timestamp)::date else r.received_on <= $1 - 180 end
        and reached(p.birth_date, 18, r.received_on) and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;

-- Referrals and teams with a first and with a paired score: of any scale, of a tool. `tools`: of the scales, in their order.
create function proms_units(last date, known timestamptz, load bigint, teams_of text[], codes text[], lowest float8[], highest float8[], tools text[])
returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "OpenReferrals2PlusContacts6Months" boolean, "ClosedReferrals2PlusContacts" boolean,
    "OpenBaselinePROM" boolean, "OpenBaselinePROM DIALOG" boolean, "OpenBaselinePROM ReQoL-10" boolean, "OpenBaselinePROM GBO" boolean,
    "OpenPairedPROM" boolean, "OpenPairedPROM DIALOG" boolean, "OpenPairedPROM ReQoL-10" boolean, "OpenPairedPROM GBO" boolean,
    "ClosedBaselinePROM" boolean, "ClosedBaselinePROM DIALOG" boolean, "ClosedBaselinePROM ReQoL-10" boolean, "ClosedBaselinePROM GBO" boolean,
    "ClosedPairedPROM" boolean, "ClosedPairedPROM DIALOG" boolean, "ClosedPairedPROM ReQoL-10" boolean, "ClosedPairedPROM GBO" boolean
) language sql stable as $$
    select r.personkey, r.fact, r.provider, r.surgery, r.lsoa, r.teams, r.age, r.ethnicity, r.open, not r.open,
        r.open and s.scored <> '{}', r.open and 'DIALOG' = any (s.scored), r.open and 'ReQoL-10' = any (s.scored), r.open and 'GBO' = any (s.scored),
        r.open and s.paired <> '{}', r.open and 'DIALOG' = any (s.paired), r.open and 'ReQoL-10' = any (s.paired), r.open and 'GBO' = any (s.paired),
        not r.open and s.scored <> '{}', not r.open and 'DIALOG' = any (s.scored), not r.open and 'ReQoL-10' = any (s.scored),
        not r.open and 'GBO' = any (s.scored), not r.open and s.paired <> '{}', not r.open and 'DIALOG' = any (s.paired),
        not r.open and 'ReQoL-10' = any (s.paired), not r.open and 'GBO' = any (s.paired)
    from prom_referrals($1, $2, $3, $4) r
    cross join lateral (
        select coalesce(array_agg(tool.name), '{}') as scored, coalesce(array_agg(tool.name) filter (where p.latest is not null), '{}') as paired
        from paired($1, r.scales, r.score_days, r.scores, $5, $6, $7) p join unnest($5, $8) as tool (code, name) on tool.code = p.code
        where r.scales <> '{}'
    ) s
$$;

-- Referral, team and scale with a first valid score, and how it changed. `names`: of the scales   `reliable`: the change that counts; null:
-- none is asked of this scale   `cut_off`: clinical; null: none. `counted`: the measures, for there are many and few of them each.
create function prom_scales_units(
    last date, known timestamptz, load bigint, teams_of text[], codes text[], lowest float8[], highest float8[], names text[], reliable float8[],
    cut_off float8[]
) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    counted text[]
) language sql stable as $$
    select r.personkey, r.fact, r.provider, r.surgery, r.lsoa, r.teams, r.age, r.ethnicity, array(
        select case when r.open then 'Open' else 'Closed' end || m.name || ' ' || scale.name
        from (values ('BaselinePROM', true), ('PairedPROM', p.latest is not null),
            ('PairedPROMImprovement', p.latest - p.first >= scale.reliable), ('PairedPROMDeterioration', p.first - p.latest >= scale.reliable),
            ('PairedPROMNoChange', abs(p.latest - p.first) < scale.reliable),
            ('PairedPROMAboveClinicalCutOff', p.first < scale.cut_off and p.latest is not null),
            ('PairedPROMAboveClinicalCutOffReliableRecovery',
                p.first < scale.cut_off and p.latest >= scale.cut_off and p.latest - p.first >= scale.reliable)
        ) as m (name, counts) where m.counts
    )
    from prom_referrals($1, $2, $3, $4) r
    cross join lateral paired($1, r.scales, r.score_days, r.scores, $5, $6, $7) p
    join unnest($5, $8, $9, $10) as scale (code, name, reliable, cut_off) on scale.code = p.code
    where r.scales <> '{}'
$$;

-- People with access and two activities of one listed therapy on that referral, by therapy: as access_units, of the referrals that have any.
create function therapies_units(last date, known timestamptz, load bigint, teams_of text[], dashboard text[], once boolean) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    counted text[]
) language sql stable as $$
    with found as materialized (
        select r.personkey, r.provider, r.referral_id, array(
            select 'Psych therapy access ' || done.code from unnest(r.therapies, r.therapy_days) as done (code, day)
            where done.day between '2019-04-01' and $1 group by done.code having count(*) > 1
        ) as counted
        from referral r where r.known_from < $2 and r.known_to >= $2 and cardinality(r.therapies) > 1
    )
    select u.personkey, u.fact, u.provider, u.surgery, u.lsoa, u.teams, u.age, u.ethnicity, f.counted
    from access_units($1, $2, $3, $4, $5, $6) u
    join found f on f.personkey = u.personkey and f.provider = u.provider and f.referral_id = u.fact
    where u."Psych therapy access"
$$;

-- Referrals that received their second direct contact in the quarter, and those open that wait for it: contacts over the whole life of the
-- referral. `wait`: days from receipt to it   `waited`: days at the end, that day too. Parameters as of access_units.
create function second_contact_units(last date, known timestamptz, load bigint, teams_of text[], once boolean) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    wait int, waited int, "MHS124" boolean, "MHS127" boolean
) language sql stable as $$
    with period as (
        select (date_trunc('month', $1::timestamp) - interval '2 months')::date as quarter, (date_trunc('month', $1::timestamp) - interval '11 months')::date as year
    ), found as (
        select r.personkey, r.referral_id, r.provider, r.received_on, r.stays_from, r.stays_to, least($1, month_end(least(r.discharged_on, r.lapsed_on))) as newest,
            r.contacts[case when $5 and (select count(*) from unnest(r.team_types) as team where team = any ($4)) > 1 then 1 else 2 end] as second,
            period.quarter,
            (r.discharged_on is null or r.discharged_on > $1) and (r.lapsed_on is null or r.lapsed_on >= $1) as open
        from referral r, period
        where r.known_from < $2 and r.known_to >= $2 and r.received_on between '2019-04-01' and $1 and r.team_types && $4
            and coalesce(least(r.discharged_on, r.lapsed_on), 'infinity') >= period.year
    ), marked as (
        select f.*, f.second between f.quarter and $1 is true as had, f.open and f.second <= $1 is not true as waits from found f
    )
    select f.personkey, f.referral_id, f.provider, told_by(f.newest, p.told, p.practices), told_by(f.newest, p.told, p.lsoas), '{}'::text[],
        age_band(p.birth_date, f.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'),
        f.second - f.received_on, $1 + 1 - f.received_on, f.had, f.waits
    from marked f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    where (f.had or f.waits) and reached(p.birth_date, 18, f.received_on) and told_by(f.newest, p.told, p.districts) like any ('{E%,""}')
        and (f.stays_from = '{}' or not stay_in_year(f.newest, $1, f.stays_from, f.stays_to))
$$;

-- Referrals open to early intervention at the month's end, with an attended contact or an indirect activity by it. `team`: its type.
create function caseload_units(last date, known timestamptz, load bigint, team text) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "EIP68" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, told_by($1, p.told, p.practices), told_by($1, p.told, p.lsoas), '{}'::text[],
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), true
    from referral r
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= $1 and r.helped_on <= $1 and r.discharged_on <= $1 is not true
        and exists (
            select from unnest(r.team_types, r.team_rejected, r.team_lapsed) as u (team, rejected, lapsed)
            where u.team = $4 and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true and least(r.lapsed_on, u.lapsed) >= $1
        )
        and coalesce(told_by($1, p.told, p.districts), '') like any ('{E%,""}')
$$;

-- Referrals with a direct contact of individual placement and support in the financial year to date, refused activities too.
create function placements_year_units(last date, known timestamptz, load bigint) returns table (
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

-- Referrals whose 96 hours ended in the month, not rejected by its end: people are counted, at each level once.
create function early_contact_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    "People referred" boolean, "Contacted within 96 hours" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, told_by($1, p.told, p.practices), told_by($1, p.told, p.lsoas), t.teams,
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), true, r.early_contact is not null
    from referral r
    cross join lateral (
        select array_agg(distinct case u.team when 'C03' then 'C10' else u.team end) as teams from unnest(r.team_types, r.team_rejected) as u (team, rejected)
        where u.team = any ($4) and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    where r.known_from < $2 and r.known_to >= $2 and r.received_on between date_trunc('month', $1::timestamp)::date - 4 and $1 - 4 and t.teams <> '{}'
        and reached(p.birth_date, 18, r.received_on) and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;

-- Contacts of the month on referrals to teams in scope, attended or missed; too late to be seen is missed, as in NHS England's dashboards.
create function contacts_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
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

-- Spells open at the period's end (MRS06): who answers for the person, the plans that stand, and how often they were assessed anew. Plans
-- and assignments are the person's at the provider; an assignment stays as long after its end as a spell does (W21). `teams_of`: whose assessments count   `refset`: of them   `never`: codes that are none
-- `again`: days of assessment after the first.
create function spell_quality_units(
    last date, known timestamptz, load bigint, definition text, version int, teams_of text[], refset text, never text[]
) returns table (
    personkey text, fact text, provider text, surgery text, lsoa text, teams text[], age text, ethnicity text,
    again int, "Open spells" boolean, "Without a key worker" boolean, "With a plan" boolean, "Plan agreed with the person" boolean,
    "Plan co-produced" boolean, "Plan co-produced and agreed" boolean, "Plan review overdue" boolean, "Assessed" boolean, "Assessed again" boolean
) language sql stable as $$
    with open as materialized (
        select u.* from mrs_units($1, $2, $3, $4, $5) u where u."MRS06"
    ), worker as (
        select distinct a.personkey, a.provider from assignment a
        where a.known_from < $2 and a.known_to >= $2 and a.from_on <= $1 and a.to_on < $1 - 5 is not true
    ), planned as (
        select p.personkey, p.provider, bool_or(v.agreed) as agreed, bool_or(v.coproduced) as coproduced,
            bool_or(v.agreed and v.coproduced) as both, bool_or(v.overdue) as overdue
        from plan p
        cross join lateral (select width_bucket($1, p.told) as place) n
        cross join lateral (
            select p.agreed[n.place] <= $1 as agreed, p.coproduced[n.place] as coproduced, p.review_due[n.place] < $1 as overdue
        ) v
        where p.known_from < $2 and p.known_to >= $2 and n.place > 0
        group by p.personkey, p.provider
    ), member as materialized (
        select concept_id, coalesce(active_from, '-infinity') as active_from, coalesce(active_to, 'infinity') as active_to
        from reference.as_loaded(null::reference.refset_members, $3) where refset_id = $7 and concept_id <> all ($8)
    ), assessed as (
        select o.personkey, o.provider, o.fact, count(distinct act.day)::int as days
        from open o
        join referral r on r.known_from < $2 and r.known_to >= $2 and r.personkey = o.personkey and r.provider = o.provider
        cross join lateral unnest(r.acts, r.act_days) as act (code, day)
        join member m on m.concept_id = act.code and act.day between m.active_from and m.active_to
        where r.team_types && $6 and act.day between $1 - o.waited and $1
        group by o.personkey, o.provider, o.fact
    )
    select o.personkey, o.fact, o.provider, o.surgery, o.lsoa, o.teams, o.age, o.ethnicity, a.days - 1, true,
        w.personkey is null, p.personkey is not null, p.agreed is true, p.coproduced is true, p.both is true, p.overdue is true,
        a.days is not null, a.days > 1 is true
    from open o
    left join worker w on w.personkey = o.personkey and w.provider = o.provider
    left join planned p on p.personkey = o.personkey and p.provider = o.provider
    left join assessed a on a.personkey = o.personkey and a.provider = o.provider and a.fact = o.fact
$$;
