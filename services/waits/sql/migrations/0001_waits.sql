-- Pathways (what is known of each person) and clocks (what follows from it): what pages and measures query.

-- One row for each person, at all providers: the latest version of every record as one compact document.
create table pathway (
    personkey    text primary key,
    document     json not null,
    recompute_on date,                  -- the next day on which time alone may change a clock; -infinity: after new reference data
    updated_at   timestamptz not null default clock_timestamp()
) with (fillfactor = 70);
create index on pathway (recompute_on) where recompute_on is not null;

-- One row for each spell and definition, as at today in London.
create table clock (
    personkey          text not null,
    spell_id           text not null,
    definition         text not null,
    definition_version int not null,
    provider           text not null,
    referral_ids       text[] not null,
    team_types         text[] not null,
    pathways           text[] not null,  -- dedicated pathways
    start              date not null,
    "end"              date,
    first_contact      date,
    second_contact     date,
    baseline_outcome   date,
    assessment         date,
    assessment_waived  boolean not null,
    care_plan          date,
    intervention       date,
    care_plan_or_intervention date,
    components         json not null,    -- {name: {met_on, event}}
    stop               date,
    wait_days          int,
    breach_on          date not null,    -- the first day past the target
    last_contact       date,
    dna_count          int not null,
    birth_date         date,
    death_date         date,
    ethnicity          text,
    practice           text,
    spell_revision     bigint not null,
    told               smallint not null default 0,  -- 1: that it is due to breach, 2: that it breached
    -- The person is part of the key: while a record moves to another person, its spell may stand under both for a moment.
    primary key (personkey, spell_id, definition)
) with (fillfactor = 70);
create index on clock (spell_id);
create index on clock (definition, breach_on);
create index on clock (definition, least(stop, "end")) where least(stop, "end") is not null;
create index on clock using gin (referral_ids);
create index on clock (breach_on) where stop is null and "end" is null and told < 2;

create sequence revision;               -- grows with each event about any spell, so also with each about one

-- When each provider was last heard, and how often its clocks changed: what an open page watches.
create table feed (
    provider         text primary key,
    last_received_at timestamptz,
    changes          bigint not null default 0
);

-- The load of the reference data that all pathways are computed with, or are about to be.
create table reference_used (
    only_row boolean primary key default true check (only_row),
    version  bigint
);
insert into reference_used (version) values (null);
