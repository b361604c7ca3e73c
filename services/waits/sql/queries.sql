-- name: write_pathways
update pathway p set document = u.document::json, recompute_on = u.recompute_on, gaps = string_to_array(u.gaps, ';'),
    updated_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::date[], $4::text[]) as u (personkey, document, recompute_on, gaps)
where p.personkey = u.personkey;

-- name: recompute_on
update pathway set recompute_on = least(recompute_on, $2::date) where personkey = any ($1::text[]);

-- A clock is found by its person and spell: "is not distinct from" keeps the planner from the indexes by definition, which it takes
-- for as good while the table is too young for statistics.

-- name: clocks_of
select * from clock
where personkey = any ($1::text[]) and exists (
    select from unnest($2::text[], $3::int[]) as u (definition, version)
    where (clock.definition, clock.definition_version) is not distinct from (u.definition, u.version)
)
order by personkey, spell_id, definition, definition_version for update;

-- name: revisions
select nextval('revision') as revision from generate_series(1, $1::int);

-- name: write_clocks
insert into clock
select * from json_populate_recordset(null::clock, $1::json) order by personkey, spell_id, definition, definition_version
on conflict (personkey, spell_id, definition, definition_version) do update set
    provider = excluded.provider, providers = excluded.providers, missing = excluded.missing, paused_days = excluded.paused_days,
    closed = excluded.closed, parts = excluded.parts,
    referral_ids = excluded.referral_ids, team_types = excluded.team_types, pathways = excluded.pathways, start = excluded.start,
    "end" = excluded."end", first_contact = excluded.first_contact, second_contact = excluded.second_contact,
    baseline_outcome = excluded.baseline_outcome, assessment = excluded.assessment, assessment_waived = excluded.assessment_waived,
    care_plan = excluded.care_plan, intervention = excluded.intervention,
    care_plan_or_intervention = excluded.care_plan_or_intervention, components = excluded.components, stop = excluded.stop,
    wait_days = excluded.wait_days, breach_on = excluded.breach_on, last_contact = excluded.last_contact,
    dna_count = excluded.dna_count, birth_date = excluded.birth_date, death_date = excluded.death_date,
    ethnicity = excluded.ethnicity, practice = excluded.practice, last_activity = excluded.last_activity,
    accepted_on = excluded.accepted_on, psychological_therapy = excluded.psychological_therapy, lsoa = excluded.lsoa,
    spell_revision = excluded.spell_revision, told = excluded.told;

-- name: write_activity
update clock c set last_activity = u.last_activity
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::date[]) as u (personkey, spell_id, definition, version, last_activity)
where c.personkey = u.personkey and c.spell_id = u.spell_id
    and (c.definition, c.definition_version) is not distinct from (u.definition, u.version);

-- name: delete_clocks
delete from clock c using unnest($1::text[], $2::text[], $3::text[], $4::int[]) as u (personkey, spell_id, definition, version)
where c.personkey = u.personkey and c.spell_id = u.spell_id
    and (c.definition, c.definition_version) is not distinct from (u.definition, u.version);

-- name: past_of
select personkey, definition, definition_version, periods from past where personkey = any ($1::text[]);

-- name: write_past
insert into past (personkey, definition, definition_version, periods, revision)
select personkey, definition, version, periods::json, revision
from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[]) as u (personkey, definition, version, periods, revision)
where periods <> '[]' order by personkey
on conflict (personkey) do update set definition = excluded.definition, definition_version = excluded.definition_version,
    periods = excluded.periods, revision = excluded.revision;

-- name: delete_past
delete from past where personkey = any ($1::text[]);

-- name: heard
-- $1 to $3 by provider: when it was last heard and how many of its clocks changed. $5 to $10 by provider, kind and quarter of an
-- hour (since 1970): the last event, how many came, how many of them late. $4: now. All in one statement: it ends every batch.
-- History loaded today was heard another day, by another way: what was received more than a day ago teaches no rhythm.
with told as (
    select * from unnest($5::text[], $6::text[], $7::int[], $8::timestamptz[], $9::int[], $10::int[])
        as u (provider, kind, quarter, last_received_at, events, late)
), hours as (
    insert into heard_hour as h (provider, kind, hour, quarters)
    select provider, kind, to_timestamp(quarter / 4 * 3600), bit_or(1 << quarter % 4) from told
    where last_received_at > $4::timestamptz - interval '1 day' group by 1, 2, 3 order by 1, 2, 3
    on conflict (provider, kind, hour) do update set quarters = h.quarters | excluded.quarters
    where h.quarters | excluded.quarters <> h.quarters
), hearings as (
    insert into hearing as h (provider, kind, last_received_at, applied_at)
    select provider, kind, max(last_received_at), $4::timestamptz from told
    where last_received_at > $4::timestamptz - interval '1 day' group by 1, 2 order by 1, 2
    on conflict (provider, kind) do update
    set last_received_at = greatest(h.last_received_at, excluded.last_received_at), applied_at = excluded.applied_at
), months as (
    insert into received_month as m (provider, kind, month, events, late)
    select provider, kind, date_trunc('month', to_timestamp(quarter * 900) at time zone 'Europe/London'), sum(events), sum(late)
    from told group by 1, 2, 3 order by 1, 2, 3
    on conflict (provider, kind, month) do update set events = m.events + excluded.events, late = m.late + excluded.late
)
insert into feed as f (provider, last_received_at, changes)
select * from unnest($1::text[], $2::timestamptz[], $3::bigint[]) as u (provider, last_received_at, changes) order by provider
on conflict (provider) do update
set last_received_at = greatest(f.last_received_at, excluded.last_received_at), changes = f.changes + excluded.changes;

