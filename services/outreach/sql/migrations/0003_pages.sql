-- What the pages need beside tasks and standings: how each person stood on every day until now, and who looked at what.

-- One row for each person who is or was on a register, made of the records that stand now.
create table past (
    personkey    text primary key,
    registered   datemultirange not null,  -- on a register
    complete     datemultirange not null,  -- all six elements recorded within the 12 months before
    checked_on   date[] not null,          -- days on which any of the six was recorded, in any setting
    influenza_on date,                     -- last given
    covid_19_on  date
) with (fillfactor = 70);

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
