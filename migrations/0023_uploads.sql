-- What people send as pictures and files: an upload is one message, or an album put together again; its parts are the files.
-- The bytes lie on the disk, under LUGH_HOME, never here.

create table upload (
  id uuid primary key,
  home text not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  conversation_id uuid not null references conversation (id),
  person_id uuid not null references person (id),
  -- The first of its messages, and what Telegram calls the album.
  message_id bigint not null,
  album text,
  -- The person's own words; a forwarded caption is nobody's order and is not kept.
  caption text not null default '',
  state text not null check (state in ('gathering', 'looking', 'offered', 'patching', 'used', 'failed')),
  face text not null default 'offer' check (face in ('offer', 'tasks')),
  -- Grows with every part that comes: what was seen without it is looked at again.
  version integer not null default 1,
  -- Parts beyond what an album may hold.
  left_out integer not null default 0,
  project_id uuid references project (id),
  -- What it became a part of, or is meant for from the start (a reply to that task).
  task_id uuid references task (id),
  kind text,
  about text,
  proposals jsonb not null default '[]'::jsonb,
  failure text,
  not_before timestamptz not null default now(),
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (bot_id, chat_id, message_id)
);
create unique index upload_album on upload (bot_id, chat_id, album) where album is not null;
create index upload_open on upload (home) where state in ('gathering', 'looking', 'patching');
create index upload_chat on upload (bot_id, chat_id, created_at desc);

create table upload_file (
  id uuid primary key,
  upload_id uuid not null references upload (id) on delete cascade,
  message_id bigint not null,
  telegram_file text not null,
  name text not null,
  -- Sent as a photo; what else is a picture is told by its content.
  photo boolean not null,
  state text not null check (state in ('fetching', 'fetched', 'ready', 'failed')),
  attempts integer not null default 0,
  path text,
  -- Of a picture that was made fit to be looked at.
  media_type text,
  width integer,
  height integer,
  bytes bigint,
  failure text,
  created_at timestamptz not null default now(),
  unique (upload_id, message_id)
);
create index upload_file_fetching on upload_file (created_at) where state = 'fetching';

-- Pictures and files that go with what a person said. No reference: a checkpoint may bring these words to where the upload is not.
alter table steer add column upload_id uuid;

-- Looking at a picture costs before there is a task.
alter table cost alter column task_id drop not null;
alter table cost alter column run_id drop not null;
