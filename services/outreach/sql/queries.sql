-- name: write_pathways
update pathway p set document = u.document::json, recompute_on = u.recompute_on, updated_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::date[]) as u (personkey, document, recompute_on) where p.personkey = u.personkey;

-- name: watermark
-- Whatever an open page may show moves with it.
select coalesce(sum(changes), 0), count(*) from feed;
