-- An audit, of rows sealed one with another: the table `audit` of the service's own schema.

-- name: audit_lock
select pg_advisory_xact_lock(hashtextextended(current_schema() || '.audit', 0));

-- name: audited
-- $1 when   $2 by   $3 what   $4 about
insert into audit (id, said_at, by, what, about, seal)
select coalesce(last.id, 0) + 1, $1::timestamptz, $2::text, $3::text, $4::json,
       sha256(coalesce(last.seal, '') || convert_to(concat_ws(chr(31), coalesce(last.id, 0) + 1, extract(epoch from $1), $2, $3, $4), 'UTF8'))
from (select) as one left join (select id, seal from audit order by id desc limit 1) as last on true;

-- name: audit_broken
-- The first row that is not what was written, if any.
select min(id) from (
    select id, seal is distinct from sha256(coalesce(lag(seal) over by_id, '') || convert_to(concat_ws(chr(31), id,
               extract(epoch from said_at), by, what, about::text), 'UTF8')) or id <> row_number() over by_id as broken
    from audit window by_id as (order by id)) as checked
where broken;

-- name: audit_head
-- $1 its number, null: the last
select id, seal from audit where $1::bigint is null or id = $1 order by id desc limit 1;
