-- Reference data of measures, offers and plans: who lives where, what was promised, where to send somebody.

create table reference.population (area text not null, "group" text not null, age_band text not null, year text not null, people float8 not null, source text);
create table reference.pcn_criteria (pcn text not null, criteria_met float8 not null, fully_transformed text, valid_from date, valid_to date);
create table reference.trajectories (measure text not null, organisation text not null, period text not null, planned float8 not null, source text);
create table reference.targets (measure text not null, target float8 not null, valid_from date, valid_to date, source text);
create table reference.directory (name text not null, kind text not null, area text, contact text, valid_from date, valid_to date);
create table reference.dedicated_pathways (pathway text not null, provider text not null, live_from date);
