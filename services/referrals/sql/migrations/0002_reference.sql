-- Reference data: versioned, dated tables, written by `clockstop reference load` alone. Absent dates mean always; last days are inclusive.

create table reference.load (
    version   bigint generated always as identity primary key,
    loaded_at timestamptz not null default clock_timestamp(),
    hash      text not null,            -- SHA-256 over the names and contents of the files
    rows      json not null             -- table: number of rows
);

create table reference.organisations (ods text not null, name text not null, kind text not null, icb text, region text, successor text, valid_from date, valid_to date);
create table reference.practices (practice text not null, name text not null, pcn text, icb text, valid_from date, valid_to date);
create table reference.pcns (pcn text not null, name text not null, icb text);
create table reference.postcodes (postcode text not null, lsoa text not null);
create table reference.lsoas (lsoa text not null, local_authority text not null, icb text, imd_decile int);
create table reference.team_types (code text not null, name text not null, valid_from date, valid_to date);
create table reference.procedures (code text not null, term text not null, use text not null);
create table reference.refset_members (refset_id text not null, concept_id text not null, term text, active_from date, active_to date);
create table reference.assessment_tools (code text not null, tool text not null, scale text, kind text, lowest float8, highest float8, active_from date, active_to date);
create table reference.ethnic_categories (code text not null, name text not null, valid_from date, valid_to date);
create table reference.closure_reasons (code text not null, name text not null, valid_from date, valid_to date);
create table reference.rejection_reasons (code text not null, name text not null, valid_from date, valid_to date);
create table reference.excluded_providers (provider text not null, name text not null, active_from date, active_to date);
create index on reference.postcodes (postcode);
create index on reference.lsoas (lsoa);
