-- An event by its id, so that others can say what it did: its row of `events`.
create view sent as select e.* from seen s join events e on (e.position, e.id, e.source) = (s.position, s.id, s.source);
grant select on sent to clockstop_waits;
