-- The referrals of a spell, each with its days and teams, and what of the past is not today's answer cut off: readers of waits.v1 that
-- ask for earlier days need both.
alter table clock add column parts json not null default '[]';
alter table known_clock add column parts json not null default '[]';

-- One row for each person whose clocks were others at the end of some month: `rules/past.py`.
create table past (
    personkey          text primary key,
    definition         text not null,
    definition_version int not null,
    periods            json not null,
    revision           bigint not null
);

update pathway set recompute_on = '-infinity';
