-- Agents that were stopped at the same place by the same command share one card, as those that ask for the same command do.

-- the same for requests of one project that a person would answer alike
alter table host_request add column alike text;
-- whose card shows it, when that is not its own
alter table host_request add column shown_with uuid references host_request (id);
create index host_request_alike on host_request (alike) where state = 'pending';
create index host_request_shown_with on host_request (shown_with) where shown_with is not null;

-- a rule read on a card ends by itself, as one about commands does; null: until it is taken back
alter table host_rule add column expires_at timestamptz;
