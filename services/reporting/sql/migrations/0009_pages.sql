-- What was counted, kept: pages and trends read it, and nothing is counted while somebody waits. The worker counts again what changed
-- since, the newest months first.

-- One family of measures in one month. `standing`: of the trend, kept up; others were asked for, and are forgotten after a day.
create table figured (
    id         bigint generated always as identity primary key,
    month      date not null,                            -- its first day
    family     text not null,
    definition text not null,                            -- of the four-week wait
    known_at   timestamptz not null default 'infinity',  -- infinity: now
    standing   boolean not null,
    asked_at   timestamptz not null,
    last       date,                                     -- counted up to this day; null: not yet
    mark       text,                                     -- of what was known
    counted_at timestamptz,
    digest     bytea,                                    -- of what was found
    problem    text,                                     -- why a wider audience is shown nothing
    releases   json,                                     -- what it was shown, for the version after it
    unique (month, family, definition, known_at)
);

-- Exact figures: of a place (of a provider, a team), by groups of one kind where `by` is not empty. found: [[group, counts, days], ...].
create table figure (
    figured bigint not null references figured on delete cascade,
    level   text not null,
    code    text not null,
    team    text not null,
    by      text not null,
    found   json not null,
    primary key (figured, level, code, team, by)
);

-- What a wider audience sees: decided once, when it was counted.
create table shown (
    figured bigint not null references figured on delete cascade,
    level   text not null,
    code    text not null,
    measure text not null,
    value   text not null,
    primary key (figured, level, code, measure)
);
