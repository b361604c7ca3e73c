-- What pages and API read of people on registers. Every query about them begins with `people`: the one place that says who may be
-- seen and what a filter means, so that a count, the list behind it and its CSV cannot differ. Plans are made for the values given
-- (plan_cache_mode): a filter that is not asked for then costs nothing.

-- name: people
-- $1 the reader's own providers   $2 as at, a London date   $3 owners who share their people with the reader
-- $4 provider   $5 owner   $6 practice   $7 PCN   $8 state   $9 elements missing, all of these   $10 a live task is: due soon, due, overdue
-- $11 of this schedule   $12 of this finding   $13 a follow-up: open, opened, done or declined in the 12 months to $2
-- $14 group of ethnicity   $15 age band, its first year   $16 fifth of deprivation   $17 next step due until   $18 search
-- $19 last result   $20 vaccine given this season   $21 channel of an attempt in the 12 months to $2   $22 came within 15 days of one
with practice as not materialized (
    select distinct on (practice) practice, name, pcn from reference.practices
    where coalesce(valid_from, '-infinity') <= $2::date and coalesce(valid_to, 'infinity') >= $2 order by practice, valid_from desc nulls last
), area as not materialized (
    select distinct on (lsoa) lsoa, (imd_decile + 1) / 2 as fifth from reference.lsoas where imd_decile between 1 and 10 order by lsoa
), ethnic as not materialized (
    select code, name from (
        select distinct on (code) code, split_part(name, ':', 1) as name from reference.ethnic_categories
        order by code, valid_to desc nulls first) as category
    where name not in ('Not stated', 'Not known')
), seen as not materialized (
    select s.*, case when s.birth_date is null then -1 else (array[0, 18, 26, 40, 65])[width_bucket(
               extract(year from age($2::date::timestamp, s.birth_date::timestamp))::int, array[0, 18, 26, 40, 65])] end as age_band
    from outreach.standing s
    where s.providers && $1::text[] or s.owner = any($3::text[])
), people as not materialized (
    select *
    from seen
    where case $8::text
              when 'register' then on_register
              when 'complete' then on_register and complete
              when 'answered' then on_register and complete and not exists (
                  select from outreach.task t where t.personkey = seen.personkey and t.finding is not null
                      and (t.closed_on is null or t.opened_on + interval '1 year' > $2) and t.outcome is distinct from 'done')
              when 'incomplete' then on_register and not complete
              when 'hidden' then on_register and hidden_until > $2
              when 'no-contact' then on_register and contact_stopped is not null
              when 'left' then not on_register
              else true
          end
      and ($4::text is null or $4 = any(providers))
      and ($5::text is null or owner = $5)
      and ($6::text is null or practice = $6)
      and ($7::text is null or practice in (select practice from practice where pcn = $7))
      and ($9::text[] is null or missing @> $9)
      and (($10::text is null and $11::text is null and $12::text is null and $13::text is null) or exists (
          select from outreach.task t
          where t.personkey = seen.personkey
            and (t.provider = any($1) or t.owner = any($1) or t.owner = any($3))
            and ($11 is null or t.schedule = $11)
            and ($12 is null or t.finding = $12)
            and ($10 is null or t.closed_on is null and t.invite_from <= $2
                 and case when $2 < t.due_on then 'due-soon' when $2 = t.due_on then 'due' else 'overdue' end = $10)
            and case $13 when 'open' then t.finding is not null and t.closed_on is null
                         when 'opened' then t.finding is not null and t.opened_on > $2 - 365
                         when 'done' then t.finding is not null and t.outcome = 'done' and t.closed_on > $2 - 365
                         when 'declined' then t.finding is not null and t.outcome = 'declined' and t.closed_on > $2 - 365
                         else $10 is not null or t.closed_on is null end))
      and ($14::text is null or case when $14 = 'Not known' then coalesce(ethnicity not in (select code from ethnic), true)
                                     else ethnicity in (select code from ethnic where name = $14) end)
      and ($15::int is null or age_band = $15)
      and ($16::int is null or case when $16 = 0 then coalesce(lsoa not in (select lsoa from area), true)
                                    else lsoa in (select lsoa from area where fifth = $16) end)
      and ($17::date is null or (next_on <= $17 and contact_stopped is null and (hidden_until is null or hidden_until <= $17)))
      and ($18::text is null or starts_with(personkey, $18))
      and ($19::text is null or last_result = $19)
      and ($20::text is null or case $20 when 'influenza' then influenza_on else covid_19_on end
           between make_date(extract(year from $2 - interval '8 months')::int, 9, 1) and $2)
      and (($21::text is null and $22::boolean is null) or exists (
          select from outreach.attempt a
          where a.personkey = seen.personkey and a.voided_at is null and a.made_on between $2 - 364 and $2
            and ($21 is null or $21 = 'any' or a.channel = $21)
            and ($22 is null or $22 = exists (select from unnest(checked_on) day where day between a.made_on and a.made_on + 15))
            -- what is not settled yet counts nowhere: a young attempt would look like a failed one
            and (a.made_on + 15 < $2 or exists (select from unnest(checked_on) day where day between a.made_on and a.made_on + 15))))
)

