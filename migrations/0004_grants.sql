-- What an approval would meet, which others ask the same, and rules a person allows for good.

-- what the command would meet when it was asked: environment, engine, policy, the worktree's files; part of the digest
alter table approval add column binding jsonb not null default '{}';
-- the same for requests of one project that a person would answer alike
alter table approval add column alike text;
-- whose card shows it, when that is not its own
alter table approval add column shown_with uuid references approval (id);
-- what changed since it was first asked, when it is asked anew
alter table approval add column again text;
-- which face of its card is up
alter table approval add column face text not null default 'ask' check (face in ('ask', 'always', 'details', 'why'));
alter table approval drop constraint approval_scope_check;
alter table approval add constraint approval_scope_check check (scope in ('once', 'task', 'project'));
create index approval_alike on approval (alike) where state = 'pending';
create index approval_shown_with on approval (shown_with) where shown_with is not null;

-- A rule of a task names one exact act; a rule of a project (no task) a program with its first words, and ends by itself.
alter table grant_rule alter column task_id drop not null;
alter table grant_rule add column project_id uuid references project (id);
update grant_rule set project_id = (select task.project_id from task where task.id = grant_rule.task_id);
alter table grant_rule alter column project_id set not null;
alter table grant_rule add column expires_at timestamptz;
alter table grant_rule add column revoked_by uuid references person (id);
create unique index grant_rule_project on grant_rule (project_id, digest) where task_id is null and revoked_at is null;
