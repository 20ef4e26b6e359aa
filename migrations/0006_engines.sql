-- Which engine and model work on what, and what runs of several engines need.

-- What a person chose, for a project or for one task; the installation's own where neither is here. No model: the engine's usual one.
create table engine_choice (
  id bigint generated always as identity primary key,
  project_id uuid references project (id),
  task_id uuid references task (id),
  engine text not null,
  model text,
  person_id uuid references person (id),
  at timestamptz not null default now(),
  check ((project_id is null) <> (task_id is null))
);
create unique index engine_choice_project on engine_choice (project_id) where project_id is not null;
create unique index engine_choice_task on engine_choice (task_id) where task_id is not null;

-- `stands_in_for`: what was chosen and could not be reached; `session`: the engine's own name for its conversation, to resume it by
alter table run add column stands_in_for text;
alter table run add column session text;

-- pictures a tool has answered with, until they are in the transcript
alter table step add column pictures jsonb;
