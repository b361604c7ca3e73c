-- Baselines: what was kept of a family of measures in a month, as it stood when somebody declared it the baseline, with the definition that
-- it was counted by. Rows are only added; the latest of a family counts.
create table baseline (
    id         bigint generated always as identity primary key,
    family     text not null,
    month      date not null,                     -- its first day
    definition text not null,                     -- of its clocks, as national-2024@1; '' of a family without
    rules      text not null,                     -- a hash over what counts it
    counted_at timestamptz not null,
    by         text not null,
    said_at    timestamptz not null,
    why        text not null
);
create table baseline_figure (
    baseline bigint not null references baseline,
    level    text not null,
    code     text not null,
    measure  text not null,
    shown    text,                                -- as a wider audience saw it; null: it did not
    own      text,                                -- as it is, for the provider itself
    primary key (baseline, level, code, measure)
);
create trigger baseline_stays before update or delete or truncate on baseline for each statement execute function only_added_to();
create trigger baseline_figure_stays before update or delete or truncate on baseline_figure
    for each statement execute function only_added_to();
