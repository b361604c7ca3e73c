-- What is known of each person, and the numbers that the pages watch.

-- One row for each person, at all providers: the records that a measure reads, as one compact document.
create table pathway (
    personkey    text primary key,
    document     json not null,
    updated_at   timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- How much changed by provider: whatever an open page may show moves with it.
create table feed (
    provider text primary key,
    changes  bigint not null
);

create sequence revision;
