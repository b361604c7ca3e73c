-- When a version that has left was last compared with what it would say now, and how much differs; null: it could not be told, and why.
create table look (
    return_id   text not null,
    version     int not null,
    looked_at   timestamptz not null,
    differences int,
    material    int,                              -- of these, by more than the definition's materiality
    problem     text not null default '',
    primary key (return_id, version),
    foreign key (return_id, version) references return_version
);
