-- Months delivered as files: what each carried, so that a month sent again replaces it, and what stops being sent is seen.

-- One row each time a month was taken and said something new.
create table delivery (
    provider     text not null,
    month        date not null,                 -- its first day
    number       int not null,                  -- 1 is the first delivery of this month
    receivedtime timestamptz not null,
    history      boolean not null,              -- the operator said when it was received
    imported_at  timestamptz not null default clock_timestamp(),
    primary key (provider, month, number)
);

-- What stands of each record in each month.
create table delivered (
    provider     text not null,
    kind         text not null,
    record_id    text not null,                 -- of a person record: the token of the local id
    month        date not null,
    submitted    boolean not null,              -- the month's files have a row for it
    own          bytea,                         -- hash of what the rows say; null: they were refused, or there are none
    position     bigint,                        -- where the ledger has what was told as of this month's end; null: nothing was
    receivedtime timestamptz,
    teams        text[],                        -- of a referral: teams that its other rows named, in this month or before
    primary key (provider, kind, record_id, month)
);
create index on delivered using brin (month) with (autosummarize = on);  -- months come one after the other: a few pages name each
