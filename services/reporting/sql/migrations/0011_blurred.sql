-- Spans of time of which rows do not say what was known (shared/runtime/blurred.py).
create table blurred (
    first timestamptz primary key,
    last  timestamptz not null check (last > first)
);
create index on blurred (last);
