-- How each provider's events usually come and which feed is silent; what is wanting in what came; what people say of old waits.

-- When each kind of event of each provider was last received, and when that was written down here.
create table hearing (
    provider         text not null,
    kind             text not null,
    last_received_at timestamptz not null,
    applied_at       timestamptz not null,
    primary key (provider, kind)
) with (fillfactor = 50);

-- When something came: the quarters of an hour, one bit each, 1 the first. Kept for as long as a rhythm is learned from.
create table heard_hour (
    provider text not null,
    kind     text not null,
    hour     timestamptz not null,
    quarters smallint not null,
    primary key (provider, kind, hour)
) with (fillfactor = 70);

-- The rhythm learned from that (rules/silence.py), and whether the feed is silent. Kind `any`: the provider's events of all kinds.
create table rhythm (
    provider   text not null,
    kind       text not null,
    manner     text not null check (manner in ('learning', 'flow', 'deliveries')),
    weights    float8[] not null,
    usual      float8 not null,          -- weight or days of the longest silence that is still usual
    days       date[] not null,          -- the latest London dates on which it was heard
    learned_at timestamptz not null,
    silent     boolean not null default false,
    primary key (provider, kind)
) with (fillfactor = 50);

-- When the feeds were last looked at, how often one fell silent or was heard again, and since when looks have followed one another:
-- while nobody reads events here, silence is our own.
create table silence_look (
    only_row   boolean primary key default true check (only_row),
    looked_at  timestamptz not null default '-infinity',
    since      timestamptz not null default '-infinity',
    changes    bigint not null default 0
);
insert into silence_look default values;

-- Events received by London month, and how many of them late: first told more than 60 days after they happened.
create table received_month (
    provider text not null,
    kind     text not null,
    month    date not null,
    events   bigint not null,
    late     bigint not null,
    primary key (provider, kind, month)
) with (fillfactor = 50);

-- What is wanting in a person's records (rules/gaps.py), as `<provider>|<what>|<kind>|<record id>|<day>`; null: nothing.
alter table pathway add gaps text[];
create index on pathway (personkey) where gaps is not null;

-- The latest day on which anything of the spell happened, counted or not.
alter table clock add last_activity date;
update pathway set recompute_on = '-infinity';

-- What people who looked at an open wait said of it. It holds for as long as no new activity comes. Rows are only ever added.
create table validation (
    id            bigint generated always as identity primary key,
    said_at       timestamptz not null default clock_timestamp(),
    username      text not null,
    name          text not null,
    provider      text not null,
    personkey     text not null,
    spell_id      text not null,
    verdict       text not null check (verdict in ('still-waiting', 'close-at-source')),
    reason        text not null,
    last_activity date not null          -- of the spell as they saw it
);
create index on validation (personkey, spell_id, id);
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name;
end $$;
create trigger only_added before update or delete or truncate on validation execute function refuse_change();

-- Each kind of event of each provider, and each provider's events of all kinds together.
create view feed_heard as
select provider, kind, last_received_at from hearing
union all
select provider, 'any', max(last_received_at) from hearing group by provider;
