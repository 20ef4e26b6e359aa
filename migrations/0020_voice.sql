-- What people say instead of writing. A row is made with its update and lives by itself from there: fetched, heard (and paid for) outside of
-- every transaction, and acted on once.

create table voice (
  id uuid primary key,
  bot_id bigint not null,
  update_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  person_id uuid not null references person (id),
  message_id bigint not null,
  reply_to_message_id bigint,
  -- by Telegram's clock, in seconds
  said_at bigint not null,
  telegram_file text not null,
  seconds integer not null,
  -- asked: a card asks whether it was heard right
  state text not null check (state in ('waiting', 'heard', 'asked', 'done', 'cancelled', 'failed')),
  transcript text,
  -- what a model took it for, where the rules were not sure
  meant jsonb,
  -- overtakes what was said before it and is not heard yet
  urgent boolean not null default false,
  -- a person pressed Run, or wrote down what was said
  confirmed boolean not null default false,
  fixed boolean not null default false,
  -- what the card offers to do, in words, and the digest that its button is bound to
  offer text,
  digest text,
  failure text,
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  heard_at timestamptz,
  ended_at timestamptz,
  unique (bot_id, update_id)
);
create index voice_open on voice (bot_id, chat_id, update_id) where state in ('waiting', 'heard');

-- Hearing is paid for too, and belongs to no task.
alter table cost alter column task_id drop not null, alter column run_id drop not null, alter column project_id drop not null;
alter table cost add column voice_id uuid;
