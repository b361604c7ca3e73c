-- What the pages need beside tasks and standings: how each person stood on every day until now, and who looked at what.

-- Nobody stands yet where this is applied: what follows is written with each standing.
alter table standing
    add column registered_from  date[] not null,  -- each time on a register, and the first day on which it was over (null: goes on)
    add column registered_until date[] not null,
    add column complete_from    date[] not null,  -- and of them, the days on which all six elements were recorded within 12 months
    add column completed_until  date[] not null,
    add column checked_on       date[] not null,  -- any element of a check was recorded
    add column influenza_on     date,                          -- last given
    add column covid_19_on      date;

-- Who saw people by name or took a list away: never changed, each row sealed with the one before it.
create table audit (
    id      bigint primary key,
    said_at timestamptz not null,
    by      text not null,                 -- who is signed in, or `key:` and the provider of an API key
    what    text not null,                 -- person, contact, list, overview
    about   json not null,                 -- filters and number of rows, or the pseudonym
    seal    bytea not null                 -- SHA-256 of the seal before and this row
);
create function audit_stays() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is only added to';
end $$;
create trigger audit_stays before update or delete or truncate on audit for each statement execute function audit_stays();

create index on task (finding, opened_on) where finding is not null;
create index on attempt (made_on);
create index on standing (owner);
