-- Hard limits in money, held by reserving before each call of a model and settling after it.

-- No task and no project: everything, each day (UTC).
create table budget (
  id bigint generated always as identity primary key,
  task_id uuid references task (id),
  project_id uuid references project (id),
  -- null: the installation's, with what is added below
  micro_usd bigint check (micro_usd >= 0),
  -- added for one day only
  extra_micro_usd bigint not null default 0,
  extra_day date,
  person_id uuid references person (id),
  at timestamptz not null default now(),
  check (task_id is null or project_id is null)
);
create unique index budget_task on budget (task_id) where task_id is not null;
create unique index budget_project on budget (project_id) where project_id is not null;
create unique index budget_day on budget ((true)) where task_id is null and project_id is null;

-- The most that a call under way may cost. It counts as long as the claim it was made under holds, so that a dead worker's are free again.
create table reservation (
  id uuid primary key,
  task_id uuid not null references task (id),
  fence bigint not null,
  -- whose budget it falls under: the task itself, or the one a dry run tries out
  account_id uuid not null references task (id),
  project_id uuid not null references project (id),
  micro_usd bigint not null,
  at timestamptz not null default now()
);
create index reservation_task on reservation (task_id);

-- what budgets count for a turn whose price is not known: that of the dearest model
alter table cost add column counted_micro_usd bigint;
create index cost_project on cost (project_id, at);

-- A budget is nearly or wholly used up; a person says how to go on.
create table budget_notice (
  id uuid primary key,
  kind text not null check (kind in ('warning', 'stop')),
  scope text not null check (scope in ('task', 'project', 'day')),
  -- the task, the project or the day
  scope_key text not null,
  project_id uuid not null references project (id),
  limit_micro_usd bigint not null,
  state text not null check (state in ('pending', 'raised', 'cheaper', 'stopped')),
  -- its card shows cheaper models to choose from
  choosing boolean not null default false,
  raised_to_micro_usd bigint,
  model text,
  decided_by uuid references person (id),
  decided_door text,
  decided_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index budget_notice_pending on budget_notice (kind, scope, scope_key, limit_micro_usd) where state = 'pending';

-- Whom a notice concerns: the task that came near the limit, or the tasks that were parked at it.
create table budget_notice_task (
  notice_id uuid not null references budget_notice (id),
  task_id uuid not null references task (id),
  primary key (notice_id, task_id)
);
create index budget_notice_task_task on budget_notice_task (task_id);
