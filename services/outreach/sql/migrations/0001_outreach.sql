-- What is known of each person, the tasks that follow from it, and how each person on a register stands: what the worklist queries.

-- One row for each person, at all providers: the latest version of every record as one compact document.
create table pathway (
    personkey    text primary key,
    document     json not null,
    recompute_on date,                  -- the next day on which time alone may change something; -infinity: at once
    updated_at   timestamptz not null default clock_timestamp()
) with (fillfactor = 70);
create index on pathway (recompute_on) where recompute_on is not null;

-- What is, or was, to be done for a person: one row for each task that the records ever opened.
create table task (
    personkey        text not null,
    task_id          text not null,     -- <schedule>:<element, finding or record id>:<record that opened it>
    schedule         text not null,
    schedule_version int not null,
    element          text,
    finding          text,
    anchor           text not null,     -- the record whose provider the task belongs to, <provider>|<kind>|<record id>
    origin           text not null,     -- the record that opened it
    provider         text not null,     -- of the anchor
    owner            text not null,     -- who is responsible: ODS code of a trust or a practice
    practice         text,
    opened_on        date not null,
    invite_from      date not null,
    due_on           date not null,
    closed_on        date,              -- null: live
    outcome          text,              -- done, declined, unsuitable, stopped, superseded
    closed_by        text,              -- the event, attempt or answer that closed it
    stopped_because  text,
    revision         bigint not null,
    told             smallint not null default 0,  -- 1: due soon, 2: due, 3: overdue
    tell_on          date generated always as (    -- the day from which on there is something to tell that was not told yet
        case when closed_on is not null then null
            when told = 0 then least(invite_from, due_on) when told = 1 then due_on when told = 2 then due_on + 1 end
    ) stored,
    primary key (personkey, task_id)
) with (fillfactor = 70);
create index on task (tell_on) where tell_on is not null;
create index on task (provider, schedule, due_on) where closed_on is null;

-- One row for each person who is or was on a register, as at today in London: a row of the worklist.
create table standing (
    personkey       text primary key,
    providers       text[] not null,    -- who may see it: those who hold an entry or a task, and who is responsible
    on_register     boolean not null,
    conditions      text[] not null,
    entered_on      date not null,
    left_on         date,
    practice        text,
    owner           text not null,
    birth_date      date,
    death_date      date,
    ethnicity       text,
    lsoa            text,
    elements        json not null,      -- {element: {on, status, due_on, provider}}
    missing         text[] not null,    -- of the six, not recorded within the last 12 months
    declined        text[] not null,
    complete        boolean not null,   -- all six recorded within the last 12 months
    complete_until  date,               -- the first day on which it is so no longer, if nothing more comes
    due_on          date,               -- of the earliest live task
    next_channel    text,
    next_on         date,
    next_why        text,
    hidden_until    date,
    attempts        int not null,       -- in this round
    last_channel    text,
    last_result     text,
    last_attempt_on date,
    channels        text[] not null,    -- wanted, in order
    formats         text[] not null,
    language        text,
    contact_stopped text,               -- why nobody may be contacted; null: they may
    automatic       boolean not null default false,  -- a message that is the next step is sent without a worker's hand
    revision        bigint not null
) with (fillfactor = 70);
create index on standing using gin (providers);
create index on standing (next_on) where automatic;

-- What workers enter. It hangs on a record and follows it to whoever it belongs to.
create table attempt (
    attempt_id text primary key,
    personkey  text not null,
    anchor     text not null,
    schedule   text not null,
    channel    text not null,
    made_on    date not null,
    made_at    timestamptz not null,
    made_by    text not null,
    result     text,
    reason     text,
    part       text[] not null default '{}',  -- elements that were declined
    until      date,
    automatic  boolean not null default false,
    entered_at timestamptz not null,
    voided_at  timestamptz
);
create index on attempt (personkey);
create index on attempt (anchor);

create table answer (
    answer_id   text primary key,
    personkey   text not null,
    anchor      text not null,
    task_id     text not null,
    answer      text not null,          -- accepted, declined, later
    destination text,
    reason      text not null,
    answered_on date not null,
    made_by     text not null,
    entered_at  timestamptz not null,
    voided_at   timestamptz
);
create index on answer (personkey);
create index on answer (anchor);

-- A provider's own intervals and ladder, from a day on; `provider` '*': for all. Append-only: what was stated last of a provider, name
-- and day holds; null takes it back.
create table setting (
    number     bigint generated always as identity primary key,
    provider   text not null,
    name       text not null,
    valid_from date not null,
    value      json not null,
    set_by     text not null,
    reason     text not null,
    set_at     timestamptz not null default clock_timestamp()
);

create sequence revision;               -- grows with each event about any task or person

-- How often each provider's tasks and people changed: what an open page watches.
create table feed (
    provider         text primary key,
    last_received_at timestamptz,
    changes          bigint not null default 0
);
