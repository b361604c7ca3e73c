-- Schemas of the services' own database, and who may see what. Run by its administrator; twice is a no-op.
-- One schema and one role a service. The only ways across: the other services read views of `referrals` (each view's migration says whose)
-- and the schemas reference and access.
revoke all on schema public from public;

create schema if not exists referrals authorization clockstop_referrals;
create schema if not exists vault authorization clockstop_referrals;
create schema if not exists reference authorization clockstop_referrals;
create schema if not exists access authorization clockstop_referrals;
create schema if not exists waits authorization clockstop_waits;
create schema if not exists outreach authorization clockstop_outreach;
create schema if not exists reporting authorization clockstop_reporting;

grant usage on schema referrals, reference, access to clockstop_waits, clockstop_outreach, clockstop_reporting;
grant select on all tables in schema reference, access to clockstop_waits, clockstop_outreach, clockstop_reporting;
alter default privileges for role clockstop_referrals in schema reference grant select on tables to clockstop_waits, clockstop_outreach, clockstop_reporting;
alter default privileges for role clockstop_referrals in schema access grant select on tables to clockstop_waits, clockstop_outreach, clockstop_reporting;
