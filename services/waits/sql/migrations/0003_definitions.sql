-- Clock definitions side by side: each version is a clock of its own, so that the answers of an old one stay readable.

-- The definitions that run here, each version with its text. Its id alone names the greatest version that is `running`.
create table definition (
    id           text not null,
    version      int not null,
    toml         text not null,
    digest       text not null,         -- of the text: a version never changes
    added_by     text not null,         -- `shipped`, or who added it
    added_at     timestamptz not null default clock_timestamp(),
    state        text not null default 'computing' check (state in ('computing', 'running', 'retired')),
    people       int not null default 0,-- whose clocks are computed when it is added
    computed     int not null default 0,
    reached      text not null default '',  -- the last of them, in the order of keys
    started_at   timestamptz,
    finished_at  timestamptz,
    primary key (id, version)
);

-- Grows when a definition is added, finished or retired: who reads definitions looks at this.
create table definition_changes (
    only_row boolean primary key default true check (only_row),
    changes  bigint not null default 0
);
insert into definition_changes default values;

-- People whose clocks under every definition but the main one are to be computed: that one is computed with the event itself.
create table to_compute (
    personkey text primary key,
    cause     json not null,            -- what brought it about, as waits.v1 says it
    since     timestamptz not null default clock_timestamp()
);
create index on to_compute (since);

alter table clock drop constraint clock_pkey;
alter table clock add primary key (personkey, spell_id, definition, definition_version);
drop index clock_definition_breach_on_idx;
create index on clock (definition, definition_version, breach_on);
drop index clock_definition_least_idx;
create index on clock (definition, definition_version, least(stop, "end")) where least(stop, "end") is not null;

alter table clock add providers text[] not null default '{}';   -- all that the spell lies at; more than one where the unit is the person
alter table clock add missing text[] not null default '{}';     -- components that it still waits for, as the definition orders them
alter table clock add paused_days int not null default 0;
alter table clock add closed boolean not null default false;    -- ended, and counted as closed in measures (Q5)
update pathway set recompute_on = '-infinity';
