-- Merges and un-merges: what each local id is by itself, which are one person, and under which one each version was sent.

-- What a look-up stands for, under whichever version of the key: a local id or an NHS number. Tokens name them in this database alone.
create sequence token;
alter table lookup add column token bigint;
alter table lookup add column own text;  -- of a local id: whose it is where no merge stands; `personkey` is whose it is now
update lookup set token = nextval('token'), own = case when kind = 'local-id' then personkey end;
alter table lookup alter column token set not null;
create index on lookup (token);

-- The latest version of each merge: two local ids of one provider are one person. Without ends: taken back.
create table merging (
    provider     text not null,
    merge_id     text not null,
    recordedtime timestamptz not null,
    receivedtime timestamptz not null,
    id           text not null,
    from_token   bigint,
    into_token   bigint,
    primary key (provider, merge_id)
);
create index on merging (from_token);
create index on merging (into_token);

-- The local id under which a version was sent, and the NHS number that came with it.
alter table ledger add column local_token bigint, add column number_token bigint;
alter table record add column local_token bigint;  -- that of the version which says whose the record is
-- Of a person with one local id alone; where there are several, which it was is known again when the record is next sent.
update record r set local_token = (
    select min(token) from lookup l where l.personkey = r.personkey and l.kind = 'local-id' having count(distinct token) = 1
);

-- When a record last left a person: what that person was sent of it until then does not stand under that key any more.
create table departure (
    personkey    text not null,
    provider     text not null,
    kind         text not null,
    record_id    text not null,
    receivedtime timestamptz not null,
    primary key (personkey, provider, kind, record_id)
);

-- Identifying data belongs to the local id that it was sent with, so that it follows a merge, and an un-merge parts it again. What was
-- kept for persons of several local ids cannot be told apart: it comes again with their next event, and lies in vault.raw as received.
alter table vault.identity add column local_token bigint, add column place text;
update vault.identity i set place = 'identity/' || i.personkey || '/' || i.provider, local_token = (
    select min(token) from lookup l where l.personkey = i.personkey and l.kind = 'local-id' having count(distinct token) = 1
);
delete from vault.identity where local_token is null;
alter table vault.identity drop constraint identity_pkey, drop column personkey, alter column place set not null, add primary key (local_token);
