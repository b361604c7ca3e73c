-- What people enter by hand for returns: by line and, where a line has them, PCN or value. The latest counts; rows are only added.
create table entered (
    id        bigint generated always as identity primary key,
    return_id text not null,
    line      text not null,
    "group"   text not null,                      -- a PCN, a value; '' of a line that is entered once
    value     text not null,                      -- as the line's type is written; 'nil': there is nothing to say
    why       text not null,
    by        text not null,
    said_at   timestamptz not null
);
create index on entered (return_id, line, "group", id);
create trigger entered_stays before update or delete or truncate on entered for each statement execute function only_added_to();

-- Recipients' blank workbooks, by the definition whose cell map fills them; the latest is used.
create table blank_workbook (
    id                 bigint generated always as identity primary key,
    definition         text not null,
    definition_version int not null,
    file_name          text not null,
    sha256             text not null,
    content            bytea not null,
    by                 text not null,
    said_at            timestamptz not null
);
create trigger blank_workbook_stays before update or delete or truncate on blank_workbook
    for each statement execute function only_added_to();

-- Definitions of returns that were added here, beside those that come with the software.
create table return_definition (
    id      text not null,
    version int not null,
    toml    text not null,
    by      text not null,
    said_at timestamptz not null,
    primary key (id, version)
);
create trigger return_definition_stays before update or delete or truncate on return_definition
    for each statement execute function only_added_to();
