-- What people want to be told of, what was told, and the views that they keep.

-- What somebody wants to be told of: a number, a direction, and the thresholds at which.
create table alert_rule (
    id         bigint generated always as identity primary key,
    username   text not null,             -- who answers for it: it looks at nothing that this person may not see
    name       text not null,
    title      text not null,
    measure    text not null,
    direction  text not null check (direction in ('above', 'below')),
    thresholds float8[] not null check (cardinality(thresholds) > 0),
    providers  text[] not null,           -- whose waits, named one by one
    provider   text,                      -- the filters of the pages; null: any
    team_type  text,
    definition text,                      -- null: the national one as it is at the time
    emails     text[] not null,
    webhook    text,
    form       text not null check (form in ('json', 'teams')),
    secret     text not null,             -- signs what goes to the webhook
    is_on      boolean not null default true,
    due_at     timestamptz not null,      -- when to look next
    seen       text,                      -- what it was looked at with: nothing moved while that is the same
    value      float8,
    valued_at  timestamptz,               -- when that number last changed
    looked_at  timestamptz,
    trouble    text                       -- why it cannot be looked at; null: it can
) with (fillfactor = 70);
create index on alert_rule (due_at) where is_on;

-- A threshold that was reached. While it stands it stands once: that is what keeps two workers from telling it twice.
create table alert (
    id            bigint generated always as identity primary key,
    rule_id       bigint not null references alert_rule,
    threshold     float8 not null,
    fired_at      timestamptz not null,
    value         float8 not null,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note          text,
    snoozed_until timestamptz,
    resolved_at   timestamptz
) with (fillfactor = 70);
create unique index on alert (rule_id, threshold) where resolved_at is null;
create index on alert (rule_id, threshold, id);

-- Everything that happened to rules and alerts. Rows are only ever added.
create table alert_history (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    rule_id  bigint not null references alert_rule,
    alert_id bigint references alert,
    what     text not null,
    username text,                        -- null: by itself
    name     text,
    note     text,
    value    float8
);
create index on alert_history (rule_id, id);
create trigger only_added before update or delete or truncate on alert_history execute function refuse_change();

-- A message that is to be sent: written with the alert that it tells of, marked when it was sent. `id` names it to whoever gets it, so
-- that one that comes twice is known.
create table alert_message (
    id         uuid primary key default gen_random_uuid(),
    rule_id    bigint not null references alert_rule,
    alert_id   bigint not null references alert,
    way        text not null check (way in ('mail', 'json', 'teams')),
    target     text not null,
    facts      json not null,
    made_at    timestamptz not null,
    due_at     timestamptz not null,
    attempts   int not null default 0,
    state      text not null default 'due' check (state in ('due', 'sent', 'dead')),
    trouble    text,
    sent_at    timestamptz
) with (fillfactor = 70);
create index on alert_message (due_at) where state = 'due';
create index on alert_message (rule_id, made_at);

-- An address of a page with its filters, kept under a name.
create table saved_view (
    id         bigint generated always as identity primary key,
    username   text not null,
    title      text not null,
    address    text not null,
    shared     boolean not null,          -- with the colleagues of the same organisation
    saved_at   timestamptz not null,
    unique (username, title)
);
create index on saved_view (shared) where shared;

-- How often something was seen that deserves a look, by provider, team type and quarter (rules/gaming.py).
create table signal_count (
    provider  text not null,
    quarter   date not null,              -- its first day
    team_type text not null,
    signal    text not null,
    of        int not null,               -- spells that could show it
    seen      int not null,               -- spells that do
    most      int not null,               -- the most on one day, where days are looked at; otherwise 0
    days      int not null,
    primary key (provider, quarter, team_type, signal)
);
create table signal_spell (
    provider  text not null,
    quarter   date not null,
    team_type text not null,
    signal    text not null,
    spell_id  text not null,
    personkey text not null,
    "on"      date not null,
    days      int not null,
    primary key (provider, quarter, team_type, signal, spell_id, personkey)
);
create table signal_look (
    provider  text not null,
    quarter   date not null,
    looked_at timestamptz not null,
    changes   bigint not null,            -- of the provider's clocks by then
    primary key (provider, quarter)
);
