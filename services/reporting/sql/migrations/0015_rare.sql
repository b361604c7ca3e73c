-- Of some families there is little in many referrals.
create index on referral_now (received_on);
create index on referral_now (personkey) where ips_all <> '{}';
create index on referral_now (personkey) where pathways <> '{}';
