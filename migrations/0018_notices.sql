-- What a message is about, so that a person can say which of them ring. Null: it never did.
alter table outbox add column class text check (class in ('decision', 'question', 'done', 'failed', 'info'));
create index outbox_rang on outbox (chat_id, created_at) where loud;
-- Quiet hours by the clock on the wall of a time zone. `since`: when the hours that are not over yet began, so that they end once.
create table quiet (
  person_id uuid primary key references person (id),
  from_minute integer not null check (from_minute between 0 and 1439),
  to_minute integer not null check (to_minute between 0 and 1439),
  zone text not null,
  since timestamptz
);
-- Which messages ring for whom; the one that says most about a message counts. `critical` rings in quiet hours, too.
create table notice_rule (
  person_id uuid not null references person (id),
  project_id uuid references project (id) on delete cascade,
  task_id uuid references task (id) on delete cascade,
  class text not null check (class in ('all', 'decision', 'question', 'done', 'failed', 'info')),
  how text not null check (how in ('loud', 'silent', 'critical')),
  check (project_id is null or task_id is null),
  unique nulls not distinct (person_id, project_id, task_id, class)
);
