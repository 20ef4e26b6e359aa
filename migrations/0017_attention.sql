-- The attention card: one row for each that was asked for; what it shows is taken from the rows that wait.
create table attention (
  id uuid primary key,
  conversation_id uuid not null references conversation (id),
  shown_kind text,
  shown_subject text,
  created_at timestamptz not null default now()
);
create index attention_place on attention (conversation_id, created_at desc);
-- "Later": what waits is not shown again, nor asked about, before then.
create table snooze (
  kind text not null,
  subject_id text not null,
  person_id uuid references person (id),
  conversation_id uuid not null references conversation (id),
  until timestamptz not null,
  primary key (kind, subject_id)
);
alter table outbox drop constraint outbox_kind_check,
  add constraint outbox_kind_check check (kind in ('text', 'document', 'card', 'reaction', 'callback', 'prompt', 'pin'));
