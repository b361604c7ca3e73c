-- The people who may sign in. The schema `access` is written elsewhere; here it is only read.

-- name: everyone
select username, name, organisation, roles, providers from access.person order by name, username;

-- name: named
select username, name, organisation, roles, providers from access.person where username = $1;

-- name: provider_of_key
select p.ods, p.name from access.api_key k join access.provider p on p.ods = k.provider where k.hash = $1 and k.revoked_at is null
