-- What stands under a card's message now (null: nothing yet), and since when by Telegram's clock (null: from the beginning).
-- A reaction or a reply names no button: it answers what its message shows.
alter table card add column keys jsonb, add column keys_since bigint;
-- By what way: a button, a reaction, a reply.
alter table question add column answered_door text;
-- The message in which it was said: an edit of that message changes it, or is said after it.
alter table steer add column conversation_id uuid, add column message_id bigint;
create index steer_message on steer (conversation_id, message_id) where message_id is not null;
create index task_message on task (conversation_id, reply_to_message_id) where reply_to_message_id is not null;
