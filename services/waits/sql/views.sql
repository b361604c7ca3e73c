-- name: views
-- One's own, and those that colleagues of the same organisation share.
select v.id, v.title, v.address, v.shared, v.saved_at, v.username, p.name
from saved_view v join access.person p using (username)
where v.username = $1 or v.shared and p.organisation = $2
order by v.username <> $1, v.title, v.id;

-- name: save
insert into saved_view (username, title, address, shared, saved_at)
select $1, $2, $3, $4, $5 where (select count(*) from saved_view where username = $1) < $6::int
on conflict (username, title) do update set address = excluded.address, shared = excluded.shared, saved_at = excluded.saved_at
returning id;

-- name: change
update saved_view set title = $3, shared = $4 where id = $1 and username = $2
and not exists (select from saved_view where username = $2 and title = $3 and id <> $1) returning id;

-- name: drop
delete from saved_view where id = $1 and username = $2 returning id;
