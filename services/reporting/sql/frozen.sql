-- What versions of returns said when they were frozen.

-- name: froze
update return_version set frozen_at = $3, frozen_by = $4, entered_at = $5, load = $6, ledger_position = $7, rules = $8, figures = $9,
    hash = $10, evidence_hash = $11
where return_id = $1 and version = $2;

-- name: forget_rows
delete from frozen_row where return_id = $1 and version = $2;

-- name: forget_units
delete from frozen_unit where return_id = $1 and version = $2;

-- name: forget_edits
delete from edit where return_id = $1 and version = $2;

-- name: write_rows
insert into frozen_row (return_id, version, place, line, level, code, by, value, kind, shown, measure, exact)
select $1, $2, place, line, level, code, by, value, kind, shown, measure, exact
from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
    with ordinality as u (line, level, code, by, value, kind, shown, measure, exact, place);

-- name: write_edits
insert into edit (return_id, version, id, kind, line, message)
select $1, $2, u.* from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as u;

-- name: rows
select * from frozen_row where return_id = $1 and version = $2 order by place;

-- name: units
select * from frozen_unit where return_id = $1 and version = $2 order by family, personkey, fact;

-- name: edits
select * from edit where return_id = $1 and version = $2
order by array_position('{syntax,validity,quality,macro}', kind), line nulls last, id;

-- name: explanations
-- Of edits that say what they said when they were explained.
select distinct on (x.edit) x.* from explanation x join edit e using (return_id, version)
where x.return_id = $1 and x.version = $2 and e.id = x.edit and e.message = x.message order by x.edit, x.id desc;

-- name: explain
insert into explanation (return_id, version, edit, message, text, by, said_at)
select return_id, version, id, message, $4, $5, $6 from edit where return_id = $1 and version = $2 and id = $3 returning edit;

-- name: rows_before
with earlier as (
    select return_id, version from return_version v
    where signed_at is not null and (
        (v.return_id = $1 and v.version < $2)
        or (v.definition, v.organisation, v.last) = (split_part($1, ':', 1), split_part($1, ':', 2), $3::date - 1)
    ) order by v.last desc, v.version desc limit 1
)
select r.* from frozen_row r join earlier using (return_id, version) order by r.place;

-- name: versions_before
select * from return_version where return_id = $1 and version < $2 and signed_at is not null order by version;

-- name: position
select max(position) from referrals.events where receivedtime <= $1;

-- name: clocks
select definition, max(definition_version) as version from spell where known_from <= $1 and known_to > $1 group by definition order by definition;

-- name: has_clocks
select exists (select from spell where definition = $1 and definition_version = $2 and known_from <= $3 and known_to > $3);

-- name: told_since
-- $1 people   $2 received after   $3 and by. `known`: a version of the record had been received by $2; `moved`: by a merge or its undoing.
select e.personkey, e.kind, e.voided, e.data ->> 'moved_to' is not null or e.source = $4 as moved,
    exists (select from referrals.events k where (k.personkey, k.provider, k.kind, k.record_id) = (e.personkey, e.provider, e.kind, e.record_id)
        and k.receivedtime <= $2) as known
from referrals.events e where e.personkey = any ($1::text[]) and e.receivedtime > $2 and e.receivedtime <= $3;
