-- What trends, internal waits and the forecast read beside the components; what people decide about them.

alter table clock add accepted_on date;             -- the earliest acceptance of one of its referrals
alter table clock add psychological_therapy date;   -- the first
alter table clock add lsoa text;                    -- of residence, as last known
update pathway set recompute_on = '-infinity';

-- A target, new limits from a day on, a team's capacity: set by a person with a reason. Rows are only ever added; the latest of its kind,
-- scope, subject and (of limits) day holds.
create table decision (
    id         bigint generated always as identity primary key,
    said_at    timestamptz not null default clock_timestamp(),
    username   text not null,
    name       text not null,
    kind       text not null check (kind in ('target', 'limits', 'capacity')),
    definition text not null,
    providers  text[] not null,          -- in view, sorted: the same decision holds for the same data
    team_type  text,
    pathway    text,
    subject    text not null,            -- of capacity: stops; otherwise the measure, by week or by month
    number     float8,                   -- the target; stops a week
    since      date,                     -- the day from which limits are new
    stands     boolean not null,         -- false: taken back
    reason     text not null
);
create index on decision (definition, kind, providers);
create trigger only_added before update or delete or truncate on decision execute function refuse_change();
