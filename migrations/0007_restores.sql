-- Ways back to a checkpoint: shown first, then carried out in one transaction, and taken back as another way.

create table restore (
  id uuid primary key,
  checkpoint_id uuid not null references checkpoint (id),
  project_id uuid not null references project (id),
  -- only this task; otherwise the whole project
  task_id uuid references task (id),
  -- only this file
  file text,
  parts jsonb not null,
  -- `beside`: new tasks with their own worktrees; `over`: the tasks themselves are set back
  how text not null check (how in ('beside', 'over')),
  -- what people said after the checkpoint is heard again
  keep_words boolean not null default true,
  state text not null check (state in ('looking', 'offered', 'wanted', 'done', 'refused', 'dropped')),
  failure text,
  preview jsonb,
  -- the agents it concerns are paused; from here on it is carried out, whatever else has changed
  parked boolean not null default false,
  -- over what the card showed
  digest text,
  -- the checkpoint of what it replaced
  before_id uuid references checkpoint (id),
  made jsonb,
  undoes_id uuid references restore (id),
  person_id uuid references person (id),
  door text not null,
  conversation_id uuid references conversation (id),
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  ended_at timestamptz
);
create index restore_open on restore (project_id) where state in ('looking', 'wanted');
create unique index restore_undone_once on restore (undoes_id) where undoes_id is not null and state in ('looking', 'offered', 'wanted', 'done');

-- its files are made already: no agent works on it before a person has seen them
alter table task add column ready_made boolean not null default false;
