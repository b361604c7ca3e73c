-- Who shares their people with whom, for what, which fields, from when to when: what lets a partner see and act on an owner's people.

create table access.agreement (
    id         bigint generated always as identity primary key,
    owner      text not null,
    partner    text not null,
    purpose    text not null,
    fields     text[] not null,
    valid_from date not null,
    valid_to   date,                       -- last day; null: until it is ended
    made_by    text not null,
    reason     text not null,
    made_at    timestamptz not null,
    check (owner <> partner),
    check (valid_to is null or valid_to >= valid_from)
);
create index on access.agreement (partner, valid_from);

-- What was done about access, in the order in which it was done: never changed.
create table access.audit (
    id      bigint generated always as identity primary key,
    said_at timestamptz not null,
    by      text not null,
    what    text not null,                 -- agreement made, agreement ended
    about   json not null
);
