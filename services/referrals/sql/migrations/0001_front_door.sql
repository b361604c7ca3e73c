-- The front door: what was received, what became of it, and who it was about. Owner of the schemas referrals, vault, reference, access.

create sequence position;  -- one number for everything that was ever received, whatever became of it

-- The append-only record of what providers sent: canonical and pseudonymous. Never updated, never deleted.
create table ledger (
    position     bigint not null,
    provider     text not null,
    kind         text not null,
    record_id    text not null,         -- '' for a person record: one for each provider and person
    personkey    text not null,
    voided       boolean not null,
    recordedtime timestamptz not null,
    receivedtime timestamptz not null,
    source       text not null,
    id           text not null,
    type         text not null,
    flags        text[] not null,
    raw_hash     bytea not null,        -- SHA-256 of the bytes as received, which lie sealed in vault.raw
    event        json not null
) partition by range (receivedtime);
create index on ledger (position);
create index on ledger (personkey, position);
create table ledger_early partition of ledger default;  -- what no month's partition takes; new months are made ahead of time

-- Same id and hash: duplicate. Same id, other hash: conflict. Never pruned.
create table seen (
    id       text not null,
    source   text not null,
    hash     bytea not null,
    position bigint not null,
    primary key (id, source)
);

-- Whose each record is, so that a record that moves to another person is taken from the first.
create table record (
    provider  text not null,
    kind      text not null,
    record_id text not null,
    personkey text not null,
    primary key (provider, kind, record_id)
);

-- A person is found by HMAC of the NHS number, else of provider and local id; the key is outside the database.
create table lookup (
    digest      bytea primary key,
    key_version int not null,
    kind        text not null check (kind in ('nhs-number', 'local-id')),
    personkey   text not null
);
create index on lookup (personkey);

-- What was not accepted, and why: rejected (these are the dead letters), in conflict, or quarantined until it is judged again.
create table refusal (
    position     bigint primary key,
    provider     text not null,
    source       text,
    id           text,
    type         text,
    verdict      text not null check (verdict in ('rejected', 'conflict', 'quarantined')),
    reason       text not null,
    field        text,
    detail       text,
    hashes       text[],
    receivedtime timestamptz not null,
    topic        text,                  -- where it was read, unless it came over HTTPS
    partition    int,
    record_offset bigint,
    judged_by    text not null,         -- the contract that judged it; another contract judges quarantined ones again
    released_as  text                   -- the verdict of the later judgement
);
create index on refusal (provider, position);
create index on refusal (id);
create index on refusal (judged_by) where verdict = 'quarantined' and released_as is null;

-- The front door's dead letters are its rejections: one table, read by the same metrics and commands as every service's.
drop table dead_letter;
create view dead_letter as
select position as id, topic, partition, record_offset, receivedtime as received_at, reason, field, detail, null::bytea as payload
from refusal where verdict = 'rejected';

-- What other services may read: as-known-at, rebuild, verification.
create view events as
select position, provider, kind, record_id, personkey, voided, recordedtime, receivedtime, source, id, type, event -> 'data' as data, event
from ledger;
grant select on events to clockstop_waits;

-- Identifying data: only here, sealed with a key that is outside the database.
create table vault.raw (
    position    bigint primary key,
    key_version int not null,
    sealed      bytea not null
);
create table vault.identity (
    personkey   text not null,
    provider    text not null,
    digest      bytea not null,         -- HMAC of the content: an unchanged identity is not written again
    key_version int not null,
    sealed      bytea not null,
    updated_at  timestamptz not null,
    primary key (personkey, provider)
);
create table vault.access_log (
    id         bigint generated always as identity primary key,
    read_at    timestamptz not null default clock_timestamp(),
    read_by    text not null,
    purpose    text not null,
    what       text not null
);

-- Who may send and who may see.
create table access.provider (
    ods      text primary key,
    name     text not null,
    added_at timestamptz not null default now()
);
create table access.api_key (
    hash       bytea primary key,       -- SHA-256 of 32 random bytes; the key itself is shown once
    provider   text not null references access.provider,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
create table access.person (
    username     text primary key,
    name         text not null,
    organisation text not null,
    roles        text[] not null,
    providers    text[] not null        -- explicit: what is not listed is not seen
);
