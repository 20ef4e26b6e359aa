-- Hosts that commands may reach, and what looks like a key in a change.

-- A command was stopped on its way to a host; a person says whether the next one may go there.
create table host_request (
  id uuid primary key,
  task_id uuid not null references task (id),
  run_id uuid references run (id),
  call_id text not null,
  host text not null,
  port integer not null,
  -- where the name leads, when that is in the machine's own network
  private_address text,
  command text not null,
  cwd text not null,
  digest text not null,
  state text not null check (state in ('pending', 'allowed', 'denied', 'withdrawn')),
  scope text check (scope in ('once', 'task', 'project')),
  -- its card shows the rule for all tasks of the project, to be read before it is made
  asking boolean not null default false,
  decided_by uuid references person (id),
  decided_door text,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (task_id, call_id, host, port)
);
create index host_request_pending on host_request (task_id) where state = 'pending';

create table host_rule (
  id uuid primary key,
  project_id uuid not null references project (id),
  -- null: every task of the project
  task_id uuid references task (id),
  -- given: the next run of this very command only
  once_for text,
  host text not null,
  port integer not null,
  private boolean not null,
  granted_by uuid references person (id),
  request_id uuid references host_request (id),
  created_at timestamptz not null default now(),
  used_at timestamptz,
  revoked_at timestamptz
);
create index host_rule_live on host_rule (project_id) where revoked_at is null and used_at is null;

-- Places in a change that look like keys; never the keys themselves.
alter table change add column keys jsonb not null default '[]';
-- its card asks whether to merge although something looks like a key
alter table change add column merge_asked boolean not null default false;
