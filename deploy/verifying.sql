-- Shadows of reporting's read model: temporary tables are looked up before those of the schema, so what is asked of one is answered by them.

-- name: facts
do $$
declare name text;
begin
    foreach name in array '{spell,past,person,referral,stay,register,checks}'::text[] loop
        execute format('create temp table %1$I (like reporting.%1$I including defaults) partition by range (known_to)', name);
        execute format('create temp table %2$I partition of pg_temp.%1$I for values from (''infinity'') to (maxvalue)', name, name || '_now');
        execute format('create temp table %2$I partition of pg_temp.%1$I for values from (minvalue) to (''infinity'')', name, name || '_was');
        execute format('create unique index on pg_temp.%I (personkey, part, fact)', name || '_now');
    end loop;
end $$;

-- name: told
create temp table told (like reporting.told including all);

-- name: analyze
analyze pg_temp.spell, pg_temp.past, pg_temp.person, pg_temp.referral, pg_temp.stay, pg_temp.register, pg_temp.checks;

-- name: people
select count(distinct personkey) from referrals.events where receivedtime <= $1;
