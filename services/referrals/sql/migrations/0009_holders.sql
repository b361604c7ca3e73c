-- Whose each record is now, for those who look a referral up by its own id.
create view holders as select provider, kind, record_id, personkey from record;
grant select on holders to clockstop_waits;
