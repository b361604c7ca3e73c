-- What the measures of care count: as in measures.sql.

-- name: proms
-- $4 teams   $5 codes of the scales   $6 lowest and   $7 highest valid score of each   $8 its tool
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, {counts}
from proms_units($1, $2, $3, $4, $5, $6, $7, $8);

-- name: prom_scales
-- $4 to $7 as of proms   $8 names of the scales   $9 the change that is reliable   $10 the clinical cut-off
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, array_to_string(counted, chr(31)) as counted
from prom_scales_units($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: therapies
-- $4 to $6 as of access
select hashtextextended(personkey, 0) as person, provider, surgery, lsoa, age, ethnicity, array_to_string(counted, chr(31)) as counted
from therapies_units($1, $2, $3, $4, $5, $6);

-- name: second_contact
-- $4 teams   $5 whether a contact counts once for each team in scope (Q4)
select provider, surgery, lsoa, age, ethnicity, wait, waited, {counts}
from second_contact_units($1, $2, $3, $4, $5);

-- name: caseload
-- $4 the type of an early-intervention team
select provider, surgery, lsoa, age, ethnicity, {counts} from caseload_units($1, $2, $3, $4);

-- name: placements_year
select provider, surgery, lsoa, age, ethnicity, {counts} from placements_year_units($1, $2, $3);

-- name: early_contact
-- $4 teams
select hashtextextended(personkey, 0) as person, provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, {counts}
from early_contact_units($1, $2, $3, $4);

-- name: contacts
-- $4 teams
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, {counts}
from contacts_units($1, $2, $3, $4);

-- name: spell_quality
-- $4 definition   $5 its version   $6 teams   $7 the reference set of assessments   $8 codes that are none
select provider, surgery, lsoa, array_to_string(teams, chr(31)) as teams, age, ethnicity, again as days, {counts}
from spell_quality_units($1, $2, $3, $4, $5, $6, $7, $8);
