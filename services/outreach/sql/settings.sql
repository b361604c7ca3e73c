-- Providers' own settings, and the reference data that outreach reads.

-- name: settings
-- What holds: of each provider, name and day what was stated last.
select provider, name, valid_from, value from (
    select distinct on (provider, name, valid_from) * from setting order by provider, name, valid_from, number desc
) as stated where value::text <> 'null' order by provider, name, valid_from;

-- name: settings_version
select max(number) from setting;

-- name: settings_told
select number, provider, name, valid_from, value, set_by, reason, set_at from setting
where $1::text is null or provider = $1 order by provider, name, valid_from, number;

-- name: set_setting
insert into setting (provider, name, valid_from, value, set_by, reason, set_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: kinds
select distinct on (ods) ods, kind from reference.organisations order by ods, valid_from desc nulls last;

-- name: practices
select distinct on (practice) practice, pcn from reference.practices where pcn is not null order by practice, valid_from desc nulls last;

-- name: directory
select name, kind, area, contact, valid_from, valid_to from reference.directory where area is not null;

-- name: provider_known
select exists (select from reference.organisations where ods = $1) or exists (select from reference.practices where practice = $1)
    or exists (select from access.provider where ods = $1);

-- name: ethnic_groups
select distinct on (code) code, split_part(name, ':', 1) as "group" from reference.ethnic_categories
where name not in ('Not stated', 'Not known') order by code, valid_to desc nulls first;

-- name: deciles
select distinct on (lsoa) lsoa, imd_decile from reference.lsoas where imd_decile between 1 and 10 order by lsoa;
