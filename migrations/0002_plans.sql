-- Plans a person says Go to before anything is written, and dry runs.

alter table project drop constraint project_mode_check;
alter table project add constraint project_mode_check check (mode in ('plan', 'ask', 'auto'));
alter table task drop constraint task_mode_check;
alter table task add constraint task_mode_check check (mode in ('plan', 'ask', 'auto'));

-- a dry run: works in a throwaway worktree, and waits as `rehearsed` with what it would do
alter table task add column dry boolean not null default false;
alter table task drop constraint task_state_check;
alter table task add constraint task_state_check check (state in ('queued', 'preparing', 'running', 'waiting', 'paused', 'proposing', 'rehearsed', 'review', 'landing', 'merged', 'kept', 'answered', 'undone', 'adopted', 'discarded', 'stopped', 'failed'));
create index task_parent on task (parent_id) where parent_id is not null;

-- `withheld`: a dry run would have had to ask a person
alter table step drop constraint step_state_check;
alter table step add constraint step_state_check check (state in ('started', 'finished', 'failed', 'denied', 'interrupted', 'withheld'));

-- Digest of the system prompt and tools an answer was made under: its thinking is bound to them.
alter table message add column made_under text;

create table plan (
  id uuid primary key,
  task_id uuid not null references task (id),
  run_id uuid not null references run (id),
  call_id text not null,
  number integer not null,
  steps jsonb not null,
  estimate jsonb not null,
  digest text not null,
  state text not null check (state in ('proposed', 'accepted', 'changed', 'cancelled', 'withdrawn', 'outdated')),
  comment text,
  decided_by uuid references person (id),
  decided_door text,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (task_id, call_id),
  unique (task_id, number)
);
create unique index plan_open on plan (task_id) where state = 'proposed';
