-- What more measures read: signals, help outside the trust, what follows a check, population, transformation, pathways.

alter table spell add told_on date;                                -- the day on which what stopped the clock was recorded, where it is known
alter table person add groups text[] not null default '{}', add carer_identified_on date, add carer_assessment_offered_on date;
alter table referral add pathways text[] not null default '{}';    -- dedicated pathways of its teams
alter table stay add out_of_area boolean not null default false;
alter table checks add influenza date[] not null default '{}', add covid_19 date[] not null default '{}';  -- days given, in order

select make_facts('support', '
    provider           text not null,
    support_id         text not null,
    kind               text not null,
    given_by           text not null,     -- the sender where it does not say
    first_on           date not null,
    last_on            date,
    outcome            text');

-- Direct contacts that needed no referral, in order; one row for each provider.
select make_facts('open_access', '
    provider           text not null,
    contacts           date[] not null');

-- What outreach says of a task that follows a finding, and of somebody's attempt to reach a person.
select make_facts('follow_up', '
    provider           text not null,
    practice           text,
    task_id            text not null,
    finding            text not null,
    opened_on          date not null,
    closed_on          date,
    outcome            text');

select make_facts('attempt', '
    provider           text not null,
    practice           text,
    attempt_id         text not null,
    channel            text not null,
    made_on            date not null,
    result             text');
