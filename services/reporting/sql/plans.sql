-- What was planned and what is to be reached. $1 load of the reference data, null: the latest.

-- name: trajectories
select measure, organisation, period, planned, source from reference.as_loaded(null::reference.trajectories, $1)
order by measure, organisation, period;

-- name: targets
select measure, target, valid_from, valid_to, source from reference.as_loaded(null::reference.targets, $1) order by measure, valid_from;
