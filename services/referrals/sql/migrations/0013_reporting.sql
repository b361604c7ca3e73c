-- Reporting folds people anew from the ledger.
grant select on events to clockstop_reporting;
