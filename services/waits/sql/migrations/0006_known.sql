-- Answers as known at an instant. Each is made once, when somebody asks, from the ledger, and kept while it is asked for. Unlogged: what
-- a crash takes is made again.

create unlogged table answer (
    number             bigint generated always as identity primary key,
    known_at           timestamptz not null,
    at                 date not null,
    definition         text not null,
    definition_version int not null,
    deliveries         bigint not null,              -- months of files received by then that were known when it was begun
    made_to            text not null default '',     -- the last personkey that is in it
    made               boolean not null default false,
    asked_at           timestamptz not null,
    unique (known_at, at, definition, definition_version)
);

create unlogged table known_clock (answer bigint not null, like clock);
create index on known_clock (answer, breach_on);

create unlogged table known_feed (
    answer           bigint not null,
    provider         text not null,
    last_received_at timestamptz not null,
    primary key (answer, provider)
);

-- What the query `spells` reads in place of `clock` and `validation` for an answer about the past: the clocks of an answer, or those of
-- one person, and what had been said of them.
create view answered_clock as select * from known_clock where answer = current_setting('clockstop.answer')::bigint;
create view stated_clock as select * from json_populate_recordset(null::clock, current_setting('clockstop.clocks')::json);
create view validation_then as select * from validation where said_at <= current_setting('clockstop.known_at')::timestamptz;
