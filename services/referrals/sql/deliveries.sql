-- A month's files on their way in. Temporary tables hold them, however large they are; they end with the connection.

-- name: begin_month
create temp table if not exists staged (
    tab smallint not null, line int not null, key text, grp text not null, referral text, local_id text, activity text, cells text not null
);
create temp table if not exists refused_row (
    file text not null, line int not null, field text not null, reason text not null, detail text not null, warns boolean not null,
    tab smallint not null, key text, local_id text
);
create temp table if not exists who (
    local_id text primary key, cells text, token bigint, number_token bigint, personkey text
);
create temp table if not exists referred (referral text primary key, local_id text not null);
create temp table if not exists incoming (
    kind text not null, record_id text not null, personkey text, token bigint, own bytea, data text, details text, strange text[], teams text[],
    all_teams text[], tab smallint not null, line int not null,
    special boolean not null default false
);
create temp table if not exists told (
    kind text not null, record_id text not null, month date not null, submitted boolean not null, own bytea, position bigint, teams text[]
);
create temp table if not exists said (
    position bigint not null, kind text not null, record_id text not null, personkey text not null, token bigint, topic text not null,
    type text not null, id text not null, flags text[] not null, event text not null
);
truncate staged, refused_row, who, referred, incoming, told, said;

-- name: refuse_second_rows
-- The first row of a key stands; the others are named with its line.
with counted as (
    select ctid as place, tab, line, row_number() over same as nth, first_value(line) over same as first
    from staged where key is not null window same as (partition by tab, key order by line)
), gone as (
    delete from staged s using counted c where s.ctid = c.place and c.nth > 1 returning s.tab, s.line, c.first
)
insert into refused_row (file, line, field, reason, detail, warns, tab)
select t.file, g.line, t.field, 'duplicate-key', 'names the same row as line ' || g.first || ': that one stands', false, g.tab
from gone g join unnest($1::smallint[], $2::text[], $3::text[]) as t (tab, file, field) on t.tab = g.tab;

-- name: hang_scores_on_contacts
-- A score of an activity hangs on the activity's contact; without its activity it hangs on nothing.
update staged s set grp = coalesce(a.grp, '')
from staged b left join staged a on a.tab = 202 and a.key = b.activity
where s.tab = 607 and b.tab = 607 and b.ctid = s.ctid;

-- name: analyze_staged
analyze staged;

-- name: teams
select cells from staged where tab = 902;

-- name: name_people
-- Everybody whom a row names, with the cells of MHS001 where it has them.
insert into who (local_id, cells)
select local_id, max(cells) filter (where tab = 1) from (
    select local_id, tab, cells from staged where local_id is not null
    union all select local_id, 0, null from refused_row where local_id is not null
) as named group by local_id;

-- name: name_referred
-- Whom the month's referrals are about, those too whose rows were refused.
insert into referred (referral, local_id)
select key, local_id from staged where tab = 101
union all select key, local_id from refused_row where tab = 101 and key is not null and local_id is not null
on conflict do nothing;

-- name: people
select local_id, cells from who where local_id > $1 order by local_id limit $2;

-- name: know_people
update who set token = u.token, number_token = u.number_token, personkey = u.personkey
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) as u (local_id, token, number_token, personkey)
where who.local_id = u.local_id;

-- name: lines
-- The rows of some tables, those that belong together one after the other, with the person they are about: named in the row, by the
-- referral's row, or by the referral as earlier months or events have it.
select s.grp, s.tab, s.line, s.cells, coalesce(w.personkey, o.personkey) as who, case when w.personkey is null then o.local_token else w.token end as token
from staged s
left join referred r on r.referral = s.referral
left join who w on w.local_id = coalesce(s.local_id, r.local_id)
left join record o on w.personkey is null and o.provider = $1 and o.kind = 'referral' and o.record_id = s.referral and coalesce((
    -- that only later months have it changes nothing, so that a month taken again says the same
    select min(d.month) from delivered d where d.provider = $1 and d.kind = 'referral' and d.record_id = s.referral and d.own is not null
) < $3, true)
where s.tab = any ($2::smallint[])
order by s.grp, s.tab, s.line;

-- name: refused_keys
-- Rows that were refused but say which record they are of: their record was submitted, whatever it says.
select r.tab, r.key, w.token from refused_row r left join who w using (local_id) where r.key is not null and not r.warns;

-- name: refuse_second_persons
-- Two local ids of one person are one record of this provider: the first row stands.
with counted as (
    select ctid as place, line, row_number() over same as nth, first_value(line) over same as first
    from incoming where own is not null and kind = 'person' window same as (partition by personkey order by line)
), gone as (
    update incoming i set own = null from counted c where i.ctid = c.place and c.nth > 1 returning i.line, i.tab, c.first
)
insert into refused_row (file, line, field, reason, detail, warns, tab)
select $1, line, 'NHSNumber', 'duplicate-key', 'is the person of line ' || first || ', by the NHS number: that row stands', false, tab from gone;

