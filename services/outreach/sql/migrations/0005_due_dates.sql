-- Which day it is, what everybody is computed with, and where records went.

-- The last day on which anything was told. It only advances, and only to a day that worker and database agree has come.
create table day (
    only_row boolean primary key default true check (only_row),
    day      date not null
);
insert into day (day) values ('-infinity');

-- The reference data and the settings that everybody is computed with, and how far the work is that the last change of them made: nobody
-- is marked for it, as writing half a million rows takes longer than a transaction may.
create table sweep (
    only_row   boolean primary key default true check (only_row),
    version    bigint,                  -- of the reference data
    setting    bigint,                  -- the number of the last setting
    cause      text not null default 'reference' check (cause in ('reference', 'setting')),
    begun_at   timestamptz,
    swept_to   text                     -- the last person done, in the order of their keys; null: everybody is
);
insert into sweep (swept_to) values (null);

-- Who holds a record that once went from one person to another, by the latest word on it, in whatever order words come: what workers
-- entered goes with it.
create table place (
    anchor      text primary key,       -- <provider>|<kind>|<record id>
    personkey   text not null,
    received    bigint not null,        -- microseconds since 1970
    event_id    text not null
);
