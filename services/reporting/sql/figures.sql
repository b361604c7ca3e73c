-- name: mark
-- What may change a figure: what was heard, the reference data, a definition's version.
select concat_ws('/', (select coalesce(sum(changes), 0) from feed), (select max(version) from reference.load),
    (select max(definition_version) from spell_now where definition = 'national-2024'));

-- name: ask
-- $1 months   $2 families   $3 definition   $4 known at   $5 standing   $6 now
insert into figured (month, family, definition, known_at, standing, asked_at)
select month, family, $3, $4, $5, $6 from unnest($1::date[]) as month, unnest($2::text[]) as family
order by 1, 2
on conflict (month, family, definition, known_at) do update set asked_at = $6, standing = figured.standing or $5;

-- name: standing
select count(*) from figured
where standing and month = any ($1::date[]) and family = any ($2::text[]) and definition = $3 and known_at = 'infinity';

-- name: forget
-- $1 before this instant   $2 before this month   What nobody asks for any more, and months that have left the trend.
delete from figured where asked_at < $1 and not (standing and month >= $2);

-- name: claim
-- $1 mark   $2 today   $3 now   $4 families   $5 whether what was counted may be counted again   $6 share   $7 changes
-- What a reader waits for comes first, then what was never counted, then what was counted before so many of all changes were heard (that
-- share of them, and so many), as while a history is loaded; of the rest what has stood longest for its age.
select id, month, family, definition, known_at, last, digest, releases, counted_at is null as first, outgrown
from figured, lateral (select split_part($1, '/', 1)::float as changes) as heard, lateral (
    select coalesce(changes - split_part(mark, '/', 1)::float >= greatest($6::float * changes, $7::float), false) as outgrown
) as grown
where family = any ($4::text[]) and (counted_at is null or $5 and known_at = 'infinity'
    and (mark <> $1 or last <> least($2::date, month_end(month))))
order by counted_at is not null, standing, outgrown desc,
    extract(epoch from $3::timestamptz - coalesce(counted_at, 'epoch')) / (30 + greatest($2::date - month, 0)) desc, family
limit 1 for update of figured skip locked;

-- name: differs
update figured set digest = $2, problem = $3, releases = $4::json where id = $1;

-- name: counted
update figured set last = $2, mark = $3, counted_at = $4 where id = $1;

-- name: clear
with gone as (delete from figure where figured = $1) delete from shown where figured = $1;

-- name: kept
-- $1 months   $2 definition   $3 known at   What there is; a family that no definition changes is counted under the main one alone.
select id, month, family, last, counted_at, problem from figured
where month = any ($1::date[]) and known_at = $3 and definition = case when family = any ($4::text[]) then $2 else $5 end
    and family = any ($6::text[])
order by month, family;

-- name: shown_at
-- $1 figured   $2 level   $3 code
select figured, measure, value from shown where figured = any ($1::bigint[]) and level = $2 and code = $3;

-- name: shown_of
select level, code, value from shown where figured = $1 and measure = $2 order by level, code;

-- name: shown
select level, code, measure, value from shown where figured = any ($1::bigint[]);

-- name: places
select distinct level, code from shown where figured = any ($1::bigint[]);

-- name: exact_at
-- $1 figured   $2 level   $3 code
select figured, found from figure where figured = any ($1::bigint[]) and level = $2 and code = $3 and team = '' and by = '';

-- name: exact_of
-- Everything of one provider: its own figures, by team and group.
select figured, level, code, team, by, found from figure
where figured = any ($1::bigint[]) and level in ('provider', 'team') and code = $2;

-- name: watermark
select max(counted_at), count(*) from figured;

-- name: targets
-- $1 measure   $2 day
select target, valid_from, source from reference.targets
where measure = $1 and coalesce(valid_from, '-infinity') <= $2::date and coalesce(valid_to, 'infinity') >= $2
order by valid_from desc nulls last limit 1;

-- name: planned
-- $1 measure   $2 organisation
select period, planned, source from reference.trajectories where measure = $1 and organisation = $2 order by period;

-- name: words
select distinct on (kind, code) kind, code, name from (
    select 'team' as kind, code, name from reference.as_loaded(null::reference.team_types, null)
    union all select 'ethnicity', code, name from reference.as_loaded(null::reference.ethnic_categories, null)
) as told order by kind, code, name;

-- name: exact_whole
-- Everything of the published layout: no teams, no groups.
select figured, level, code, found from figure
where figured = any ($1::bigint[]) and level in ('england', 'provider', 'icb') and team = '' and by = '';