-- name: drop_markers_of_taken
-- A second row of a record that was taken says nothing of it.
delete from incoming m using incoming i where m.own is null and i.own is not null and i.kind = m.kind and i.record_id = m.record_id;

-- name: analyze_incoming
analyze incoming;

-- name: lock_provider
select pg_advisory_xact_lock(hashtextextended('referrals.delivery.' || $1, 0));

-- name: last_delivery
select max(receivedtime) as received, max(number) filter (where month = $2) as number, max(month) filter (where month < $2) as previous,
    coalesce(array_agg(distinct month order by month) filter (where month > $2), '{}') as later
from delivery where provider = $1;

-- name: add_delivery
insert into delivery (provider, month, number, receivedtime, history) values ($1, $2, $3, $4, $5);

-- name: find_special
-- What one statement cannot tell: referrals of which earlier files named teams that these rows do not, and records that are somebody
-- else's, or have left this person before.
update incoming i set special = true
where i.own is not null and (
    exists (
        select from record r where r.provider = $1 and r.kind = i.kind and r.record_id = i.record_id
            and (r.personkey, r.local_token) is distinct from (i.personkey, i.token)
    )
    or (i.kind in ('person', 'care-plan') and exists (
        select from departure d where d.personkey = i.personkey and d.provider = $1 and d.kind = i.kind
            and d.record_id = case when i.kind = 'person' then '' else i.record_id end
    ))
    or (i.kind = 'referral' and not coalesce((
        select d.teams from delivered d
        where d.provider = $1 and d.kind = 'referral' and d.record_id = i.record_id and d.month < $2 and d.position is not null
        order by d.month desc limit 1
    ), '{}') <@ i.all_teams)
);

-- name: say_changed
-- What the month's rows say anew, as canonical events, persons and referrals first.
insert into said (position, kind, record_id, personkey, token, topic, type, id, flags, event)
select nextval('position'), kind, record_id, personkey, token, topic, type, id, flags,
    '{"specversion":"1.0","id":"' || id || '","source":"' || $3 || '","type":"' || type || '","recordedtime":"' || $4::text
    || '","data":' || data || ',"receivedtime":"' || $5::text || '","personkey":"' || personkey || '"}'
from (
    select i.kind, i.record_id, i.personkey, i.token, k.topic, k.type, i.strange || $7::text[] as flags, i.data,
        $6 || left(encode(sha256(convert_to(i.kind || '|' || i.record_id, 'UTF8')), 'hex'), 32) as id
    from incoming i
    join unnest($8::text[], $9::text[], $10::text[]) as k (kind, topic, type) on k.kind = i.kind
    left join delivered o on o.provider = $1 and o.month = $2 and o.kind = i.kind and o.record_id = i.record_id
    where i.own is not null and not i.special and (o.own is distinct from i.own or not o.submitted)
    order by case i.kind when 'person' then 0 when 'referral' then 1 else 2 end, i.kind, i.record_id
) as anew;

-- name: keep_said
insert into ledger (
    position, provider, kind, record_id, personkey, voided, recordedtime, receivedtime, source, id, type, flags, raw_hash, event,
    local_token, number_token
)
select position, $1, kind, case when kind = 'person' then '' else record_id end, s.personkey, false, $2::timestamptz, $3::timestamptz, $4, id,
    type, flags, sha256(convert_to(event, 'UTF8')), event::json, s.token, w.number_token
from said s left join who w on s.kind = 'person' and w.token = s.token order by position;

-- name: see_said
-- So that receipts and effects find the events by their ids.
insert into seen (id, source, hash, position)
select id, $1, sha256(convert_to(event, 'UTF8')), position from said order by id on conflict do nothing;

-- name: own_said
insert into record (provider, kind, record_id, personkey, local_token)
select $1, kind, record_id, personkey, token from said where kind <> 'person' order by kind, record_id
on conflict do nothing;

-- name: publish_said
insert into outbox (topics, keys, payloads)
select array_agg(topic order by position), array_agg(convert_to(personkey, 'UTF8') order by position),
    array_agg(convert_to(event, 'UTF8') order by position)
from (select *, (row_number() over (order by position) - 1) / $1 as nth from said) as counted
group by nth order by nth;

-- name: tell_said
insert into told (kind, record_id, month, submitted, own, position, teams)
select s.kind, s.record_id, $1, true, i.own, s.position, i.teams from said s join incoming i using (kind, record_id);

-- name: said_of_persons
select s.position, s.token, i.data, i.details from said s join incoming i using (kind, record_id)
where s.kind = 'person' order by s.position;

