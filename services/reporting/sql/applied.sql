-- Whether what was received is applied, along the road of an event: referrals' outbox, waits and its outbox, and this service.

-- name: referrals_sending
select first, last from referrals.sending;

-- name: waits_sending
select first, last from waits.sending;

-- name: waits_reading
select topic, partition, next_offset from waits.reading;

-- name: waits_computing
select people from waits.computing;