-- name: counted
select count(*) from people

-- name: listed
-- $23 sort   $24 to $26 the place after which to go on (its sort values and the person), null: from the top   $27 rows, null: all
select placed.*, (select pcn from practice where practice.practice = placed.practice) as pcn
from (
    select *, coalesce(sort_on, '9999-12-31'::date) as sort_date
    from (
        select *, case $23::text when 'practice' then coalesce(practice, '') when 'missing' then (9 - cardinality(missing))::text else '' end as sort_text,
               case $23 when 'next' then case when contact_stopped is null then greatest(next_on, hidden_until) end
                        when 'last-attempt' then coalesce(last_attempt_on, '0001-01-01'::date) else due_on end as sort_on
        from people) as person
    where $24::text is null or (sort_text, coalesce(sort_on, '9999-12-31'::date), personkey) > ($24, $25::date, $26::text)
    order by sort_text, sort_date, personkey
    limit $27::int) as placed
order by sort_text, sort_date, personkey

-- name: person
select *, (select pcn from practice where practice.practice = people.practice) as pcn from people where personkey = $23

-- name: tasks_of
-- $1 own providers   $2 owners who share   $3 the person. Tasks that the reader may see, live ones first.
select * from outreach.task where personkey = $3 and (provider = any($1::text[]) or owner = any($1) or owner = any($2::text[]))
order by closed_on is not null, due_on, task_id;

-- name: next_task
-- What an attempt to reach the person is about, unless somebody says: the first live task that the reader may see.
select task_id, anchor, schedule, owner from outreach.task
where personkey = $3 and closed_on is null and (provider = any($1::text[]) or owner = any($1) or owner = any($2::text[]))
order by schedule <> 'annual-recall', due_on, task_id limit 1;

-- name: attempts_shown
select * from outreach.attempt where personkey = $1 order by made_at desc, attempt_id;

-- name: answers_shown
select * from outreach.answer where personkey = $1 order by entered_at desc, answer_id;

-- name: document
select document from outreach.pathway where personkey = $1;

-- name: messages_shown
select channel, template, asked_by, made_at, not_before, state, why, sent_at, settled_at from outreach.message where personkey = $1
order by made_at desc, id;

-- name: directory
-- $1 the person's LSOA   $2 practice   $3 as at. What is offered where they live or are registered, and what has no area.
select distinct d.name, d.kind, d.contact from reference.directory d
where coalesce(d.valid_from, '-infinity') <= $3::date and coalesce(d.valid_to, 'infinity') >= $3
  and (d.area is null or d.area in (
      select local_authority from reference.lsoas where lsoa = $1 union select icb from reference.lsoas where lsoa = $1
      union select icb from reference.practices where practice = $2))
order by d.kind, d.name;

-- name: shared_with
-- Agreements in force on $2 by which an owner shares its people with one of $1.
select owner, fields from access.agreement
where partner = any($1::text[]) and purpose = 'health-checks' and valid_from <= $2::date and (valid_to is null or valid_to >= $2);

-- name: organisations_named
-- Whatever has a code: trusts, practices, PCNs.
select distinct on (code) code, name from (
    select ods as code, name, valid_to from reference.organisations
    union all select practice, name, valid_to from reference.practices
    union all select pcn, name, null from reference.pcns) as known
where code = any($1::text[]) order by code, valid_to desc nulls first;

-- name: choices
-- $1 own providers   $2 owners who share   $3 as at. Who is responsible, and the practices, of the people whom the reader may see.
select distinct s.owner, s.practice, p.pcn
from (select distinct owner, practice from outreach.standing where providers && $1::text[] or owner = any($2::text[])) as s
left join reference.practices p on p.practice = s.practice and coalesce(p.valid_from, '-infinity') <= $3::date and coalesce(p.valid_to, 'infinity') >= $3;
