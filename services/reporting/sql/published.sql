-- name: load
insert into published (name, sha256, ends, content, loaded_by, loaded_at) values ($1, $2, $3, $4, $5, $6)
on conflict (sha256) do update set name = published.name returning id;

-- name: files
select id, name, ends, loaded_by, loaded_at from published order by id desc;

-- name: content
select content from published where id = $1;
