-- Whether what was received is applied, along the road of an event: referrals' outbox, waits and its outbox, and this service.

-- name: referrals_sending
select first, last from referrals.sending;

-- name: waits_sending
select first, last from waits.sending;

-- name: waits_reading
select topic, partition, next_offset from waits.reading;

-- name: waits_computing
select people from waits.computing;

-- name: blurred
-- The earliest instant of the spans in which one lies.
select min(first) from (select first, last from blurred union all select first, last from waits.unclear) as spans where first <= $1 and last > $1;

-- name: clear_after
-- The end of the spans in which an instant lies.
select max(last) from (select first, last from blurred union all select first, last from waits.unclear) as spans where first <= $1 and last > $1;
