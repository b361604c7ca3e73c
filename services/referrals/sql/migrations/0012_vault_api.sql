-- When what is known of somebody was recorded: what was recorded earlier and comes later fills what is missing, and replaces nothing.
alter table vault.identity add column recordedtime timestamptz;
