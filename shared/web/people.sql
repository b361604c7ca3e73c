-- The people who may sign in. The schema `access` is written elsewhere; here it is only read.

-- name: everyone
select username, name, organisation, roles, providers from access.person order by name, username;

-- name: named
select username, name, organisation, roles, providers from access.person where username = $1;
