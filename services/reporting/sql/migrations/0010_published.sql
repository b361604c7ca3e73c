-- Files as NHS England publishes them, to be set beside our figures. Public; checked before they are kept.
create table published (
    id        bigint generated always as identity primary key,
    name      text not null,
    sha256    bytea not null unique,
    ends      date[] not null,   -- last days of the periods in it
    content   text not null,
    loaded_by text not null,
    loaded_at timestamptz not null
);
