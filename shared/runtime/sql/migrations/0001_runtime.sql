-- What every service needs to lose nothing and count nothing twice (01-architecture section 4). Applied in each service's own schema.

-- How far each partition has been read. This row, not Kafka's committed offset, is the truth; its lock is the fence against zombies.
create table cursor (
    topic       text not null,
    partition   int not null,
    cluster_id  text not null,               -- the log that next_offset counts: another cluster or a recreated topic is another log
    topic_id    text not null,
    next_offset bigint not null,
    read_count  bigint not null default 0,   -- records read so far; equals the sum of outcome_count.count, always
    dead_run    int not null default 0,      -- dead letters in a row, for the limit
    stopped     text,                        -- why this partition is not read any further; cleared by `clockstop cursor set`
    updated_at  timestamptz not null default clock_timestamp(),
    primary key (topic, partition)
);

-- What became of the records read: the conservation law, per partition.
create table outcome_count (
    topic     text not null,
    partition int not null,
    outcome   text not null,
    count     bigint not null,
    primary key (topic, partition, outcome)
);

-- Every change of a cursor by a person.
create table cursor_change (
    id          bigint generated always as identity primary key,
    changed_at  timestamptz not null default clock_timestamp(),
    changed_by  text not null,
    reason      text not null,
    topic       text not null,
    partition   int not null,
    from_offset bigint not null,
    to_offset   bigint not null,
    was_stopped text
);

-- Hopeless records. At the front door `payload` is empty: the bytes hold NHS numbers and lie sealed in the vault.
create table dead_letter (
    id          bigint generated always as identity primary key,
    topic       text not null,
    topic_id    text not null,               -- the offsets of a recreated topic start again
    partition   int not null,
    record_offset bigint not null,
    received_at timestamptz not null default clock_timestamp(),
    reason      text not null,
    field       text,
    detail      text,
    payload     bytea,
    unique (topic_id, partition, record_offset)
);

-- Events to be sent, written with the state that they tell of: a batch's events together in few rows (a row for each costs five times
-- as much, and each row is written once, read once and deleted).
create table outbox (
    id         bigint generated always as identity primary key,
    topics     text[] not null,
    keys       bytea[] not null,
    payloads   bytea[] not null,
    created_at timestamptz not null default now()
);
alter table outbox alter payloads set storage external, alter keys set storage external, alter topics set storage external;
