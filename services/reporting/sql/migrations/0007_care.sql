-- What the measures of care read beside the national ones, and their units (as 0003_units.sql says).

alter table referral
    add column lapsed_on date,                               -- the end of the last month whose file named it
    add column team_lapsed date[] not null default '{}',     -- the same of its teams, in their order; infinity: none
    add column helped_on date,                               -- the first attended contact or indirect activity
    add column early_contact date,                           -- the first direct contact within 96 hours of receipt
    add column ips_all date[] not null default '{}',         -- as ips_days, refused activities too
    add column met_ids text[] not null default '{}',         -- contacts attended or missed, in order, with their days; `met_how`: a letter
    add column met_days date[] not null default '{}',        -- for each: Face to face, Telephone, Video, Other; Did not attend, Late not seen
    add column met_how text not null default '',
    add column acts text[] not null default '{}',            -- codes of activities, refused ones left out, with their days, in order
    add column act_days date[] not null default '{}';

-- Who answers for a person.
select make_facts('assignment', '
    provider           text not null,
    role               text not null,
    from_on            date not null,
    to_on              date');

-- A care plan by the days from which each version of it stood, in order.
select make_facts('plan', '
    provider           text not null,
    told               date[] not null,
    agreed             date[] not null,   -- with the person; infinity: not
    coproduced         boolean[] not null,
    review_due         date[] not null'); -- infinity: none

-- Referral and team in scope of paired outcomes: two direct contacts by the period's end, and discharged in its month, or open at its end
-- and received 180 days before it. A referral with a hospital stay is out for good.
create function prom_referrals(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    open boolean, scales text[], score_days date[], scores float8[]
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true,
        array[t.team], age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        r.discharged_on <= $1 is not true, r.scales, r.score_days, r.scores
    from referral r
    cross join lateral (
        select distinct u.team from unnest(r.team_types, r.team_rejected, r.team_lapsed) as u (team, rejected, lapsed)
        where u.team = any ($4) and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true
            and (r.discharged_on <= $1 or least(r.lapsed_on, u.lapsed) >= $1)
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by($1, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by($1, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.received_on between '2019-04-01' and $1 and r.team_types && $4
        and r.contacts[2] <= $1 and r.reason is distinct from '08' and r.stays_from[1] <= $1 is not true
        and case when r.discharged_on <= $1 then r.discharged_on >= date_trunc('month', $1::date)::date else r.received_on <= $1 - 180 end
        and birthday(p.birth_date, 18) <= r.received_on and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;

-- Of one referral, the first valid score of each scale and the latest of a later day. `codes`, `lowest`, `highest`: what is valid.
create function paired(last date, scales text[], score_days date[], scores float8[], codes text[], lowest float8[], highest float8[])
returns table (code text, first float8, latest float8) language sql immutable as $$
    select given.code, (array_agg(given.value order by given.day, given.place))[1],
        case when max(given.day) > min(given.day) then (array_agg(given.value order by given.day desc, given.place desc))[1] end
    from unnest($2, $3, $4) with ordinality as given (code, day, value, place)
    join unnest($5, $6, $7) as scale (code, lowest, highest) on scale.code = given.code and given.value between scale.lowest and scale.highest
    where given.day <= $1 group by given.code
$$;

-- Referrals and teams with a first and with a paired score: of any scale, of a tool. `tools`: of the scales, in their order.
create function proms_units(last date, known timestamptz, load bigint, teams_of text[], codes text[], lowest float8[], highest float8[], tools text[])
returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "OpenReferrals2PlusContacts6Months" boolean, "ClosedReferrals2PlusContacts" boolean,
    "OpenBaselinePROM" boolean, "OpenBaselinePROM DIALOG" boolean, "OpenBaselinePROM ReQoL-10" boolean, "OpenBaselinePROM GBO" boolean,
    "OpenPairedPROM" boolean, "OpenPairedPROM DIALOG" boolean, "OpenPairedPROM ReQoL-10" boolean, "OpenPairedPROM GBO" boolean,
    "ClosedBaselinePROM" boolean, "ClosedBaselinePROM DIALOG" boolean, "ClosedBaselinePROM ReQoL-10" boolean, "ClosedBaselinePROM GBO" boolean,
    "ClosedPairedPROM" boolean, "ClosedPairedPROM DIALOG" boolean, "ClosedPairedPROM ReQoL-10" boolean, "ClosedPairedPROM GBO" boolean
) language sql stable as $$
    select r.personkey, r.fact, r.provider, r.icb, r.pcn, r.footprint, r.teams, r.age, r.ethnicity, r.deprivation, r.open, not r.open,
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
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    counted text[]
) language sql stable as $$
    select r.personkey, r.fact, r.provider, r.icb, r.pcn, r.footprint, r.teams, r.age, r.ethnicity, r.deprivation, array(
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
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    counted text[]
) language sql stable as $$
    with found as materialized (
        select r.personkey, r.provider, r.referral_id, array(
            select 'Psych therapy access ' || done.code from unnest(r.therapies, r.therapy_days) as done (code, day)
            where done.day between '2019-04-01' and $1 group by done.code having count(*) > 1
        ) as counted
        from referral r where r.known_from < $2 and r.known_to >= $2 and cardinality(r.therapies) > 1
    )
    select u.personkey, u.fact, u.provider, u.icb, u.pcn, u.footprint, u.teams, u.age, u.ethnicity, u.deprivation, f.counted
    from access_units($1, $2, $3, $4, $5, $6) u
    join found f on f.personkey = u.personkey and f.provider = u.provider and f.referral_id = u.fact
    where u."Psych therapy access"
$$;

-- Referrals that received their second direct contact in the quarter, and those open that wait for it: contacts over the whole life of the
-- referral. `wait`: days from receipt to it   `waited`: days at the end, that day too. Parameters as of access_units.
create function second_contact_units(last date, known timestamptz, load bigint, teams_of text[], once boolean) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    wait int, waited int, "MHS124" boolean, "MHS127" boolean
) language sql stable as $$
    with period as (
        select (date_trunc('month', $1::date) - interval '2 months')::date as quarter, (date_trunc('month', $1::date) - interval '11 months')::date as year
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
    select f.personkey, f.referral_id, f.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        age_band(p.birth_date, f.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        f.second - f.received_on, $1 + 1 - f.received_on, f.had, f.waits
    from marked f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    left join place_at($1, $3) g on g.practice = told_by(f.newest, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(f.newest, p.told, p.lsoas)
    where (f.had or f.waits) and birthday(p.birth_date, 18) <= f.received_on and told_by(f.newest, p.told, p.districts) like any ('{E%,""}')
        and (f.stays_from = '{}' or not stay_in_year(f.newest, $1, f.stays_from, f.stays_to))
$$;

-- Referrals open to early intervention at the month's end, with an attended contact or an indirect activity by it. `team`: its type.
create function caseload_units(last date, known timestamptz, load bigint, team text) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "EIP68" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), true
    from referral r
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by($1, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by($1, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.received_on <= $1 and r.helped_on <= $1 and r.discharged_on <= $1 is not true
        and exists (
            select from unnest(r.team_types, r.team_rejected, r.team_lapsed) as u (team, rejected, lapsed)
            where u.team = $4 and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true and least(r.lapsed_on, u.lapsed) >= $1
        )
        and coalesce(told_by($1, p.told, p.districts), '') like any ('{E%,""}')
$$;

-- Referrals with a direct contact of individual placement and support in the financial year to date, refused activities too.
create function placements_year_units(last date, known timestamptz, load bigint) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "IPS in the financial year" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, '{}'::text[],
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), true
    from referral r
    cross join lateral (select month_end(nth_from(r.ips_all, make_date(financial_year($1), 4, 1), 1)) as month) m
    left join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by(m.month, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by(m.month, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.ips_all <> '{}' and r.received_on between '2016-01-01' and $1 and m.month <= $1
        and coalesce(told_by(m.month, p.told, p.districts), '') like any ('{E%,""}')
$$;

-- Referrals whose 96 hours ended in the month, not rejected by its end: people are counted, at each level once.
create function early_contact_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "People referred" boolean, "Contacted within 96 hours" boolean
) language sql stable as $$
    select r.personkey, r.referral_id, r.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, t.teams,
        age_band(p.birth_date, r.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'), true, r.early_contact is not null
    from referral r
    cross join lateral (
        select array_agg(distinct case u.team when 'C03' then 'C10' else u.team end) as teams from unnest(r.team_types, r.team_rejected) as u (team, rejected)
        where u.team = any ($4) and coalesce(nullif(u.rejected, 'infinity'), r.rejected_on) <= $1 is not true
    ) t
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = r.personkey and p.provider = r.provider
    left join place_at($1, $3) g on g.practice = told_by($1, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by($1, p.told, p.lsoas)
    where r.known_from < $2 and r.known_to >= $2 and r.received_on between date_trunc('month', $1::date)::date - 4 and $1 - 4 and t.teams <> '{}'
        and birthday(p.birth_date, 18) <= r.received_on and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;

-- Contacts of the month on referrals to teams in scope, attended or missed.
create function contacts_units(last date, known timestamptz, load bigint, teams_of text[]) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
    "Contacts due" boolean, "Contacts missed" boolean, "Contacts attended" boolean, "Face to face" boolean, "Telephone" boolean, "Video" boolean
) language sql stable as $$
    with found as (
        select r.personkey, r.provider, r.received_on, met.id, met.how, array(
            select distinct case team when 'C03' then 'C10' else team end from unnest(r.team_types) as team where team = any ($4)
        ) as teams
        from referral r
        cross join lateral (
            select r.met_ids[place] as id, substr(r.met_how, place, 1) as how
            from generate_series(width_bucket(date_trunc('month', $1::date)::date - 1, r.met_days) + 1, width_bucket($1, r.met_days)) as place
        ) met
        where r.known_from < $2 and r.known_to >= $2 and r.met_days <> '{}' and r.team_types && $4
            and nth_from(r.met_days, date_trunc('month', $1::date)::date, 1) <= $1
    )
    select f.personkey, f.id, f.provider, coalesce(g.icb, l.icb, 'UNKNOWN'), coalesce(g.pcn, 'UNKNOWN'), g.footprint is true, f.teams,
        age_band(p.birth_date, f.received_on), coalesce(nullif(p.ethnicity, ''), 'UNKNOWN'), coalesce(l.decile, 'UNKNOWN'),
        true, f.how = 'D', f.how in ('F', 'T', 'V', 'O'), f.how = 'F', f.how = 'T', f.how = 'V'
    from found f
    join person p on p.known_from < $2 and p.known_to >= $2 and p.personkey = f.personkey and p.provider = f.provider
    left join place_at($1, $3) g on g.practice = told_by($1, p.told, p.practices)
    left join lsoa_at($3) l on l.lsoa = told_by($1, p.told, p.lsoas)
    where birthday(p.birth_date, 18) <= f.received_on and told_by($1, p.told, p.districts) like any ('{E%,""}')
$$;

-- Spells open at the period's end (MRS06): who answers for the person, the plans that stand, and how often they were assessed anew. Plans
-- and assignments are the person's at the provider; an assignment stays as long after its end as a spell does (W21). `teams_of`: whose assessments count   `refset`: of them   `never`: codes that are none
-- `again`: days of assessment after the first.
create function spell_quality_units(
    last date, known timestamptz, load bigint, definition text, version int, teams_of text[], refset text, never text[]
) returns table (
    personkey text, fact text, provider text, icb text, pcn text, footprint boolean, teams text[], age text, ethnicity text, deprivation text,
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
    select o.personkey, o.fact, o.provider, o.icb, o.pcn, o.footprint, o.teams, o.age, o.ethnicity, o.deprivation, a.days - 1, true,
        w.personkey is null, p.personkey is not null, p.agreed is true, p.coproduced is true, p.both is true, p.overdue is true,
        a.days is not null, a.days > 1 is true
    from open o
    left join worker w on w.personkey = o.personkey and w.provider = o.provider
    left join planned p on p.personkey = o.personkey and p.provider = o.provider
    left join assessed a on a.personkey = o.personkey and a.provider = o.provider and a.fact = o.fact
$$;

-- What `grouping(team, footprint, provider, icb, pcn)` says of a level, and `grouping(age, ethnicity, deprivation)` of a group.
create function level_of(number int) returns text language sql immutable as $$
    select case when number & 16 = 0 then 'team' when number & 8 = 0 then 'footprint' when number & 4 = 0 then 'provider'
        when number & 2 = 0 then 'icb' when number & 1 = 0 then 'pcn' else 'england' end
$$;
create function group_of(number int) returns text language sql immutable as $$
    select case number when 3 then 'age' when 5 then 'ethnicity' when 6 then 'deprivation' else '' end
$$;
