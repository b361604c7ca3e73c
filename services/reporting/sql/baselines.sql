-- name: kept
-- A family in a month, as it is kept now and live. `current`: under the versions of definitions that hold now.
select id, last, counted_at, split_part(mark, '/', 3) is not distinct from split_part($4, '/', 3) as current
from figured where month = $1 and family = $2 and definition = $3 and known_at = 'infinity' and counted_at is not null;

-- name: add
insert into baseline (family, month, definition, rules, counted_at, by, said_at, why) values ($1, $2, $3, $4, $5, $6, $7, $8) returning id;

-- name: write
insert into baseline_figure (baseline, level, code, measure, shown, own)
select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]);

-- name: standing
-- $1 level   $2 code   $3 measures   $4 said by then; null: now
select distinct on (f.measure) f.measure, f.shown, f.own, b.month, b.definition, b.rules, b.by, b.said_at
from baseline_figure f join baseline b on b.id = f.baseline
where f.level = $1 and f.code = $2 and f.measure = any ($3::text[]) and ($4::timestamptz is null or b.said_at <= $4)
order by f.measure, b.id desc;
