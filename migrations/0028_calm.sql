-- What becomes of a question that nobody answers, of a project's tasks or of one task: it waits (`park`), the answer that does no harm is
-- taken (`safe`), or the agent goes on with what does not need it (`on`). No row: it waits.
create table away (
  project_id uuid references project (id) on delete cascade,
  task_id uuid references task (id) on delete cascade,
  way text not null check (way in ('park', 'safe', 'on')),
  after_minutes integer not null check (after_minutes between 1 and 43200),
  check ((project_id is null) <> (task_id is null)),
  unique nulls not distinct (project_id, task_id)
);
-- `asked_at`: since when it waits, where it was asked anew. `lapsed`: what was done when nobody had answered for long enough; it still waits
-- where that was `park` or `on`.
alter table approval add column asked_at timestamptz, add column lapsed text check (lapsed in ('park', 'safe', 'on'));
alter table host_request add column lapsed text check (lapsed in ('park', 'safe', 'on'));
-- `safe`: of its options the one that does no harm, as its agent says.
alter table question add column lapsed text check (lapsed in ('park', 'safe', 'on')), add column safe text;
-- How a person likes things: the look of pictures. Null: as the installation says.
create table personal (
  person_id uuid primary key references person (id),
  look text check (look in ('dark', 'light', 'off'))
);
-- A panel of settings that was opened: whose, about which project, and which page it shows. `note`: what it said of the repository's own
-- settings when it was opened.
create table panel (
  id uuid primary key,
  person_id uuid not null references person (id),
  project_id uuid references project (id) on delete cascade,
  page text not null,
  note text not null,
  created_at timestamptz not null default now()
);