-- name: special
-- The rest of what the rows say anew. `before` is given where earlier files named teams that these rows do not.
select i.kind, i.record_id, i.personkey, i.token, case when i.kind = 'person' then (
        select w.number_token from who w where w.token = i.token limit 1
    ) end as number_token, i.own, i.data, i.details, i.strange, i.teams, b.data as before, b.teams as before_teams,
    case when b.data is not null then (
        select max(d.month) from delivered d
        where d.provider = $1 and d.kind = i.kind and d.record_id = i.record_id and d.month < $2 and d.submitted
    ) end as before_submitted, case when b.data is not null then array(
        select coalesce(nullif(split_part(f.key, e'\x1f', 2), ''), split_part(f.key, e'\x1f', 3))
        from refused_row f where f.tab = 102 and split_part(f.key, e'\x1f', 1) = i.record_id
    ) end as refused_teams
from incoming i
left join delivered o on o.provider = $1 and o.month = $2 and o.kind = i.kind and o.record_id = i.record_id
left join lateral (
    select (select l.event -> 'data' from ledger l where l.position = d.position and l.receivedtime = d.receivedtime and not l.voided)::text
        as data, d.teams
    from delivered d
    where i.kind = 'referral' and d.provider = $1 and d.kind = 'referral' and d.record_id = i.record_id and d.month < $2
        and d.position is not null
    order by d.month desc limit 1
) as b on true
where i.own is not null and i.special and (o.own is distinct from i.own or not o.submitted)
order by i.kind, i.record_id;

-- name: missing
-- What the month's rows do not have: what they had when it was delivered before, and referrals of the month delivered before it.
-- A row that is there but was refused takes back that it was missing.
with gone as (
    select d.kind, d.record_id, d.position is not null as said, false as refused
    from delivered d left join incoming i using (kind, record_id)
    where d.provider = $1 and d.month = $2 and d.submitted and i.kind is null and not d.kind = any ($4::text[])
        and not (d.kind = 'person' and exists (  -- the person is there under another local id
            select from lookup l join incoming p on p.kind = 'person' and p.personkey = l.personkey where l.token = d.record_id::bigint
        ))
    union all
    select d.kind, d.record_id, false, false
    from delivered d left join incoming i using (kind, record_id)
    left join delivered o on o.provider = $1 and o.month = $2 and o.kind = d.kind and o.record_id = d.record_id
    where d.provider = $1 and d.month = $3 and d.kind = 'referral' and d.submitted and i.kind is null and o.kind is null
    union all
    select d.kind, d.record_id, true, true
    from delivered d join incoming i using (kind, record_id)
    where d.provider = $1 and d.month = $2 and not d.submitted and d.position is not null and i.own is null
)
select g.kind, g.record_id, g.said, g.refused, b.data as before, b.teams as before_teams, (
        select max(d.month) from delivered d
        where d.provider = $1 and d.kind = g.kind and d.record_id = g.record_id and d.month < $2 and d.submitted
    ) as before_submitted
from gone g left join lateral (
    select (select l.event -> 'data' from ledger l where l.position = d.position and l.receivedtime = d.receivedtime and not l.voided)::text
        as data, d.teams
    from delivered d
    where d.provider = $1 and d.kind = g.kind and d.record_id = g.record_id and d.month < $2 and d.position is not null
    order by d.month desc limit 1
) as b on true
order by g.kind, g.record_id;

-- name: later_states
-- The later months of the records that were told anew, and what was told of them there.
select d.kind, d.record_id, d.month, d.submitted, d.own, d.teams, d.position is not null as said, (
        select l.event -> 'data' from ledger l where l.position = d.position and l.receivedtime = d.receivedtime and not l.voided
    )::text as data
from told t join delivered d on d.provider = $1 and d.kind = t.kind and d.record_id = t.record_id and d.month > $2
where t.month = $2 and (t.kind, t.record_id) > ($3, $4) and (t.kind, t.record_id) <= ($5, $6)
order by d.kind, d.record_id, d.month;

-- name: told_now
select t.kind, t.record_id, t.submitted, t.teams, (
        select l.event -> 'data' from ledger l where l.position = t.position and l.receivedtime = $3 and not l.voided
    )::text as data, (
        select max(d.month) from delivered d
        where d.provider = $1 and d.kind = t.kind and d.record_id = t.record_id and d.month < $2 and d.submitted
    ) as submitted_before
from told t where t.month = $2 and (t.kind, t.record_id) > ($4, $5) order by t.kind, t.record_id limit $6;

