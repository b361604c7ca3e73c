-- What was known when: reference rows that a later load replaced, under whom a record ever stood, when months of files were taken.

-- The tables that a load changed, each with the SHA-256 of its file. Empty: loaded before this was kept.
alter table reference.load add column changed jsonb not null default '{}';

-- Rows as they were until the load of this version took their place.
create table reference.replaced (
    until      bigint not null,
    table_name text not null,
    content    json not null
);
create index on reference.replaced (until, table_name);

-- The rows of a table as they were under a load: as_loaded(null::reference.team_types, 3). Of loads from before this was kept: as they
-- were when it began.
create function reference.as_loaded(kind anyelement, version bigint) returns setof anyelement language plpgsql stable as $$
declare
    table_of text := (select relname from pg_class where reltype = pg_typeof(kind)::oid);
    replaced_by bigint := (select min(l.version) from reference.load l where l.version > as_loaded.version and l.changed ? table_of);
begin
    if replaced_by is null then
        return query execute format('select * from reference.%I', table_of);
    else
        return query select p.* from reference.replaced r, json_populate_record(kind, r.content) p
        where r.until = replaced_by and r.table_name = table_of;
    end if;
end $$;

-- Everybody under whom a record stands or ever stood.
create view holders as
select provider, kind, record_id, personkey from record
union
select provider, kind, record_id, personkey from departure;
grant select on holders to clockstop_waits;
create index on departure (provider, kind, record_id);

-- Months of files as they were taken: history received long ago may come at any time, and months take minutes.
create view deliveries as select provider, month, number, receivedtime, imported_at from delivery;
grant select on deliveries to clockstop_waits;
