-- What was told of each person of a practice's register extracts, so that the same again tells nothing, and who is missing is seen.
create table register_extract (
    provider     text not null,
    local_token  bigint not null,       -- of the local id, as in lookup
    practice     text not null,         -- on whose register the latest extract had the person
    recordedtime timestamptz not null,  -- as of when
    on_register  boolean not null,
    told         json not null,         -- {record: {id, event, own}}: its id, the event told last, a keyed digest of what it said
    entry        json not null,         -- the register entry as told last
    primary key (provider, local_token)
);
create index on register_extract (provider, practice) where on_register;
