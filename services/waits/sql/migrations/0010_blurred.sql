-- Spans of time of which clocks were never said as they were known (shared/runtime/blurred.py): several versions of one person taken in at
-- once; a person asked for again before the clocks under other definitions were computed; people who wait for new reference data; a new
-- definition, until everybody's clocks under it are there. Whoever freezes figures as known at an instant chooses one outside.
create table blurred (
    first timestamptz primary key,
    last  timestamptz not null check (last > first)
);
create index on blurred (last);

alter table to_compute add first timestamptz;      -- when what was asked first was received
alter table reference_used add since timestamptz;  -- when the first load came for which people still waited when it was seen

create view unclear as
select first, last from blurred
union all
select added_at, finished_at from definition where finished_at > added_at;
grant select on unclear to clockstop_reporting;
