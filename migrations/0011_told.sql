-- A conversation that has grown too long is sent without its beginning. What an agent is told in place of everything before this message
-- stands here; the messages themselves stay as they are, and the newest row with such words is where a request begins.
alter table message add column told jsonb;
create index message_told on message (task_id, seq) where told is not null;
