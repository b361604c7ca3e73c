-- How far waits is: whoever freezes figures waits until the clocks that follow from what was received are computed and on their way.
grant usage on schema waits to clockstop_reporting;
create view sending as select coalesce(min(id), 0) as first, coalesce(max(id), 0) as last from outbox;
create view reading as select topic, partition, next_offset from cursor;
create view computing as
select (select count(*) from to_compute) + (select coalesce(sum(greatest(people - computed, 1)), 0) from definition where state = 'computing')
    + (select count(*) from pathway where recompute_on = '-infinity') as people;
grant select on sending, reading, computing to clockstop_reporting;
