-- Checkpoints: what a project was at a moment, and ways back to it. Rows of both are never deleted, so that every way can be retraced.

create table checkpoint (
  id uuid primary key,
  number integer not null unique,
  project_id uuid not null references project (id),
  name text,
  kind text not null check (kind in ('manual', 'merge', 'plan', 'operation', 'restore', 'nightly', 'imported')),
  -- who asked for it, so that the same asker gets the same one: a landing, a step, a call
  key text not null unique,
  state text not null check (state in ('making', 'whole', 'failed', 'removed')),
  failure text,
  -- the commit of the store that holds it, and the digest over that and the manifest
  commit_name text,
  digest text,
  manifest jsonb,
  -- against the checkpoint before it
  changed jsonb,
  bytes bigint,
  took_ms integer,
  person_id uuid references person (id),
  conversation_id uuid references conversation (id),
  created_at timestamptz not null default now(),
  made_at timestamptz,
  removed_at timestamptz,
  check (state <> 'whole' or (commit_name is not null and digest is not null and manifest is not null))
);
-- Who asks while one is being made gets that one.
create unique index checkpoint_making on checkpoint (project_id) where state = 'making';
create index checkpoint_project on checkpoint (project_id, number desc);

-- Where the files, commits and staged changes of a worktree that is made again come from.
alter table task add column saved_head text;
alter table task add column saved_index text;
-- saved_tree holds the files byte for byte
alter table task add column saved_raw boolean not null default false;
