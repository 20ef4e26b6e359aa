-- What commands and test runs of a task printed, as it came, where the row of the step or the change does not hold all of it.
create table log (
  task_id uuid not null references task (id),
  -- The step's call, or the test run of one claim.
  call_id text not null,
  text text not null,
  -- Bytes: of all that was printed, and of the text.
  printed bigint not null,
  kept integer not null,
  created_at timestamptz not null default now(),
  primary key (task_id, call_id)
);
create index log_age on log (created_at);
