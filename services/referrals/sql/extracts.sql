-- name: known
select local_token, practice, recordedtime, on_register, told, entry from register_extract
where provider = $1 and local_token = any ($2::bigint[]) order by local_token for update;

-- name: keep
insert into register_extract (provider, local_token, practice, recordedtime, on_register, told, entry)
select $1, local_token, practice, recordedtime, on_register, told::json, entry::json
from unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::boolean[], $6::text[], $7::text[])
    as u (local_token, practice, recordedtime, on_register, told, entry)
on conflict (provider, local_token) do update
set practice = excluded.practice, recordedtime = excluded.recordedtime, on_register = excluded.on_register,
    told = excluded.told, entry = excluded.entry;

-- name: missing
select local_token, practice, recordedtime, on_register, told, entry from register_extract
where provider = $1 and practice = $2 and on_register and recordedtime < $3 and local_token <> all ($4::bigint[]) order by local_token;

-- name: on_register
select count(*) from register_extract where provider = $1 and practice = $2 and on_register;

-- name: position
select position from seen where source = $1 and id = $2;
