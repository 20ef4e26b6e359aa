-- Threads of a chat that Lugh opened, or that a person bound to a task or a project. Everywhere else a thread's number is Telegram's; the one
-- of a topic Lugh opens is the task's number below zero, since what is to be said there is queued before Telegram has a number for it.
create table topic (
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null,
  message_thread_id bigint,
  -- wanted: not opened yet; gone: deleted, or never to be had: what belongs there is shown in the chat's root
  state text not null check (state in ('wanted', 'open', 'gone')),
  task_id uuid references task (id),
  project_id uuid references project (id),
  -- Lugh names and closes what it opened itself.
  own boolean not null default false,
  shown_name text,
  closed boolean not null default false,
  -- Grows with every wish that it be brought up to date.
  version integer not null default 0,
  created_at timestamptz not null default now(),
  primary key (bot_id, chat_id, thread_id)
);
create unique index topic_message_thread on topic (bot_id, chat_id, message_thread_id) where message_thread_id is not null;
create index topic_task on topic (task_id) where task_id is not null;

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('text', 'document', 'card', 'reaction', 'callback', 'prompt', 'pin', 'pictures', 'caption', 'leave', 'topic'));
