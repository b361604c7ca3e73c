-- Messages to people: what is to be sent, what was, and what became of it. No name, number, address or text of a person stands here:
-- they are fetched from the vault at the moment of sending and kept by nobody.
create table message (
    id           uuid primary key,      -- our reference at GOV.UK Notify, and the id of the attempt that it is once sent
    personkey    text not null,
    key          text not null,         -- what it is about, as its sender says: no second one is queued while one stands
    anchor       text not null,         -- the record whose provider it is sent for, <provider>|<kind>|<record id>
    schedule     text not null,
    task_ids     text[] not null,       -- it goes only while one of these is live
    owner        text not null,         -- in whose name: ODS code of a practice or a trust
    channel      text not null check (channel in ('text', 'email', 'letter')),
    template     text not null,
    version      int,                   -- of the template, and the variant: chosen when it is sent
    variant      text,
    telephone    text,                  -- the team's own, that the text names
    asked_by     text not null,         -- 'outreach', or who asked for it
    made_at      timestamptz not null,
    not_before   timestamptz not null,
    quiet_until  timestamptz,           -- it waits for the end of somebody's quiet hours
    expires_on   date not null,         -- not sent on this day or later: then it is worked out anew
    state        text not null default 'queued'
        check (state in ('queued', 'intended', 'sent', 'delivered', 'failed', 'cancelled', 'by hand', 'unknown')),
    why          text,                  -- of what failed or was cancelled; of one that is intended: why it should not go any more
    intent       uuid,                  -- one try to send it; the same is never tried twice
    intended_at  timestamptz,
    notify_id    text,
    sent_at      timestamptz,           -- when we learned that Notify has it
    settled_at   timestamptz,           -- when it got its final state
    look_at      timestamptz,           -- when to ask Notify about it; null: no more
    looks        int not null default 0
) with (fillfactor = 70);
create unique index on message (personkey, key) where state not in ('cancelled', 'failed');
create index on message (not_before) where state = 'queued';
create index on message (intended_at) where state = 'intended';
create index on message (look_at) where state in ('intended', 'sent') and look_at is not null;
create index on message (made_at) where state = 'unknown';
create index on message (personkey);
create index on message (intended_at desc) where intended_at is not null;
