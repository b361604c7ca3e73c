-- The life of returns. `<definition>:<organisation>:<period>` names a return; its versions are numbered from 1.

create table return_version (
    return_id          text not null,
    version            int not null,
    definition         text not null,
    definition_version int not null,
    organisation       text not null,
    period             text not null,
    first              date not null,
    last               date not null,
    due_on             date not null,             -- by when its recipients want it
    state              text not null check (state in ('draft', 'frozen', 'checked', 'signed', 'submitted', 'acknowledged', 'undeliverable',
                                                      'unknown', 'closed')),
    revision           bigint not null,           -- grows with each step; readers of returns.v1 keep the greatest
    made_by            text not null,
    made_at            timestamptz not null,
    frozen_at          timestamptz,               -- as known at: what had been received by then
    frozen_by          text,
    entered_at         timestamptz,               -- what was entered by hand until then is in it
    load               bigint,                    -- of the reference data
    ledger_position    bigint,                    -- the greatest received by then
    rules              json,                      -- versions of what computed it
    figures            json,                      -- what was counted at its places, and the ground it stood on
    hash               text,                      -- SHA-256 of the canonical rows, which leave
    evidence_hash      text,                      -- SHA-256 of the exact figures and of the units behind them
    signed_by          text,
    signed_at          timestamptz,
    authorisation      bigint,                    -- the standing one under which it was signed, if nobody did
    primary key (return_id, version),
    check (state in ('draft', 'closed') or (frozen_at, hash, evidence_hash) is not null)
);
-- One version of a return is at work at a time.
create unique index on return_version (return_id) where state <> 'closed';

-- What a version said when it was frozen, in the definition's order: what leaves (shown), and the figure as it is (exact).
create table frozen_row (
    return_id  text not null,
    version    int not null,
    place      int not null,
    line       text not null,
    level      text not null,
    code       text not null,
    by         text not null,
    value      text not null,
    kind       text not null,
    shown      text not null,
    measure    text,
    exact      text,
    primary key (return_id, version, place),
    foreign key (return_id, version) references return_version
);

-- The spells, people, referrals and stays behind it, pseudonymous.
create table frozen_unit (
    return_id   text not null,
    version     int not null,
    family      text not null,
    personkey   text not null,
    fact        text not null,
    unit        json not null,                    -- its place and groups, and the count measures toward which it counts
    foreign key (return_id, version) references return_version
);
create index on frozen_unit (return_id, version, family);

-- What the checks found when it was frozen.
create table edit (
    return_id text not null,
    version   int not null,
    id        text not null,
    kind      text not null check (kind in ('syntax', 'validity', 'quality', 'macro')),
    line      text,
    message   text not null,
    primary key (return_id, version, id),
    foreign key (return_id, version) references return_version
);

-- Why an edit may stand; the latest counts. It is of what the edit said: frozen again with another message, it is to be explained again.
create table explanation (
    id        bigint generated always as identity primary key,
    return_id text not null,
    version   int not null,
    edit      text not null,
    message   text not null,
    text      text not null,
    by        text not null,
    said_at   timestamptz not null,
    foreign key (return_id, version) references return_version
);

-- A signatory's standing word for returns without open edits. Rows are added; `withdrawn_at` alone is set once.
create table authorisation (
    id           bigint generated always as identity primary key,
    definition   text not null,
    organisation text not null,
    signatory    text not null,
    first        date not null,
    last         date not null check (last >= first),
    given_at     timestamptz not null,
    withdrawn_at timestamptz,
    withdrawn_by text
);

-- Every step that a version took.
create table step (
    return_id text not null,
    version   int not null,
    number    int not null,
    change    text not null,
    state     text not null,                      -- after it
    said_at   timestamptz not null,
    by        text not null,
    detail    text not null,
    primary key (return_id, version, number),
    foreign key (return_id, version) references return_version
);

-- Returns that run by themselves: from the period `since` on, until somebody stops it. Rows are added; `stopped_at` is set once.
create table automatic (
    id           bigint generated always as identity primary key,
    definition   text not null,
    organisation text not null,
    since        text not null,
    by           text not null,
    said_at      timestamptz not null,
    stopped_at   timestamptz,
    stopped_by   text
);
create unique index on automatic (definition, organisation) where stopped_at is null;

-- What somebody is to be told of a return, once each.
create table notice (
    id        bigint generated always as identity primary key,
    return_id text not null,
    version   int not null,
    kind      text not null check (kind in ('to explain', 'to sign', 'reminder', 'overdue', 'undeliverable', 'unknown', 'restate')),
    role      text not null,                      -- who is to act
    text      text not null,
    said_at   timestamptz not null,
    unique (return_id, version, kind),
    foreign key (return_id, version) references return_version
);

-- Who froze, signed, sent, exported or saw: never changed, each row sealed with the one before it.
create table audit (
    id      bigint primary key,
    said_at timestamptz not null,
    by      text not null,
    what    text not null,
    about   json not null,
    seal    bytea not null                        -- SHA-256 of the seal before and this row
);
create function only_added_to() returns trigger language plpgsql as $$
begin
    raise exception '% is only added to', tg_table_name;
end $$;
create trigger audit_stays before update or delete or truncate on audit for each statement execute function only_added_to();
create trigger step_stays before update or delete or truncate on step for each statement execute function only_added_to();
create trigger explanation_stays before update or delete or truncate on explanation for each statement execute function only_added_to();
