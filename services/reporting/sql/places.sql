-- name: practices
-- By code, on a day   $2 load
select practice, pcn, icb, footprint from place_at($1, $2);

-- name: lsoas
select lsoa, icb, decile from lsoa_at($1);
