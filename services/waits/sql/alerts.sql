-- name: bounded
-- For one transaction: plans for the values given (see pages.sql), and no look that keeps others waiting.
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', '5s', true);

-- name: claim_rule
-- One that is to be looked at, with what its maker may see today.
select r.*, p.providers as sees, p.roles from alert_rule r left join access.person p using (username)
where r.is_on and r.due_at <= $1 order by r.due_at, r.id limit 1 for update of r skip locked;

-- name: moved
-- Nothing that a rule looks at moved while this is the same.
select concat_ws(' ', sum(f.changes), max(f.last_received_at), (select changes from silence_look),
                 (select max(looked_at) from signal_look where provider = any ($1::text[])))
from feed f where provider = any ($1::text[]);

-- name: figures
-- After `spells` of pages.sql.
select count(*) as spells, count(*) filter (where stop < breach_on) as within_target, max(waited) as longest,
       percentile_cont(0.5) within group (order by waited) as median
from spells

-- name: standing
select * from alert where rule_id = $1 and resolved_at is null order by id for update;

-- name: looked
update alert_rule set due_at = $2, looked_at = $3, seen = $4, value = $5, trouble = $6,
    valued_at = case when (value, trouble) is distinct from ($5, $6) then $3 else valued_at end
where id = $1;

-- name: postpone
update alert_rule set due_at = $2, looked_at = $3 where id = $1;

-- name: resolve
update alert set resolved_at = $2 where id = any ($1::bigint[]);

-- name: fire
-- One that comes back while its last one was snoozed stays snoozed.
insert into alert (rule_id, threshold, fired_at, value, snoozed_until)
select $1, threshold, $3, $4, (select max(before.snoozed_until) from alert before
                               where before.rule_id = $1 and before.threshold = line.threshold and before.snoozed_until > $3)
from unnest($2::float8[]) as line (threshold)
on conflict do nothing
returning id, threshold, snoozed_until;

-- name: wake
update alert set snoozed_until = null where id = any ($1::bigint[]);

-- name: note
insert into alert_history (at, rule_id, alert_id, what, username, name, note, value)
select * from unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[]);

-- name: intend
insert into alert_message (rule_id, alert_id, way, target, facts, made_at, due_at)
select $1, $2, way, target, $5, $6, $6 from unnest($3::text[], $4::text[]) as u (way, target);

-- name: claim_message
select m.*, r.secret from alert_message m join alert_rule r on r.id = m.rule_id
where m.state = 'due' and m.due_at <= $1 order by m.due_at, m.id limit 1 for update of m skip locked;

-- name: sent
update alert_message set state = 'sent', sent_at = $2, attempts = attempts + 1, trouble = null where id = $1;

-- name: failed
update alert_message set state = case when $2::timestamptz is null then 'dead' else 'due' end, due_at = coalesce($2, due_at),
    attempts = attempts + 1, trouble = $3 where id = $1;

-- name: messages_waiting
select count(*) filter (where state = 'due') as due, count(*) filter (where state = 'dead') as dead from alert_message;

-- name: rules
-- Those that look at nothing that a reader ($1) may not see; $2: one of them.
select r.id, username, name, title, measure, direction, thresholds, providers, provider, team_type, definition, emails, webhook, form, is_on,
       value, looked_at, trouble
from alert_rule r where providers <@ $1::text[] and ($2::bigint is null or id = $2) order by is_on desc, title, id;

-- name: secret
select secret from alert_rule where id = $1 and username = $2;

-- name: alerts
-- Of such rules: $3 those that stand, or those that stand no more, the latest first.
select a.*, r.title, r.measure, r.direction, r.value as value_now, r.provider, r.team_type, r.definition, r.providers
from alert a join alert_rule r on r.id = a.rule_id
where r.providers <@ $1::text[] and ($2::bigint is null or r.id = $2) and (a.resolved_at is null) = $3::boolean
order by case when $3 then a.fired_at end desc, a.resolved_at desc, a.id desc limit $4::int;

-- name: alert_of
select a.* from alert a join alert_rule r on r.id = a.rule_id
where a.id = $1 and r.providers <@ $2::text[] for update of a;

-- name: history
select h.*, a.threshold from alert_history h left join alert a on a.id = h.alert_id where h.rule_id = $1 order by h.id desc limit $2::int;

-- name: messages
select id, way, target, made_at, due_at, attempts, state, trouble, sent_at from alert_message
where rule_id = $1 order by made_at desc, way, target limit $2::int;

-- name: add_rule
insert into alert_rule (username, name, title, measure, direction, thresholds, providers, provider, team_type, definition, emails, webhook,
                        form, secret, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning id;

-- name: rules_of
select count(*) from alert_rule where username = $1;

-- name: change_rule
-- Whoever changes it answers for it from then on.
update alert_rule set username = $2, name = $3, title = $4, measure = $5, direction = $6, thresholds = $7, providers = $8, provider = $9,
    team_type = $10, definition = $11, emails = $12, webhook = $13, form = $14, due_at = $15, seen = null, trouble = null
where id = $1;

-- name: turn_rule
update alert_rule set is_on = $2, due_at = $3, seen = null where id = $1;

-- name: acknowledge
update alert set acknowledged_at = $2, acknowledged_by = $3, note = $4 where id = $1;

-- name: snooze
update alert set snoozed_until = $2 where id = $1;
