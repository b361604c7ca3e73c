-- name: note
insert into blurred as b (first, last) select * from unnest($1::timestamptz[], $2::timestamptz[])
on conflict (first) do update set last = greatest(b.last, excluded.last);
