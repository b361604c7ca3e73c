-- Versions of returns on their way to those who receive them, and what lies in our own mailbox at MESH.

create table submission (
    return_id   text not null,
    version     int not null,
    recipient   text not null,          -- a mailbox, or who fetches the file
    transport   text not null check (transport in ('mesh', 'drop')),
    local_id    text primary key,       -- our own name for it, made of the three above: MESH is asked for it
    file_name   text not null,
    content     bytea not null check (content <> ''),
    sha256      text not null check (sha256 = encode(sha256(content), 'hex')),
    state       text not null default 'queued'
        check (state in ('queued', 'intended', 'sent', 'acknowledged', 'undeliverable', 'unknown')),
    why         text,                   -- of what was refused, failed, or is not known; or who decided
    queued_at   timestamptz not null,
    not_before  timestamptz not null,
    tries       int not null default 0, -- that were refused
    intent      uuid,                   -- one try to send it; the same is never tried twice
    intended_at timestamptz,
    message_id  text,                   -- MESH's own, or the name of the file
    sent_at     timestamptz,            -- when we learned that it is there
    settled_at  timestamptz,            -- when it got its final state
    look_at     timestamptz,            -- when to ask about it; null: no more
    looks       int not null default 0,
    unique (return_id, version, recipient)
);
create index on submission (not_before) where state = 'queued';
create index on submission (look_at) where state in ('intended', 'sent') and look_at is not null;
create index on submission (message_id);

-- To whom the worker may send by MESH, as its settings say: nobody else is queued for.
create table mesh_recipient (
    recipient text primary key
);

-- When our mailbox last shook hands, and was last read.
create table mesh_mailbox (
    mailbox       text primary key,
    handshake_at  timestamptz,
    read_at       timestamptz
);

-- What was seen in our mailbox. Reports about submissions are taken out of it once they are noted here; everything else stays there.
create table mesh_message (
    message_id      text primary key,
    local_id        text references submission,  -- of the submission that it reports on; null: not ours to take
    sender          text not null,
    workflow        text not null,
    detail          text not null,
    seen_at         timestamptz not null,
    acknowledged_at timestamptz
);
create index on mesh_message (seen_at) where local_id is not null and acknowledged_at is null;