-- name: claim_due
-- Told late is told once: past the target at once as `breached`, otherwise `due` in the last 7 days before.
select * from clock
where stop is null and "end" is null and (breach_on <= $1::date and told < 2 or breach_on <= $1::date + 7 and told < 1)
order by breach_on limit $2::int for update skip locked;

-- name: told
update clock c set told = u.told, spell_revision = u.revision
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::smallint[], $6::bigint[])
    as u (personkey, spell_id, definition, version, told, revision)
where c.personkey = u.personkey and c.spell_id = u.spell_id
    and (c.definition, c.definition_version) is not distinct from (u.definition, u.version);

-- name: claim_recompute
select personkey, recompute_on = '-infinity' as reference_changed, nullif(recompute_on, '-infinity') as due_on from pathway where recompute_on <= $1::date
order by personkey limit $2::int for update skip locked;

-- name: reference_changed
update reference_used u set version = latest.version,
    since = case when exists (select from pathway where recompute_on = '-infinity') then coalesce(u.since, latest.since) else latest.since end
from (
    select max(version) as version, min(loaded_at) filter (where version > coalesce((select version from reference_used), 0)) as since
    from reference.load
) as latest
where u.version is distinct from latest.version returning u.version;

-- name: reference_since
select since from reference_used;

-- name: recompute_all
update pathway set recompute_on = '-infinity';

-- name: due_lateness
-- For each job, how long the oldest due row waits: since its London day began, or since it was written or marked, if that was later.
select 'tell what is due' as job, max(clock_timestamp() - greatest(due_on::timestamp at time zone 'Europe/London', p.updated_at)) as late
from (
    select personkey, case when breach_on <= $1::date then breach_on else breach_on - 7 end as due_on from clock
    where stop is null and "end" is null and (breach_on <= $1::date and told < 2 or breach_on <= $1::date + 7 and told < 1)
    order by breach_on limit 1000
) as due join pathway p using (personkey)
union all
select 'recompute what is due', max(clock_timestamp() - case when recompute_on = '-infinity' then (select max(loaded_at) from reference.load)
                                                            else greatest(recompute_on::timestamp at time zone 'Europe/London', updated_at) end)
from (select recompute_on, updated_at from pathway where recompute_on <= $1::date order by recompute_on limit 1000) as due;

-- name: sample
-- Pathways from a key chosen by chance on (keys are random), at rest: nothing falls due, nobody writes them.
select personkey, document from pathway
where personkey >= $1 and (recompute_on is null or recompute_on > $2::date)
and not exists (select from to_compute t where t.personkey = pathway.personkey)
and not exists (select from reference_used where version is distinct from (select max(version) from reference.load))
order by personkey limit $3::int for share skip locked;

-- name: sent
select provider, kind, record_id, personkey, recordedtime, receivedtime, source, id, type, voided, data, event -> 'cause' as cause
from referrals.sent where id = $1 and provider = any ($2::text[]) order by source;

-- name: versions
select kind, record_id, recordedtime, receivedtime, source, id, voided, data, event -> 'cause' as cause
from referrals.events where personkey = $1 and provider = $2 and ($3::timestamptz is null or receivedtime <= $3) order by position;

-- name: referral_holders
select provider, personkey from referrals.holders where kind = 'referral' and record_id = $1 and provider = any ($2::text[]) order by 1, 2;

-- name: providers
select ods from access.provider order by ods;

-- name: refset_members
-- $1, here and below: the load; null: the latest.
select refset_id, concept_id, active_from, active_to from reference.as_loaded(null::reference.refset_members, $1);

-- name: tools
select code, tool, active_from, active_to from reference.as_loaded(null::reference.assessment_tools, $1);

-- name: team_types
select distinct code from reference.as_loaded(null::reference.team_types, $1);

-- name: excluded_providers
select provider, active_from, active_to from reference.as_loaded(null::reference.excluded_providers, $1);

-- name: successions
select ods, successor, valid_to + 1 as first_day from reference.as_loaded(null::reference.organisations, $1)
where successor is not null and valid_to is not null;

-- name: load_at
-- 0: before the first.
select coalesce(max(version), 0) from reference.load where loaded_at <= $1;

-- name: holders
-- Everybody under whom a referral stands or ever stood.
select personkey from referrals.holders where provider = $1 and kind = 'referral' and record_id = $2 order by personkey;
