-- An event by its id, so that others can say what it did: its row of `events`, and whose its record is now. A person record has no
-- holder of its own: what moved it says where to.
create view sent as
select e.*, r.personkey as holder
from seen s join events e on e.position = s.position left join record r using (provider, kind, record_id);
grant select on sent to clockstop_waits;