-- name: keep_told
insert into delivered as d (provider, kind, record_id, month, submitted, own, position, receivedtime, teams)
select $1, kind, record_id, month, submitted, own, position, case when position is not null then $2::timestamptz end, teams from told
on conflict (provider, kind, record_id, month) do update
set submitted = excluded.submitted, own = excluded.own, position = coalesce(excluded.position, d.position),
    receivedtime = coalesce(excluded.receivedtime, d.receivedtime), teams = excluded.teams;

-- name: keep_refused
-- A refused row leaves what stood; that the record was submitted is kept.
insert into delivered as d (provider, kind, record_id, month, submitted)
select distinct $1, kind, record_id, $2::date, true from incoming where own is null
on conflict (provider, kind, record_id, month) do update set submitted = true where not d.submitted;

-- name: forget_unsaid
delete from delivered d
where d.provider = $1 and d.month = $2 and d.submitted and d.position is null and not d.kind = any ($3::text[])
    and not exists (select from incoming i where i.kind = d.kind and i.record_id = d.record_id);

-- name: persons_of
select distinct token, personkey from lookup where token = any ($1::bigint[]);

-- name: refuse_rows
insert into refusal (position, provider, source, type, verdict, reason, field, detail, receivedtime, judged_by)
select nextval('position'), $1, $2, file, 'rejected', reason, field, $3 || '/' || file || '.csv line ' || line, $4, $5
from refused_row where not warns order by file, line;

-- name: refused_rows
select file, line, field, reason, detail, warns from refused_row order by file, line, field;

-- name: refused_counts
select tab, count(distinct line) as rows from refused_row where not warns group by tab;

-- name: record_counts
select i.tab, count(*) as records, count(t.kind) as changed
from incoming i left join told t on t.kind = i.kind and t.record_id = i.record_id and t.month = $1
where i.own is not null group by i.tab;

-- name: plan_export
-- The steps of the export have no statistics: looped over each other they would take minutes.
select set_config('enable_nestloop', 'off', true);

-- name: export_month
-- What a month's files hold of a provider's records, by their latest versions; of persons and plans as they were at the month's end.
-- $2 and $3: first and last day; $4 and $5: the instants at which the month begins and has ended.
with versions as (
    select kind, record_id, personkey, recordedtime, event -> 'data' as data, voided, row_number() over (
        partition by kind, record_id, personkey order by recordedtime desc, receivedtime desc, id desc
    ) as place
    from ledger where provider = $1 and (kind not in ('person', 'care-plan') or recordedtime < $5)
), latest as (
    select kind, record_id, personkey, recordedtime, data, data ->> 'referral_id' as referral_id from versions where place = 1 and not voided
), referrals as (
    select record_id, personkey, data, (data ->> 'received_on')::date <= $3 and $2 <= least(
        (data ->> 'discharged_on')::date, (data ->> 'rejected_on')::date, (data ->> 'closed_on')::date, (data ->> 'not_submitted_after')::date,
        'infinity'
    ) as live
    from latest where kind = 'referral'
), events as (
    select * from latest
    where kind in ('contact', 'assessment', 'intervention', 'score') and (data ->> 'on')::date between $2 and $3
), stays as (
    select * from latest
    where kind = 'stay' and (data ->> 'admitted_on')::date <= $3 and coalesce((data ->> 'discharged_on')::date, 'infinity') >= $2
), coordinators as (
    select * from latest where kind = 'assignment' and (data ->> 'from')::date <= $3 and coalesce((data ->> 'to')::date, 'infinity') >= $2
), there as (
    select record_id, personkey, data from referrals r
    where live or record_id in (select referral_id from events union select referral_id from stays)
), plans as (
    select * from latest l where kind = 'care-plan' and (recordedtime >= $4 or personkey in (select personkey from there))
), whom as (
    select personkey from there union select personkey from plans union select personkey from events union select personkey from stays
    union select personkey from coordinators
), everything as (
    select 0 as place, kind, record_id, personkey, data, null as contact_on, null::boolean as attended
    from latest l where kind = 'person' and (recordedtime >= $4 or personkey in (select personkey from whom))
    union all select 1, 'referral', record_id, personkey, data, null, null from there
    union all select 2, kind, record_id, personkey, data, null, null from plans
    union all select 3, kind, record_id, personkey, data, null, null from stays
    union all select 4, kind, record_id, personkey, data, null, null from coordinators
    union all
    select 5, e.kind, e.record_id, e.personkey, e.data, c.data ->> 'on', coalesce(c.data ->> 'attendance' in ('5', '6'), false)
    from events e left join latest c
        on c.kind = 'contact' and e.kind <> 'contact' and c.record_id = e.data ->> 'contact_id' and c.personkey = e.personkey
)
select kind, record_id, personkey, data::text as data, contact_on, attended from everything order by place, kind, record_id, personkey;

-- name: knows_provider
select exists (select from access.provider where ods = $1);
