-- A checkpoint as one file: on its way out, or on its way in. Written and read by the worker, never inside the transaction that asked.

create table checkpoint_file (
  id uuid primary key,
  -- on whose disk it lies
  home text not null,
  direction text not null check (direction in ('out', 'in')),
  state text not null check (state in ('fetching', 'wanted', 'done', 'failed')),
  -- of one on its way in: what it became, once it is whole
  checkpoint_id uuid references checkpoint (id),
  -- where a person wants it, or has put it; otherwise it goes by chat
  path text,
  -- what Telegram calls it, until it was fetched
  telegram_file text,
  bot_id bigint,
  -- into which project, where a person has said so
  project text,
  bytes bigint,
  failure text,
  call_key text not null unique,
  person_id uuid references person (id),
  door text not null,
  conversation_id uuid references conversation (id),
  reply_to_message_id bigint,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index checkpoint_file_open on checkpoint_file (home) where state in ('fetching', 'wanted');
