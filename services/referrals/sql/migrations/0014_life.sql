-- How far the outbox is sent: whoever freezes figures waits until what was received has gone on its way.
create view sending as select coalesce(min(id), 0) as first, coalesce(max(id), 0) as last from outbox;
grant select on sending to clockstop_reporting;
