-- The main road: a message from the phone becomes a merged commit. Runs the same on PGlite and on PostgreSQL 15+.

-- Who ---------------------------------------------------------------------------------------------------------------
create table person (
  id uuid primary key,
  telegram_user_id bigint unique,
  name text not null,
  role text not null check (role in ('owner', 'approver', 'member', 'viewer')),
  created_at timestamptz not null default now()
);

-- One live pairing code at a time; only its hash is kept.
create table pairing (
  id integer primary key default 1 check (id = 1),
  code_sha256 text not null,
  expires_at timestamptz not null,
  tries_left integer not null
);

-- Strangers who have had their one refusal.
create table stranger (
  bot_id bigint not null,
  telegram_user_id bigint not null,
  refused_at timestamptz not null default now(),
  primary key (bot_id, telegram_user_id)
);

-- Named leases: the poller's leadership, for one.
create table lease (
  name text primary key,
  holder text not null,
  until timestamptz not null,
  fence bigint not null
);

create table setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- What is worked on ---------------------------------------------------------------------------------------------------
create table project (
  id uuid primary key,
  name text not null,
  -- which home holds its git: only that one works on it and lands
  home text not null,
  kind text not null check (kind in ('path', 'url')),
  location text not null,
  target_branch text,
  -- true: a person chose the target; false: it is the default branch found when the project was added
  target_set boolean not null default false,
  test_command text,
  setup_command text,
  fast_forward boolean,
  author text,
  mode text check (mode in ('ask', 'auto')),
  sample boolean not null default false,
  -- Lugh's own copies of the repository may still be there
  copied boolean not null default true,
  state text not null check (state in ('adding', 'ready', 'failed', 'removed')),
  failure text,
  conversation_id uuid,
  lease_holder text,
  lease_until timestamptz,
  fence bigint not null default 0,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create unique index project_name_live on project (lower(name)) where state <> 'removed' and state <> 'failed';
create unique index project_location_live on project (home, location) where state <> 'removed' and state <> 'failed';

create table conversation (
  id uuid primary key,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  project_id uuid references project (id),
  created_at timestamptz not null default now(),
  unique (bot_id, chat_id, thread_id)
);
alter table project add constraint project_conversation foreign key (conversation_id) references conversation (id);

create table agent (
  id uuid primary key,
  name text not null,
  role text not null,
  engine text not null,
  model text,
  project_id uuid not null references project (id),
  state text not null check (state in ('free', 'busy', 'retired')),
  created_at timestamptz not null default now()
);
create unique index agent_name_live on agent (project_id, lower(name)) where state <> 'retired';

create sequence task_number;

create table task (
  id uuid primary key,
  number integer not null unique default nextval('task_number'),
  project_id uuid not null references project (id),
  agent_id uuid references agent (id),
  conversation_id uuid references conversation (id),
  person_id uuid references person (id),
  parent_id uuid references task (id),
  title text not null,
  wish text not null,
  mode text check (mode in ('ask', 'auto')),
  priority integer not null default 0,
  budget_micro_usd bigint,
  state text not null check (state in ('queued', 'preparing', 'running', 'waiting', 'paused', 'proposing', 'review', 'landing', 'merged', 'kept', 'answered', 'undone', 'discarded', 'stopped', 'failed')),
  reason text,
  branch text not null,
  base_commit text,
  -- the tree of a worktree that was taken down before its work had landed
  saved_tree text,
  summary text,
  plan jsonb not null default '[]',
  current_step text,
  attempts integer not null default 0,
  lease_holder text,
  lease_until timestamptz,
  fence bigint not null default 0,
  not_before timestamptz,
  failures integer not null default 0,
  call_key text unique,
  reply_to_message_id bigint,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  ended_at timestamptz
);
-- claim: the oldest of the highest priority with work to do and no live lease
create index task_claimable on task (priority desc, number) where state in ('queued', 'preparing', 'running', 'proposing', 'landing');
create index task_project on task (project_id, number desc);

create table task_dependency (
  task_id uuid not null references task (id),
  needs_task_id uuid not null references task (id),
  primary key (task_id, needs_task_id)
);

create table run (
  id uuid primary key,
  task_id uuid not null references task (id),
  attempt integer not null,
  agent_id uuid references agent (id),
  engine text not null,
  model text not null,
  fence bigint not null,
  state text not null check (state in ('running', 'parked', 'finished', 'failed', 'stopped', 'lost')),
  reason text,
  turns integer not null default 0,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (task_id, attempt)
);

-- The transcript, in Lugh's own form, so that a run resumes from its last finished step.
create table message (
  id bigint generated always as identity primary key,
  task_id uuid not null references task (id),
  seq integer not null,
  run_id uuid references run (id),
  role text not null check (role in ('user', 'assistant')),
  content jsonb not null,
  created_at timestamptz not null default now(),
  unique (task_id, seq)
);

-- One tool call. The row is the intent; its outcome is written when the tool has answered.
create table step (
  id bigint generated always as identity primary key,
  task_id uuid not null references task (id),
  run_id uuid not null references run (id),
  call_id text not null,
  tool text not null,
  input jsonb not null,
  guard jsonb,
  state text not null check (state in ('started', 'finished', 'failed', 'denied', 'interrupted')),
  output text,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (task_id, call_id)
);

-- What a person says to an agent at work; taken into the transcript at its next step.
create table steer (
  id bigint generated always as identity primary key,
  task_id uuid not null references task (id),
  person_id uuid references person (id),
  text text not null,
  taken_seq integer,
  created_at timestamptz not null default now()
);
create index steer_open on steer (task_id, id) where taken_seq is null;

create table worktree (
  id uuid primary key,
  task_id uuid not null references task (id),
  project_id uuid not null references project (id),
  path text not null,
  state text not null check (state in ('creating', 'ready', 'removing', 'gone')),
  set_up boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index worktree_live on worktree (task_id) where state <> 'gone';

-- Asking ----------------------------------------------------------------------------------------------------------------
create table approval (
  id uuid primary key,
  task_id uuid not null references task (id),
  run_id uuid references run (id),
  call_id text not null,
  action jsonb not null,
  why text not null,
  risk text not null,
  digest text not null,
  state text not null check (state in ('pending', 'allowed', 'denied', 'expired', 'withdrawn')),
  scope text check (scope in ('once', 'task')),
  comment text,
  decided_by uuid references person (id),
  decided_door text,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (task_id, call_id)
);
create index approval_pending on approval (created_at) where state = 'pending';

create table question (
  id uuid primary key,
  task_id uuid not null references task (id),
  run_id uuid references run (id),
  call_id text not null,
  text text not null,
  options jsonb not null default '[]',
  state text not null check (state in ('pending', 'answered', 'withdrawn')),
  answer text,
  answered_by uuid references person (id),
  answered_at timestamptz,
  created_at timestamptz not null default now(),
  unique (task_id, call_id)
);

-- What a person allowed beyond one act. For now always bound to one task and one exact action.
create table grant_rule (
  id uuid primary key,
  task_id uuid not null references task (id),
  rule jsonb not null,
  digest text not null,
  granted_by uuid references person (id),
  approval_id uuid references approval (id),
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  unique (task_id, digest)
);

-- Review and landing --------------------------------------------------------------------------------------------------
create table change (
  id uuid primary key,
  task_id uuid not null references task (id),
  number integer not null,
  state text not null check (state in ('proposed', 'superseded', 'landing', 'landed', 'kept', 'discarded', 'refused')),
  target_ref text not null,
  base_commit text not null,
  base_tree text not null,
  tree text not null,
  landing_plan jsonb not null,
  digest text not null,
  files jsonb not null,
  insertions integer not null,
  deletions integer not null,
  diff_bytes bigint not null,
  hidden_characters integer not null,
  problems jsonb not null default '[]',
  summary text not null,
  tests jsonb,
  tests_allowed_by uuid references person (id),
  notice text,
  -- its card asks whether to discard
  asking boolean not null default false,
  created_at timestamptz not null default now(),
  decided_by uuid references person (id),
  decided_at timestamptz,
  unique (task_id, number)
);
create unique index change_open on change (task_id) where state in ('proposed', 'landing');

create table landing (
  id uuid primary key,
  task_id uuid not null references task (id),
  change_id uuid not null references change (id),
  kind text not null check (kind in ('merge', 'undo', 'redo')),
  state text not null check (state in ('intended', 'landed', 'kept', 'stale', 'conflict', 'refused')),
  ref text not null,
  how text not null,
  old_commit text,
  new_commit text,
  detail text,
  person_id uuid references person (id),
  door text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create unique index landing_open on landing (task_id) where state = 'intended';

create table cost (
  id bigint generated always as identity primary key,
  task_id uuid not null references task (id),
  run_id uuid not null references run (id),
  project_id uuid not null references project (id),
  engine text not null,
  model text not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_tokens integer not null,
  micro_usd bigint,
  at timestamptz not null default now()
);
create index cost_task on cost (task_id);
create index cost_at on cost (at);

-- What happened: append-only; live progress, audit and explanation all read it.
create table event (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  kind text not null,
  task_id uuid,
  run_id uuid,
  project_id uuid,
  person_id uuid,
  door text,
  data jsonb not null
);
create index event_task on event (task_id, id);
create index event_kind on event (kind, id);

create function event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'event rows are never changed';
end
$$;
create trigger event_append_only before update or delete on event for each row execute function event_is_append_only();

-- In and out ------------------------------------------------------------------------------------------------------------
create table inbox (
  bot_id bigint not null,
  update_id bigint not null,
  chat_id bigint not null,
  body jsonb not null,
  state text not null check (state in ('received', 'handled', 'refused', 'failed')),
  attempts integer not null default 0,
  failure text,
  received_at timestamptz not null default now(),
  handled_at timestamptz,
  primary key (bot_id, update_id)
);
create index inbox_open on inbox (bot_id, chat_id, update_id) where state = 'received';

create table card (
  id uuid primary key,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  kind text not null,
  subject_id text not null,
  task_id uuid references task (id),
  reply_to_message_id bigint,
  message_id bigint,
  version integer not null default 1,
  shown_version integer not null default 0,
  body_sha256 text,
  failure text,
  created_at timestamptz not null default now(),
  shown_at timestamptz,
  unique (bot_id, chat_id, thread_id, kind, subject_id)
);
create index card_stale on card (bot_id, chat_id) where version > shown_version;
create index card_message on card (bot_id, chat_id, message_id);
create index card_task on card (task_id);
create index card_subject on card (kind, subject_id);

-- What a button does. Its callback data is the id alone.
create table button (
  id text primary key,
  card_id uuid not null references card (id),
  capability text not null,
  input jsonb not null,
  -- words to ask for first, by a forced reply, and the input's field they go into
  ask jsonb,
  created_at timestamptz not null default now()
);
create unique index button_same on button (card_id, capability, md5(input::text || coalesce(ask::text, '')));

create table outbox (
  id bigint generated always as identity primary key,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  kind text not null check (kind in ('text', 'document', 'card', 'reaction', 'callback', 'prompt')),
  key text not null,
  body jsonb not null,
  card_id uuid references card (id),
  task_id uuid references task (id),
  change_id uuid references change (id),
  reply_to_message_id bigint,
  loud boolean not null default false,
  state text not null check (state in ('pending', 'sending', 'sent', 'refused')),
  parts_sent integer not null default 0,
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  message_ids jsonb not null default '[]',
  failure text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (bot_id, key)
);
create index outbox_open on outbox (bot_id, chat_id, id) where state in ('pending', 'sending');
create index outbox_change on outbox (change_id) where change_id is not null;
create index outbox_message_ids on outbox using gin (message_ids);

-- A question put with a forced reply; what is written next, within its time, is the answer.
create table prompt (
  id uuid primary key,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null default 0,
  person_id uuid not null references person (id),
  capability text not null,
  input jsonb not null,
  field text not null,
  message_id bigint,
  state text not null check (state in ('open', 'answered', 'cancelled')),
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index prompt_open on prompt (bot_id, chat_id, person_id, created_at desc) where state = 'open';
