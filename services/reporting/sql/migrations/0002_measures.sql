-- What measures count: plain rows that follow from people's documents and from waits.v1. Each row holds from the instant at which the
-- cause was received (known_from) until another was (known_to), so a measure can be answered as known at an instant. The rows of now
-- lie in partitions of their own. With `$n` = 'infinity' for now, or a microsecond after the instant asked for:
--   known_from < $n and known_to >= $n
--
-- `part`: the rows of one person and part are replaced together. `fact` names a row within it. `digest`: of all else that it says.

create function make_facts(name text, columns text) returns void language plpgsql as $$
begin
    execute format('create table %I (personkey text not null, part text not null, fact text not null, %s, digest bigint not null,
        known_from timestamptz not null, known_to timestamptz not null default ''infinity'') partition by range (known_to)', name, columns);
    execute format('create table %I partition of %I for values from (''infinity'') to (maxvalue)', name || '_now', name);
    execute format('create table %I partition of %I for values from (minvalue) to (''infinity'')', name || '_was', name);
    execute format('create unique index on %I (personkey, part, fact)', name || '_now');
    execute format('create index on %I (personkey)', name || '_was');
end $$;

-- A spell under a definition, as waits.v1 says it: for days after `after` up to `until`.
select make_facts('spell', '
    definition         text not null,
    definition_version int not null,
    spell_id           text not null,
    provider           text not null,
    start              date not null,
    "end"              date,
    closed             boolean not null,
    stop               date,
    first_contact      date,
    second_contact     date,
    coordinator        date,
    team_types         text[] not null,
    part_ids           text[] not null,   -- its referrals, with their first and last days (infinity: open) and team types by commas
    part_starts        date[] not null,
    part_ends          date[] not null,
    part_teams         text[] not null,
    after              date not null,
    until              date not null');

-- Up to which months' ends a person's spells of today do not hold.
select make_facts('past', '
    definition         text not null,
    definition_version int not null,
    until              date not null');

-- What a provider knows of a person; area and practice by the days on which they were recorded.
select make_facts('person', '
    provider           text not null,
    birth_date         date,
    death_date         date,
    ethnicity          text,
    told               date[] not null,
    practices          text[] not null,
    lsoas              text[] not null,
    districts          text[] not null');

select make_facts('referral', '
    provider           text not null,
    referral_id        text not null,
    received_on        date not null,
    reason             text,
    discharged_on      date,
    rejected_on        date,              -- of the referral itself
    reject_reason      text,
    team_types         text[] not null,   -- of its teams, with what each says of its own rejection
    team_rejected      date[] not null,
    team_reasons       text[] not null,
    contacts           date[] not null,   -- direct contacts, in order (W10)
    stays_from         date[] not null,
    stays_to           date[] not null,   -- infinity: goes on
    ips_days           date[] not null,   -- direct contacts of individual placement and support, in order
    therapies          text[] not null,   -- codes of psychological therapies on a care contact, with their days
    therapy_days       date[] not null,
    scales             text[] not null,   -- scores, with their days, in order
    score_days         date[] not null,
    scores             float8[] not null');

select make_facts('stay', '
    provider           text not null,
    stay_id            text not null,
    referral_id        text,
    admitted_on        date not null,
    discharged_on      date,
    ward_class         text,              -- of the first ward
    source             text,
    seen_on            date');            -- the last contact, of whatever team and provider, 3 days before it or earlier

select make_facts('register', '
    provider           text not null,
    entry_id           text not null,
    practice           text not null,
    condition          text not null,
    entered_on         date not null,
    left_on            date,
    remission_on       date');

-- The days on which each of the six elements of the physical health check was recorded, anywhere; in order.
select make_facts('checks', '
    alcohol            date[] not null,
    blood_glucose      date[] not null,
    blood_pressure     date[] not null,
    bmi                date[] not null,
    blood_lipids       date[] not null,
    smoking            date[] not null');

-- The greatest revision that was read of each spell, and of each person's past.
create table told (
    personkey text not null,
    part      text not null,
    revision  bigint not null,
    primary key (personkey, part)
);

-- The rows that stand in these parts of people; and where a fact was known until later than its part's instant, until when.
create function stood(name text, people text[], parts text[], instants timestamptz[])
returns table (personkey text, part text, fact text, digest bigint, known_to timestamptz) language plpgsql as $$
begin
    return query execute format($q$
        select f.personkey, f.part, f.fact, f.digest, f.known_to from unnest($1, $2) as a (personkey, part)
        join %1$I f on (f.personkey, f.part) = (a.personkey, a.part)
        union all select w.personkey, w.part, w.fact, null, max(w.known_to) from unnest($1, $2, $3) as a (personkey, part, instant)
        join %2$I w on (w.personkey, w.part) = (a.personkey, a.part) and w.known_to > a.instant group by 1, 2, 3
    $q$, name || '_now', name || '_was') using people, parts, instants;
end $$;

-- These rows hold no more from these instants on; what began no earlier was never known.
create function end_facts(name text, people text[], parts text[], facts text[], instants timestamptz[]) returns void language plpgsql as $$
begin
    execute format($q$
        delete from %I f using unnest($1, $2, $3, $4) as a (personkey, part, fact, instant)
        where (f.personkey, f.part, f.fact) = (a.personkey, a.part, a.fact) and f.known_from >= a.instant
    $q$, name || '_now') using people, parts, facts, instants;
    execute format($q$
        update %I f set known_to = a.instant from unnest($1, $2, $3, $4) as a (personkey, part, fact, instant)
        where (f.personkey, f.part, f.fact) = (a.personkey, a.part, a.fact) and f.known_to = 'infinity'
    $q$, name) using people, parts, facts, instants;
end $$;

create function begin_facts(name text, rows json) returns void language plpgsql as $$
begin
    execute format('insert into %1$I select * from json_populate_recordset(null::%1$I, $1)', name || '_now') using rows;
end $$;

-- What measures share. A practice as on a day, or else its newest row; of an area, any; `load` null: the latest reference data.
create function practice_at(day date, load bigint) returns table (practice text, pcn text, icb text) language sql stable as $$
    select distinct on (practice) practice, pcn, icb from reference.as_loaded(null::reference.practices, load)
    order by practice, day between coalesce(valid_from, '-infinity') and coalesce(valid_to, 'infinity') desc, valid_from desc nulls last
$$;
create function lsoa_at(load bigint) returns table (lsoa text, icb text, decile text) language sql stable as $$
    select distinct on (lsoa) lsoa, icb, imd_decile::text from reference.as_loaded(null::reference.lsoas, load) order by lsoa
$$;

-- The day on which somebody reaches an age: born on 29 February, on 1 March where the year has none.
create function birthday(born date, years int) returns date language sql immutable as $$
    select (born + make_interval(years => years))::date
        + (extract(day from born) = 29 and extract(month from born) = 2 and extract(day from born + make_interval(years => years)) = 28)::int
$$;
create function age_band(born date, day date) returns text language sql immutable as $$
    select case when born is null then 'UNKNOWN' when day < birthday(born, 26) then '18-25'
        when day < birthday(born, 65) then '26-64' else '65+' end
$$;

-- The nth day on or after a day, of days in order; null where there is none.
create function nth_from(days date[], first date, nth int) returns date language sql immutable as $$
    select days[width_bucket(first - 1, days) + nth]
$$;

-- The value recorded last by a day, of values by the days on which they were recorded, in order; '' where nothing was known.
create function told_by(day date, told date[], value text[]) returns text language sql immutable as $$
    select coalesce(value[width_bucket(day, told)], '')
$$;
create function month_end(day date) returns date language sql immutable as $$
    select (date_trunc('month', day::timestamp) + interval '1 month - 1 day')::date
$$;
create function financial_year(day date) returns int language sql immutable as $$
    select (extract(year from day) - (extract(month from day) < 4)::int)::int
$$;

-- Whether a stay on the referral lies in the financial year of a day, of stays that had begun by `by`.
create function stay_in_year(day date, by date, stays_from date[], stays_to date[]) returns boolean language sql immutable as $$
    select exists (
        select from unnest(stays_from, stays_to) as stay (first, last)
        where stay.first <= by and financial_year(stay.first) <= financial_year(day)
            and (stay.last = 'infinity' or financial_year(stay.last) >= financial_year(day))
    )
$$;
