-- What measures count: the units of each family (`migrations/0014_places.sql`), as `store/sums.py` adds them up. In each:
-- $1 the period's last day   $2 known: infinity for now, or a microsecond after the instant asked for   $3 load of the reference data,
-- null: the latest. `{counts}`: toward which of the family's counts it counts, the first of them the lowest bit   `teams`: with chr(31)
-- between   `person`: a number for each, where people are counted   `wait`, `waited`, `days`: of what a family's days tell.

-- name: by_hash
-- How little of a table is asked for cannot be guessed, and a wrong guess makes a loop over it, or sorts what could be hashed: for one
-- transaction, neither is done, but for families of few units ($1), who find each person by the index.
select set_config('enable_nestloop', $1, true), set_config('enable_sort', 'off', true), set_config('work_mem', '256MB', true);

-- name: snapshot
select pg_export_snapshot();

-- name: mrs
-- $4 definition   $5 its version
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, waited, {counts}
from mrs_units($1, $2, $3, $4, $5);

-- name: access
-- $4 teams of MHS108   $5 teams of the dashboard's access   $6 whether a contact counts once for each team in scope (Q4)
select hashtextextended(personkey, 0) as person, provider, surgery, lsoa, age, ethnicity, {counts}
from access_units($1, $2, $3, $4, $5, $6, false);

-- name: placements
select provider, surgery, lsoa, age, ethnicity, {counts} from placements_units($1, $2, $3);

-- name: rejections
-- $4 teams
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, days, {counts}
from rejections_units($1, $2, $3, $4);

-- name: early_intervention
-- $4 version of eip-2016
select provider, surgery, lsoa, age as years, ethnicity, {counts} from early_intervention_units($1, $2, $3, $4);

-- name: admissions
-- $4 classes of acute wards   $5 the same until March 2024   $6 sources that are no admission
select provider, surgery, lsoa, age, ethnicity, {counts} from admissions_units($1, $2, $3, $4, $5, $6);

-- name: definition_version
-- The greatest version of a definition under which there were spells then; null: none.
select max(definition_version) from spell where definition = $1 and known_from < $2 and known_to >= $2;

-- name: load_at
select coalesce(max(version), 0) from reference.load where loaded_at <= $1;

-- name: names
-- Organisations, PCNs and practices by code.
select 'provider' as level, ods as code, name from reference.as_loaded(null::reference.organisations, $1) where kind <> 'icb'
union all select 'icb', ods, name from reference.as_loaded(null::reference.organisations, $1) where kind = 'icb'
union all select 'pcn', pcn, name from reference.as_loaded(null::reference.pcns, $1)
union all select 'practice', practice, name from reference.as_loaded(null::reference.practices, $1);

-- name: networks
select distinct on (pcn) pcn, icb from reference.as_loaded(null::reference.pcns, $1) where icb <> '' order by pcn;
