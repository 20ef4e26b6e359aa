-- The schema that the migrations make, as `npm run schema:dump` writes it. Only compared, never run.

create sequence task_number as bigint;

create table agent (
  id uuid not null,
  name text not null,
  role text not null,
  engine text not null,
  model text,
  project_id uuid not null,
  state text not null,
  created_at timestamp with time zone default now() not null
);
create table approval (
  id uuid not null,
  task_id uuid not null,
  run_id uuid,
  call_id text not null,
  action jsonb not null,
  why text not null,
  risk text not null,
  digest text not null,
  state text not null,
  scope text,
  comment text,
  decided_by uuid,
  decided_door text,
  decided_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  binding jsonb default '{}'::jsonb not null,
  alike text,
  shown_with uuid,
  again text,
  face text default 'ask'::text not null,
  asked_at timestamp with time zone,
  lapsed text
);
create table attention (
  id uuid not null,
  conversation_id uuid not null,
  shown_kind text,
  shown_subject text,
  created_at timestamp with time zone default now() not null
);
create table away (
  project_id uuid,
  task_id uuid,
  way text not null,
  after_minutes integer not null
);
create table budget (
  id bigint generated always as identity not null,
  task_id uuid,
  project_id uuid,
  micro_usd bigint,
  extra_micro_usd bigint default 0 not null,
  extra_day date,
  person_id uuid,
  at timestamp with time zone default now() not null
);
create table budget_notice (
  id uuid not null,
  kind text not null,
  scope text not null,
  scope_key text not null,
  project_id uuid not null,
  limit_micro_usd bigint not null,
  state text not null,
  choosing boolean default false not null,
  raised_to_micro_usd bigint,
  model text,
  decided_by uuid,
  decided_door text,
  decided_at timestamp with time zone,
  created_at timestamp with time zone default now() not null
);
create table budget_notice_task (
  notice_id uuid not null,
  task_id uuid not null
);
create table button (
  id text not null,
  card_id uuid not null,
  capability text not null,
  input jsonb not null,
  ask jsonb,
  created_at timestamp with time zone default now() not null
);
create table card (
  id uuid not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  kind text not null,
  subject_id text not null,
  task_id uuid,
  reply_to_message_id bigint,
  message_id bigint,
  version integer default 1 not null,
  shown_version integer default 0 not null,
  body_sha256 text,
  failure text,
  created_at timestamp with time zone default now() not null,
  shown_at timestamp with time zone,
  keys jsonb,
  keys_since bigint,
  reply_lost boolean default false not null
);
create table change (
  id uuid not null,
  task_id uuid not null,
  number integer not null,
  state text not null,
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
  problems jsonb default '[]'::jsonb not null,
  summary text not null,
  tests jsonb,
  tests_allowed_by uuid,
  notice text,
  asking boolean default false not null,
  created_at timestamp with time zone default now() not null,
  decided_by uuid,
  decided_at timestamp with time zone,
  keys jsonb default '[]'::jsonb not null,
  merge_asked boolean default false not null,
  part jsonb,
  at_file integer,
  at_hunk integer
);
create table change_hunk (
  change_id uuid not null,
  file integer not null,
  hunk integer not null,
  old_start integer not null,
  old_lines integer not null,
  new_start integer not null,
  new_lines integer not null,
  insertions integer not null,
  deletions integer not null,
  text text not null,
  lines integer not null
);
create table chat_group (
  bot_id bigint not null,
  chat_id bigint not null,
  title text not null,
  state text not null,
  asked integer default 0 not null,
  forum boolean default false not null,
  administrator boolean default false not null,
  manages_topics boolean default false not null,
  added_by bigint,
  decided_by uuid,
  moved_to bigint,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  decided_door text,
  decided_at timestamp with time zone
);
create table checkpoint (
  id uuid not null,
  number integer not null,
  project_id uuid not null,
  name text,
  kind text not null,
  key text not null,
  state text not null,
  failure text,
  commit_name text,
  digest text,
  manifest jsonb,
  changed jsonb,
  bytes bigint,
  took_ms integer,
  person_id uuid,
  conversation_id uuid,
  created_at timestamp with time zone default now() not null,
  made_at timestamp with time zone,
  removed_at timestamp with time zone
);
create table checkpoint_file (
  id uuid not null,
  home text not null,
  direction text not null,
  state text not null,
  checkpoint_id uuid,
  path text,
  telegram_file text,
  bot_id bigint,
  project text,
  bytes bigint,
  failure text,
  call_key text not null,
  person_id uuid,
  door text not null,
  conversation_id uuid,
  reply_to_message_id bigint,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone
);
create table connector (
  id uuid not null,
  home text not null,
  project_id uuid,
  name text not null,
  definition jsonb,
  digest text default ''::text not null,
  state text not null,
  failure text,
  blocked jsonb default '[]'::jsonb not null,
  left_out jsonb default '[]'::jsonb not null,
  accepted_at timestamp with time zone,
  tested_at timestamp with time zone,
  face jsonb default '{"page": 0}'::jsonb not null,
  conversation_id uuid,
  added_by uuid,
  created_at timestamp with time zone default now() not null
);
create table connector_proposal (
  id uuid not null,
  project_id uuid not null,
  digest text not null,
  servers jsonb not null,
  state text default 'open'::text not null,
  decided_by uuid,
  decided_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  decided_door text
);
create table connector_tool (
  connector_id uuid not null,
  name text not null,
  alias text not null,
  description text not null,
  input_schema text not null,
  digest text not null,
  gone boolean default false not null,
  rule text default 'ask'::text not null,
  accepted_digest text,
  accepted_description text,
  accepted_schema text,
  seen_at timestamp with time zone default now() not null
);
create table conversation (
  id uuid not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  project_id uuid,
  created_at timestamp with time zone default now() not null
);
create table cost (
  id bigint generated always as identity not null,
  task_id uuid,
  run_id uuid,
  project_id uuid,
  engine text not null,
  model text not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cache_read_tokens integer not null,
  cache_write_tokens integer not null,
  micro_usd bigint,
  at timestamp with time zone default now() not null,
  counted_micro_usd bigint,
  voice_id uuid
);
create table engine_choice (
  id bigint generated always as identity not null,
  project_id uuid,
  task_id uuid,
  engine text not null,
  model text,
  person_id uuid,
  at timestamp with time zone default now() not null
);
create table event (
  id bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  kind text not null,
  task_id uuid,
  run_id uuid,
  project_id uuid,
  person_id uuid,
  door text,
  data jsonb not null
);
create table grant_rule (
  id uuid not null,
  task_id uuid,
  rule jsonb not null,
  digest text not null,
  granted_by uuid,
  approval_id uuid,
  created_at timestamp with time zone default now() not null,
  revoked_at timestamp with time zone,
  project_id uuid not null,
  expires_at timestamp with time zone,
  revoked_by uuid
);
create table host_request (
  id uuid not null,
  task_id uuid not null,
  run_id uuid,
  call_id text not null,
  host text not null,
  port integer not null,
  private_address text,
  command text not null,
  cwd text not null,
  digest text not null,
  state text not null,
  scope text,
  asking boolean default false not null,
  decided_by uuid,
  decided_door text,
  decided_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  alike text,
  shown_with uuid,
  lapsed text
);
create table host_rule (
  id uuid not null,
  project_id uuid not null,
  task_id uuid,
  once_for text,
  host text not null,
  port integer not null,
  private boolean not null,
  granted_by uuid,
  request_id uuid,
  created_at timestamp with time zone default now() not null,
  used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  expires_at timestamp with time zone
);
create table hunk_verdict (
  change_id uuid not null,
  file integer not null,
  hunk integer not null,
  digest text not null,
  verdict text,
  comment text,
  person_id uuid not null,
  door text not null,
  at timestamp with time zone default now() not null
);
create table inbox (
  bot_id bigint not null,
  update_id bigint not null,
  chat_id bigint not null,
  body jsonb not null,
  state text not null,
  attempts integer default 0 not null,
  failure text,
  received_at timestamp with time zone default now() not null,
  handled_at timestamp with time zone
);
create table landing (
  id uuid not null,
  task_id uuid not null,
  change_id uuid not null,
  kind text not null,
  state text not null,
  ref text not null,
  how text not null,
  old_commit text,
  new_commit text,
  detail text,
  person_id uuid,
  door text not null,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone
);
create table lease (
  name text not null,
  holder text not null,
  until timestamp with time zone not null,
  fence bigint not null
);
create table log (
  task_id uuid not null,
  call_id text not null,
  text text not null,
  printed bigint not null,
  kept integer not null,
  created_at timestamp with time zone default now() not null
);
create table mcp_call (
  token text not null,
  key text not null,
  digest text not null,
  answer jsonb not null,
  at timestamp with time zone default now() not null
);
create table mcp_session (
  hash text not null,
  token text not null,
  hello jsonb not null,
  watched jsonb default '[]'::jsonb not null,
  used_at timestamp with time zone default now() not null
);
create table message (
  id bigint generated always as identity not null,
  task_id uuid not null,
  seq integer not null,
  run_id uuid,
  role text not null,
  content jsonb not null,
  created_at timestamp with time zone default now() not null,
  made_under text,
  told jsonb
);
create table notice_rule (
  person_id uuid not null,
  project_id uuid,
  task_id uuid,
  class text not null,
  how text not null
);
create table outbox (
  id bigint generated always as identity not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  kind text not null,
  key text not null,
  body jsonb not null,
  card_id uuid,
  task_id uuid,
  change_id uuid,
  reply_to_message_id bigint,
  loud boolean default false not null,
  state text not null,
  parts_sent integer default 0 not null,
  attempts integer default 0 not null,
  not_before timestamp with time zone default now() not null,
  message_ids jsonb default '[]'::jsonb not null,
  failure text,
  created_at timestamp with time zone default now() not null,
  sent_at timestamp with time zone,
  class text
);
create table pairing (
  id integer default 1 not null,
  code_sha256 text not null,
  expires_at timestamp with time zone not null,
  tries_left integer not null
);
create table panel (
  id uuid not null,
  person_id uuid not null,
  project_id uuid,
  page text not null,
  note text not null,
  created_at timestamp with time zone default now() not null
);
create table person (
  id uuid not null,
  telegram_user_id bigint,
  name text not null,
  role text not null,
  created_at timestamp with time zone default now() not null,
  role_by uuid,
  admitted boolean default false not null,
  username text
);
create table personal (
  person_id uuid not null,
  look text
);
create table plan (
  id uuid not null,
  task_id uuid not null,
  run_id uuid not null,
  call_id text not null,
  number integer not null,
  steps jsonb not null,
  estimate jsonb not null,
  digest text not null,
  state text not null,
  comment text,
  decided_by uuid,
  decided_door text,
  decided_at timestamp with time zone,
  created_at timestamp with time zone default now() not null
);
create table project (
  id uuid not null,
  name text not null,
  home text not null,
  kind text not null,
  location text not null,
  target_branch text,
  target_set boolean default false not null,
  test_command text,
  setup_command text,
  fast_forward boolean,
  author text,
  mode text,
  sample boolean default false not null,
  copied boolean default true not null,
  state text not null,
  failure text,
  conversation_id uuid,
  lease_holder text,
  lease_until timestamp with time zone,
  fence bigint default 0 not null,
  created_at timestamp with time zone default now() not null,
  removed_at timestamp with time zone
);
create table prompt (
  id uuid not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  person_id uuid not null,
  capability text not null,
  input jsonb not null,
  field text not null,
  message_id bigint,
  state text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone default now() not null
);
create table question (
  id uuid not null,
  task_id uuid not null,
  run_id uuid,
  call_id text not null,
  text text not null,
  options jsonb default '[]'::jsonb not null,
  state text not null,
  answer text,
  answered_by uuid,
  answered_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  nth integer default 1 not null,
  total integer default 1 not null,
  answered_door text,
  lapsed text,
  safe text
);
create table quiet (
  person_id uuid not null,
  from_minute integer not null,
  to_minute integer not null,
  zone text not null,
  since timestamp with time zone
);
create table reservation (
  id uuid not null,
  task_id uuid not null,
  fence bigint not null,
  account_id uuid not null,
  project_id uuid not null,
  micro_usd bigint not null,
  at timestamp with time zone default now() not null
);
create table restore (
  id uuid not null,
  checkpoint_id uuid not null,
  project_id uuid not null,
  task_id uuid,
  file text,
  parts jsonb not null,
  how text not null,
  keep_words boolean default true not null,
  state text not null,
  failure text,
  preview jsonb,
  parked boolean default false not null,
  digest text,
  before_id uuid,
  made jsonb,
  undoes_id uuid,
  person_id uuid,
  door text not null,
  conversation_id uuid,
  created_at timestamp with time zone default now() not null,
  decided_at timestamp with time zone,
  ended_at timestamp with time zone
);
create table run (
  id uuid not null,
  task_id uuid not null,
  attempt integer not null,
  agent_id uuid,
  engine text not null,
  model text not null,
  fence bigint not null,
  state text not null,
  reason text,
  turns integer default 0 not null,
  started_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  stands_in_for text,
  session text,
  since_attempt integer default 1 not null,
  worked_ms bigint default 0 not null
);
create table schema_migration (
  version text not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null
);
create table selection (
  change_id uuid not null,
  digest text not null,
  kept integer not null,
  total integer not null,
  runs integer not null,
  tree text,
  person_id uuid not null,
  door text not null,
  created_at timestamp with time zone default now() not null
);
create table setting (
  key text not null,
  value jsonb not null,
  updated_at timestamp with time zone default now() not null
);
create table snooze (
  kind text not null,
  subject_id text not null,
  person_id uuid,
  conversation_id uuid not null,
  until timestamp with time zone not null
);
create table steer (
  id bigint generated always as identity not null,
  task_id uuid not null,
  person_id uuid,
  text text not null,
  taken_seq integer,
  created_at timestamp with time zone default now() not null,
  conversation_id uuid,
  message_id bigint,
  upload_id uuid
);
create table step (
  id bigint generated always as identity not null,
  task_id uuid not null,
  run_id uuid not null,
  call_id text not null,
  tool text not null,
  input jsonb not null,
  guard jsonb,
  state text not null,
  output text,
  started_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  pictures jsonb,
  tree text
);
create table stranger (
  bot_id bigint not null,
  telegram_user_id bigint not null,
  refused_at timestamp with time zone default now() not null
);
create table task (
  id uuid not null,
  number integer default nextval('task_number'::regclass) not null,
  project_id uuid not null,
  agent_id uuid,
  conversation_id uuid,
  person_id uuid,
  parent_id uuid,
  title text not null,
  wish text not null,
  mode text,
  priority integer default 0 not null,
  budget_micro_usd bigint,
  state text not null,
  reason text,
  branch text not null,
  base_commit text,
  saved_tree text,
  summary text,
  plan jsonb default '[]'::jsonb not null,
  current_step text,
  attempts integer default 0 not null,
  lease_holder text,
  lease_until timestamp with time zone,
  fence bigint default 0 not null,
  not_before timestamp with time zone,
  failures integer default 0 not null,
  call_key text,
  reply_to_message_id bigint,
  created_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  dry boolean default false not null,
  saved_head text,
  saved_index text,
  saved_raw boolean default false not null,
  ready_made boolean default false not null
);
create table task_dependency (
  task_id uuid not null,
  needs_task_id uuid not null
);
create table token (
  id uuid not null,
  name text not null,
  hash text,
  scopes jsonb not null,
  projects jsonb,
  person_id uuid not null,
  per_minute integer not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  created_at timestamp with time zone default now() not null
);
create table topic (
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint not null,
  message_thread_id bigint,
  state text not null,
  task_id uuid,
  project_id uuid,
  own boolean default false not null,
  shown_name text,
  closed boolean default false not null,
  version integer default 0 not null,
  created_at timestamp with time zone default now() not null
);
create table upload (
  id uuid not null,
  home text not null,
  bot_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  conversation_id uuid not null,
  person_id uuid not null,
  message_id bigint not null,
  album text,
  caption text default ''::text not null,
  state text not null,
  face text default 'offer'::text not null,
  version integer default 1 not null,
  left_out integer default 0 not null,
  project_id uuid,
  task_id uuid,
  kind text,
  about text,
  proposals jsonb default '[]'::jsonb not null,
  failure text,
  not_before timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  decided_by uuid,
  decided_door text,
  decided_at timestamp with time zone
);
create table upload_file (
  id uuid not null,
  upload_id uuid not null,
  message_id bigint not null,
  telegram_file text not null,
  name text not null,
  photo boolean not null,
  state text not null,
  attempts integer default 0 not null,
  path text,
  media_type text,
  width integer,
  height integer,
  bytes bigint,
  failure text,
  created_at timestamp with time zone default now() not null
);
create table voice (
  id uuid not null,
  bot_id bigint not null,
  update_id bigint not null,
  chat_id bigint not null,
  thread_id bigint default 0 not null,
  person_id uuid not null,
  message_id bigint not null,
  reply_to_message_id bigint,
  said_at bigint not null,
  telegram_file text not null,
  seconds integer not null,
  state text not null,
  transcript text,
  meant jsonb,
  urgent boolean default false not null,
  confirmed boolean default false not null,
  fixed boolean default false not null,
  offer text,
  digest text,
  failure text,
  attempts integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  heard_at timestamp with time zone,
  ended_at timestamp with time zone,
  decided_door text,
  decided_at timestamp with time zone,
  question uuid
);
create table worktree (
  id uuid not null,
  task_id uuid not null,
  project_id uuid not null,
  path text not null,
  state text not null,
  set_up boolean default false not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null
);

alter table agent add constraint agent_pkey PRIMARY KEY (id);
alter table agent add constraint agent_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table agent add constraint agent_state_check CHECK ((state = ANY (ARRAY['free'::text, 'busy'::text, 'retired'::text])));
alter table approval add constraint approval_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table approval add constraint approval_face_check CHECK ((face = ANY (ARRAY['ask'::text, 'always'::text, 'details'::text, 'why'::text])));
alter table approval add constraint approval_lapsed_check CHECK ((lapsed = ANY (ARRAY['park'::text, 'safe'::text, 'on'::text])));
alter table approval add constraint approval_pkey PRIMARY KEY (id);
alter table approval add constraint approval_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table approval add constraint approval_scope_check CHECK ((scope = ANY (ARRAY['once'::text, 'task'::text, 'project'::text])));
alter table approval add constraint approval_shown_with_fkey FOREIGN KEY (shown_with) REFERENCES approval(id);
alter table approval add constraint approval_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'allowed'::text, 'denied'::text, 'expired'::text, 'withdrawn'::text])));
alter table approval add constraint approval_task_id_call_id_key UNIQUE (task_id, call_id);
alter table approval add constraint approval_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table attention add constraint attention_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table attention add constraint attention_pkey PRIMARY KEY (id);
alter table away add constraint away_after_minutes_check CHECK (((after_minutes >= 1) AND (after_minutes <= 43200)));
alter table away add constraint away_check CHECK (((project_id IS NULL) <> (task_id IS NULL)));
alter table away add constraint away_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id) ON DELETE CASCADE;
alter table away add constraint away_project_id_task_id_key UNIQUE NULLS NOT DISTINCT (project_id, task_id);
alter table away add constraint away_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id) ON DELETE CASCADE;
alter table away add constraint away_way_check CHECK ((way = ANY (ARRAY['park'::text, 'safe'::text, 'on'::text])));
alter table budget add constraint budget_check CHECK (((task_id IS NULL) OR (project_id IS NULL)));
alter table budget add constraint budget_micro_usd_check CHECK ((micro_usd >= 0));
alter table budget add constraint budget_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table budget add constraint budget_pkey PRIMARY KEY (id);
alter table budget add constraint budget_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table budget add constraint budget_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table budget_notice add constraint budget_notice_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table budget_notice add constraint budget_notice_kind_check CHECK ((kind = ANY (ARRAY['warning'::text, 'stop'::text])));
alter table budget_notice add constraint budget_notice_pkey PRIMARY KEY (id);
alter table budget_notice add constraint budget_notice_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table budget_notice add constraint budget_notice_scope_check CHECK ((scope = ANY (ARRAY['task'::text, 'project'::text, 'day'::text])));
alter table budget_notice add constraint budget_notice_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'raised'::text, 'cheaper'::text, 'stopped'::text])));
alter table budget_notice_task add constraint budget_notice_task_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES budget_notice(id);
alter table budget_notice_task add constraint budget_notice_task_pkey PRIMARY KEY (notice_id, task_id);
alter table budget_notice_task add constraint budget_notice_task_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table button add constraint button_card_id_fkey FOREIGN KEY (card_id) REFERENCES card(id);
alter table button add constraint button_pkey PRIMARY KEY (id);
alter table card add constraint card_bot_id_chat_id_thread_id_kind_subject_id_key UNIQUE (bot_id, chat_id, thread_id, kind, subject_id);
alter table card add constraint card_pkey PRIMARY KEY (id);
alter table card add constraint card_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table change add constraint change_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table change add constraint change_pkey PRIMARY KEY (id);
alter table change add constraint change_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'superseded'::text, 'landing'::text, 'landed'::text, 'kept'::text, 'discarded'::text, 'refused'::text])));
alter table change add constraint change_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table change add constraint change_task_id_number_key UNIQUE (task_id, number);
alter table change add constraint change_tests_allowed_by_fkey FOREIGN KEY (tests_allowed_by) REFERENCES person(id);
alter table change_hunk add constraint change_hunk_change_id_fkey FOREIGN KEY (change_id) REFERENCES change(id);
alter table change_hunk add constraint change_hunk_pkey PRIMARY KEY (change_id, file, hunk);
alter table chat_group add constraint chat_group_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table chat_group add constraint chat_group_pkey PRIMARY KEY (bot_id, chat_id);
alter table chat_group add constraint chat_group_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'admitted'::text, 'refused'::text, 'gone'::text, 'moved'::text])));
alter table checkpoint add constraint checkpoint_check CHECK (((state <> 'whole'::text) OR ((commit_name IS NOT NULL) AND (digest IS NOT NULL) AND (manifest IS NOT NULL))));
alter table checkpoint add constraint checkpoint_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table checkpoint add constraint checkpoint_key_key UNIQUE (key);
alter table checkpoint add constraint checkpoint_kind_check CHECK ((kind = ANY (ARRAY['manual'::text, 'merge'::text, 'plan'::text, 'operation'::text, 'restore'::text, 'nightly'::text, 'imported'::text])));
alter table checkpoint add constraint checkpoint_number_key UNIQUE (number);
alter table checkpoint add constraint checkpoint_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table checkpoint add constraint checkpoint_pkey PRIMARY KEY (id);
alter table checkpoint add constraint checkpoint_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table checkpoint add constraint checkpoint_state_check CHECK ((state = ANY (ARRAY['making'::text, 'whole'::text, 'failed'::text, 'removed'::text])));
alter table checkpoint_file add constraint checkpoint_file_call_key_key UNIQUE (call_key);
alter table checkpoint_file add constraint checkpoint_file_checkpoint_id_fkey FOREIGN KEY (checkpoint_id) REFERENCES checkpoint(id);
alter table checkpoint_file add constraint checkpoint_file_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table checkpoint_file add constraint checkpoint_file_direction_check CHECK ((direction = ANY (ARRAY['out'::text, 'in'::text])));
alter table checkpoint_file add constraint checkpoint_file_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table checkpoint_file add constraint checkpoint_file_pkey PRIMARY KEY (id);
alter table checkpoint_file add constraint checkpoint_file_state_check CHECK ((state = ANY (ARRAY['fetching'::text, 'wanted'::text, 'done'::text, 'failed'::text])));
alter table connector add constraint connector_added_by_fkey FOREIGN KEY (added_by) REFERENCES person(id);
alter table connector add constraint connector_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table connector add constraint connector_pkey PRIMARY KEY (id);
alter table connector add constraint connector_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table connector add constraint connector_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'testing'::text, 'listed'::text, 'connected'::text, 'needs-login'::text, 'failed'::text, 'removed'::text])));
alter table connector_proposal add constraint connector_proposal_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table connector_proposal add constraint connector_proposal_pkey PRIMARY KEY (id);
alter table connector_proposal add constraint connector_proposal_project_id_digest_key UNIQUE (project_id, digest);
alter table connector_proposal add constraint connector_proposal_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table connector_proposal add constraint connector_proposal_state_check CHECK ((state = ANY (ARRAY['open'::text, 'added'::text, 'ignored'::text])));
alter table connector_tool add constraint connector_tool_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES connector(id) ON DELETE CASCADE;
alter table connector_tool add constraint connector_tool_pkey PRIMARY KEY (connector_id, name);
alter table connector_tool add constraint connector_tool_rule_check CHECK ((rule = ANY (ARRAY['ask'::text, 'allow'::text, 'never'::text])));
alter table conversation add constraint conversation_bot_id_chat_id_thread_id_key UNIQUE (bot_id, chat_id, thread_id);
alter table conversation add constraint conversation_pkey PRIMARY KEY (id);
alter table conversation add constraint conversation_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table cost add constraint cost_pkey PRIMARY KEY (id);
alter table cost add constraint cost_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table cost add constraint cost_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table cost add constraint cost_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table engine_choice add constraint engine_choice_check CHECK (((project_id IS NULL) <> (task_id IS NULL)));
alter table engine_choice add constraint engine_choice_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table engine_choice add constraint engine_choice_pkey PRIMARY KEY (id);
alter table engine_choice add constraint engine_choice_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table engine_choice add constraint engine_choice_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table event add constraint event_pkey PRIMARY KEY (id);
alter table grant_rule add constraint grant_rule_approval_id_fkey FOREIGN KEY (approval_id) REFERENCES approval(id);
alter table grant_rule add constraint grant_rule_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES person(id);
alter table grant_rule add constraint grant_rule_pkey PRIMARY KEY (id);
alter table grant_rule add constraint grant_rule_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table grant_rule add constraint grant_rule_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES person(id);
alter table grant_rule add constraint grant_rule_task_id_digest_key UNIQUE (task_id, digest);
alter table grant_rule add constraint grant_rule_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table host_request add constraint host_request_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table host_request add constraint host_request_lapsed_check CHECK ((lapsed = ANY (ARRAY['park'::text, 'safe'::text, 'on'::text])));
alter table host_request add constraint host_request_pkey PRIMARY KEY (id);
alter table host_request add constraint host_request_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table host_request add constraint host_request_scope_check CHECK ((scope = ANY (ARRAY['once'::text, 'task'::text, 'project'::text])));
alter table host_request add constraint host_request_shown_with_fkey FOREIGN KEY (shown_with) REFERENCES host_request(id);
alter table host_request add constraint host_request_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'allowed'::text, 'denied'::text, 'withdrawn'::text])));
alter table host_request add constraint host_request_task_id_call_id_host_port_key UNIQUE (task_id, call_id, host, port);
alter table host_request add constraint host_request_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table host_rule add constraint host_rule_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES person(id);
alter table host_rule add constraint host_rule_pkey PRIMARY KEY (id);
alter table host_rule add constraint host_rule_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table host_rule add constraint host_rule_request_id_fkey FOREIGN KEY (request_id) REFERENCES host_request(id);
alter table host_rule add constraint host_rule_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table hunk_verdict add constraint hunk_verdict_change_id_file_hunk_fkey FOREIGN KEY (change_id, file, hunk) REFERENCES change_hunk(change_id, file, hunk);
alter table hunk_verdict add constraint hunk_verdict_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table hunk_verdict add constraint hunk_verdict_pkey PRIMARY KEY (change_id, file, hunk);
alter table hunk_verdict add constraint hunk_verdict_verdict_check CHECK ((verdict = ANY (ARRAY['keep'::text, 'drop'::text])));
alter table inbox add constraint inbox_pkey PRIMARY KEY (bot_id, update_id);
alter table inbox add constraint inbox_state_check CHECK ((state = ANY (ARRAY['received'::text, 'handled'::text, 'refused'::text, 'failed'::text])));
alter table landing add constraint landing_change_id_fkey FOREIGN KEY (change_id) REFERENCES change(id);
alter table landing add constraint landing_kind_check CHECK ((kind = ANY (ARRAY['merge'::text, 'undo'::text, 'redo'::text])));
alter table landing add constraint landing_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table landing add constraint landing_pkey PRIMARY KEY (id);
alter table landing add constraint landing_state_check CHECK ((state = ANY (ARRAY['intended'::text, 'landed'::text, 'kept'::text, 'stale'::text, 'conflict'::text, 'refused'::text])));
alter table landing add constraint landing_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table lease add constraint lease_pkey PRIMARY KEY (name);
alter table log add constraint log_pkey PRIMARY KEY (task_id, call_id);
alter table log add constraint log_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table mcp_call add constraint mcp_call_pkey PRIMARY KEY (token, key);
alter table mcp_session add constraint mcp_session_pkey PRIMARY KEY (hash);
alter table message add constraint message_pkey PRIMARY KEY (id);
alter table message add constraint message_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text])));
alter table message add constraint message_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table message add constraint message_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table message add constraint message_task_id_seq_key UNIQUE (task_id, seq);
alter table notice_rule add constraint notice_rule_check CHECK (((project_id IS NULL) OR (task_id IS NULL)));
alter table notice_rule add constraint notice_rule_class_check CHECK ((class = ANY (ARRAY['all'::text, 'decision'::text, 'question'::text, 'done'::text, 'failed'::text, 'info'::text])));
alter table notice_rule add constraint notice_rule_how_check CHECK ((how = ANY (ARRAY['loud'::text, 'silent'::text, 'critical'::text])));
alter table notice_rule add constraint notice_rule_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table notice_rule add constraint notice_rule_person_id_project_id_task_id_class_key UNIQUE NULLS NOT DISTINCT (person_id, project_id, task_id, class);
alter table notice_rule add constraint notice_rule_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id) ON DELETE CASCADE;
alter table notice_rule add constraint notice_rule_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id) ON DELETE CASCADE;
alter table outbox add constraint outbox_bot_id_key_key UNIQUE (bot_id, key);
alter table outbox add constraint outbox_card_id_fkey FOREIGN KEY (card_id) REFERENCES card(id);
alter table outbox add constraint outbox_change_id_fkey FOREIGN KEY (change_id) REFERENCES change(id);
alter table outbox add constraint outbox_class_check CHECK ((class = ANY (ARRAY['decision'::text, 'question'::text, 'done'::text, 'failed'::text, 'info'::text])));
alter table outbox add constraint outbox_kind_check CHECK ((kind = ANY (ARRAY['text'::text, 'document'::text, 'card'::text, 'reaction'::text, 'callback'::text, 'prompt'::text, 'pin'::text, 'pictures'::text, 'caption'::text, 'leave'::text, 'topic'::text])));
alter table outbox add constraint outbox_pkey PRIMARY KEY (id);
alter table outbox add constraint outbox_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'refused'::text])));
alter table outbox add constraint outbox_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table pairing add constraint pairing_id_check CHECK ((id = 1));
alter table pairing add constraint pairing_pkey PRIMARY KEY (id);
alter table panel add constraint panel_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table panel add constraint panel_pkey PRIMARY KEY (id);
alter table panel add constraint panel_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id) ON DELETE CASCADE;
alter table person add constraint person_pkey PRIMARY KEY (id);
alter table person add constraint person_role_by_fkey FOREIGN KEY (role_by) REFERENCES person(id);
alter table person add constraint person_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'approver'::text, 'member'::text, 'viewer'::text])));
alter table person add constraint person_telegram_user_id_key UNIQUE (telegram_user_id);
alter table personal add constraint personal_look_check CHECK ((look = ANY (ARRAY['dark'::text, 'light'::text, 'off'::text])));
alter table personal add constraint personal_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table personal add constraint personal_pkey PRIMARY KEY (person_id);
alter table plan add constraint plan_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table plan add constraint plan_pkey PRIMARY KEY (id);
alter table plan add constraint plan_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table plan add constraint plan_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'accepted'::text, 'changed'::text, 'cancelled'::text, 'withdrawn'::text, 'outdated'::text])));
alter table plan add constraint plan_task_id_call_id_key UNIQUE (task_id, call_id);
alter table plan add constraint plan_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table plan add constraint plan_task_id_number_key UNIQUE (task_id, number);
alter table project add constraint project_conversation FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table project add constraint project_kind_check CHECK ((kind = ANY (ARRAY['path'::text, 'url'::text])));
alter table project add constraint project_mode_check CHECK ((mode = ANY (ARRAY['plan'::text, 'ask'::text, 'auto'::text])));
alter table project add constraint project_pkey PRIMARY KEY (id);
alter table project add constraint project_state_check CHECK ((state = ANY (ARRAY['adding'::text, 'ready'::text, 'failed'::text, 'removed'::text])));
alter table prompt add constraint prompt_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table prompt add constraint prompt_pkey PRIMARY KEY (id);
alter table prompt add constraint prompt_state_check CHECK ((state = ANY (ARRAY['open'::text, 'answered'::text, 'cancelled'::text])));
alter table question add constraint question_answered_by_fkey FOREIGN KEY (answered_by) REFERENCES person(id);
alter table question add constraint question_lapsed_check CHECK ((lapsed = ANY (ARRAY['park'::text, 'safe'::text, 'on'::text])));
alter table question add constraint question_pkey PRIMARY KEY (id);
alter table question add constraint question_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table question add constraint question_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'answered'::text, 'withdrawn'::text])));
alter table question add constraint question_task_id_call_id_key UNIQUE (task_id, call_id);
alter table question add constraint question_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table quiet add constraint quiet_from_minute_check CHECK (((from_minute >= 0) AND (from_minute <= 1439)));
alter table quiet add constraint quiet_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table quiet add constraint quiet_pkey PRIMARY KEY (person_id);
alter table quiet add constraint quiet_to_minute_check CHECK (((to_minute >= 0) AND (to_minute <= 1439)));
alter table reservation add constraint reservation_account_id_fkey FOREIGN KEY (account_id) REFERENCES task(id);
alter table reservation add constraint reservation_pkey PRIMARY KEY (id);
alter table reservation add constraint reservation_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table reservation add constraint reservation_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table restore add constraint restore_before_id_fkey FOREIGN KEY (before_id) REFERENCES checkpoint(id);
alter table restore add constraint restore_checkpoint_id_fkey FOREIGN KEY (checkpoint_id) REFERENCES checkpoint(id);
alter table restore add constraint restore_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table restore add constraint restore_how_check CHECK ((how = ANY (ARRAY['beside'::text, 'over'::text])));
alter table restore add constraint restore_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table restore add constraint restore_pkey PRIMARY KEY (id);
alter table restore add constraint restore_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table restore add constraint restore_state_check CHECK ((state = ANY (ARRAY['looking'::text, 'offered'::text, 'wanted'::text, 'done'::text, 'refused'::text, 'dropped'::text])));
alter table restore add constraint restore_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table restore add constraint restore_undoes_id_fkey FOREIGN KEY (undoes_id) REFERENCES restore(id);
alter table run add constraint run_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent(id);
alter table run add constraint run_pkey PRIMARY KEY (id);
alter table run add constraint run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'parked'::text, 'finished'::text, 'failed'::text, 'stopped'::text, 'lost'::text])));
alter table run add constraint run_task_id_attempt_key UNIQUE (task_id, attempt);
alter table run add constraint run_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table schema_migration add constraint schema_migration_pkey PRIMARY KEY (version);
alter table selection add constraint selection_change_id_fkey FOREIGN KEY (change_id) REFERENCES change(id);
alter table selection add constraint selection_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table selection add constraint selection_pkey PRIMARY KEY (change_id);
alter table setting add constraint setting_pkey PRIMARY KEY (key);
alter table snooze add constraint snooze_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table snooze add constraint snooze_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table snooze add constraint snooze_pkey PRIMARY KEY (kind, subject_id);
alter table steer add constraint steer_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table steer add constraint steer_pkey PRIMARY KEY (id);
alter table steer add constraint steer_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table step add constraint step_pkey PRIMARY KEY (id);
alter table step add constraint step_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id);
alter table step add constraint step_state_check CHECK ((state = ANY (ARRAY['started'::text, 'finished'::text, 'failed'::text, 'denied'::text, 'interrupted'::text, 'withheld'::text])));
alter table step add constraint step_task_id_call_id_key UNIQUE (task_id, call_id);
alter table step add constraint step_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table stranger add constraint stranger_pkey PRIMARY KEY (bot_id, telegram_user_id);
alter table task add constraint task_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent(id);
alter table task add constraint task_call_key_key UNIQUE (call_key);
alter table task add constraint task_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table task add constraint task_mode_check CHECK ((mode = ANY (ARRAY['plan'::text, 'ask'::text, 'auto'::text])));
alter table task add constraint task_number_key UNIQUE (number);
alter table task add constraint task_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES task(id);
alter table task add constraint task_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table task add constraint task_pkey PRIMARY KEY (id);
alter table task add constraint task_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table task add constraint task_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'preparing'::text, 'running'::text, 'waiting'::text, 'paused'::text, 'proposing'::text, 'rehearsed'::text, 'review'::text, 'landing'::text, 'merged'::text, 'kept'::text, 'answered'::text, 'undone'::text, 'adopted'::text, 'discarded'::text, 'stopped'::text, 'failed'::text])));
alter table task_dependency add constraint task_dependency_needs_task_id_fkey FOREIGN KEY (needs_task_id) REFERENCES task(id);
alter table task_dependency add constraint task_dependency_pkey PRIMARY KEY (task_id, needs_task_id);
alter table task_dependency add constraint task_dependency_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table token add constraint token_hash_key UNIQUE (hash);
alter table token add constraint token_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table token add constraint token_pkey PRIMARY KEY (id);
alter table topic add constraint topic_pkey PRIMARY KEY (bot_id, chat_id, thread_id);
alter table topic add constraint topic_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table topic add constraint topic_state_check CHECK ((state = ANY (ARRAY['wanted'::text, 'open'::text, 'gone'::text])));
alter table topic add constraint topic_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table upload add constraint upload_bot_id_chat_id_message_id_key UNIQUE (bot_id, chat_id, message_id);
alter table upload add constraint upload_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversation(id);
alter table upload add constraint upload_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES person(id);
alter table upload add constraint upload_face_check CHECK ((face = ANY (ARRAY['offer'::text, 'tasks'::text])));
alter table upload add constraint upload_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table upload add constraint upload_pkey PRIMARY KEY (id);
alter table upload add constraint upload_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table upload add constraint upload_state_check CHECK ((state = ANY (ARRAY['gathering'::text, 'looking'::text, 'offered'::text, 'patching'::text, 'used'::text, 'failed'::text])));
alter table upload add constraint upload_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);
alter table upload_file add constraint upload_file_pkey PRIMARY KEY (id);
alter table upload_file add constraint upload_file_state_check CHECK ((state = ANY (ARRAY['fetching'::text, 'fetched'::text, 'ready'::text, 'failed'::text])));
alter table upload_file add constraint upload_file_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES upload(id) ON DELETE CASCADE;
alter table upload_file add constraint upload_file_upload_id_message_id_key UNIQUE (upload_id, message_id);
alter table voice add constraint voice_bot_id_update_id_key UNIQUE (bot_id, update_id);
alter table voice add constraint voice_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id);
alter table voice add constraint voice_pkey PRIMARY KEY (id);
alter table voice add constraint voice_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'heard'::text, 'asked'::text, 'done'::text, 'cancelled'::text, 'failed'::text])));
alter table worktree add constraint worktree_pkey PRIMARY KEY (id);
alter table worktree add constraint worktree_project_id_fkey FOREIGN KEY (project_id) REFERENCES project(id);
alter table worktree add constraint worktree_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'ready'::text, 'removing'::text, 'gone'::text])));
alter table worktree add constraint worktree_task_id_fkey FOREIGN KEY (task_id) REFERENCES task(id);

CREATE UNIQUE INDEX agent_name_live ON public.agent USING btree (project_id, lower(name)) WHERE (state <> 'retired'::text);
CREATE INDEX approval_alike ON public.approval USING btree (alike) WHERE (state = 'pending'::text);
CREATE INDEX approval_pending ON public.approval USING btree (created_at) WHERE (state = 'pending'::text);
CREATE INDEX approval_shown_with ON public.approval USING btree (shown_with) WHERE (shown_with IS NOT NULL);
CREATE INDEX attention_place ON public.attention USING btree (conversation_id, created_at DESC);
CREATE UNIQUE INDEX budget_day ON public.budget USING btree ((true)) WHERE ((task_id IS NULL) AND (project_id IS NULL));
CREATE UNIQUE INDEX budget_notice_pending ON public.budget_notice USING btree (kind, scope, scope_key, limit_micro_usd) WHERE (state = 'pending'::text);
CREATE INDEX budget_notice_task_task ON public.budget_notice_task USING btree (task_id);
CREATE UNIQUE INDEX budget_project ON public.budget USING btree (project_id) WHERE (project_id IS NOT NULL);
CREATE UNIQUE INDEX budget_task ON public.budget USING btree (task_id) WHERE (task_id IS NOT NULL);
CREATE UNIQUE INDEX button_same ON public.button USING btree (card_id, capability, md5(((input)::text || COALESCE((ask)::text, ''::text))));
CREATE INDEX card_message ON public.card USING btree (bot_id, chat_id, message_id);
CREATE INDEX card_stale ON public.card USING btree (bot_id, chat_id) WHERE (version > shown_version);
CREATE INDEX card_subject ON public.card USING btree (kind, subject_id);
CREATE INDEX card_task ON public.card USING btree (task_id);
CREATE UNIQUE INDEX change_open ON public.change USING btree (task_id) WHERE (state = ANY (ARRAY['proposed'::text, 'landing'::text]));
CREATE INDEX checkpoint_file_open ON public.checkpoint_file USING btree (home) WHERE (state = ANY (ARRAY['fetching'::text, 'wanted'::text]));
CREATE UNIQUE INDEX checkpoint_making ON public.checkpoint USING btree (project_id) WHERE (state = 'making'::text);
CREATE INDEX checkpoint_project ON public.checkpoint USING btree (project_id, number DESC);
CREATE UNIQUE INDEX connector_name_live ON public.connector USING btree (COALESCE(project_id, '00000000-0000-0000-0000-000000000000'::uuid), name) WHERE (state <> 'removed'::text);
CREATE INDEX cost_at ON public.cost USING btree (at);
CREATE INDEX cost_project ON public.cost USING btree (project_id, at);
CREATE INDEX cost_task ON public.cost USING btree (task_id);
CREATE UNIQUE INDEX engine_choice_project ON public.engine_choice USING btree (project_id) WHERE (project_id IS NOT NULL);
CREATE UNIQUE INDEX engine_choice_task ON public.engine_choice USING btree (task_id) WHERE (task_id IS NOT NULL);
CREATE INDEX event_kind ON public.event USING btree (kind, id);
CREATE INDEX event_task ON public.event USING btree (task_id, id);
CREATE UNIQUE INDEX grant_rule_project ON public.grant_rule USING btree (project_id, digest) WHERE ((task_id IS NULL) AND (revoked_at IS NULL));
CREATE INDEX host_request_alike ON public.host_request USING btree (alike) WHERE (state = 'pending'::text);
CREATE INDEX host_request_pending ON public.host_request USING btree (task_id) WHERE (state = 'pending'::text);
CREATE INDEX host_request_shown_with ON public.host_request USING btree (shown_with) WHERE (shown_with IS NOT NULL);
CREATE INDEX host_rule_live ON public.host_rule USING btree (project_id) WHERE ((revoked_at IS NULL) AND (used_at IS NULL));
CREATE INDEX inbox_open ON public.inbox USING btree (bot_id, chat_id, update_id) WHERE (state = 'received'::text);
CREATE UNIQUE INDEX landing_open ON public.landing USING btree (task_id) WHERE (state = 'intended'::text);
CREATE INDEX log_age ON public.log USING btree (created_at);
CREATE INDEX mcp_call_at ON public.mcp_call USING btree (at);
CREATE INDEX mcp_session_used ON public.mcp_session USING btree (token, used_at);
CREATE INDEX message_told ON public.message USING btree (task_id, seq) WHERE (told IS NOT NULL);
CREATE INDEX message_words ON public.message USING gin (to_tsvector('simple'::regconfig, replace("left"((content)::text, 20000), '\n'::text, ' '::text)));
CREATE INDEX outbox_change ON public.outbox USING btree (change_id) WHERE (change_id IS NOT NULL);
CREATE INDEX outbox_message_ids ON public.outbox USING gin (message_ids);
CREATE INDEX outbox_open ON public.outbox USING btree (bot_id, chat_id, id) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text]));
CREATE INDEX outbox_rang ON public.outbox USING btree (chat_id, created_at) WHERE loud;
CREATE INDEX outbox_words ON public.outbox USING gin (to_tsvector('simple'::regconfig, replace("left"((body)::text, 20000), '\n'::text, ' '::text))) WHERE (kind = ANY (ARRAY['text'::text, 'document'::text]));
CREATE INDEX person_username ON public.person USING btree (username) WHERE (username IS NOT NULL);
CREATE UNIQUE INDEX plan_open ON public.plan USING btree (task_id) WHERE (state = 'proposed'::text);
CREATE UNIQUE INDEX project_location_live ON public.project USING btree (home, location) WHERE ((state <> 'removed'::text) AND (state <> 'failed'::text));
CREATE UNIQUE INDEX project_name_live ON public.project USING btree (lower(name)) WHERE ((state <> 'removed'::text) AND (state <> 'failed'::text));
CREATE INDEX prompt_open ON public.prompt USING btree (bot_id, chat_id, person_id, created_at DESC) WHERE (state = 'open'::text);
CREATE INDEX reservation_task ON public.reservation USING btree (task_id);
CREATE INDEX restore_open ON public.restore USING btree (project_id) WHERE (state = ANY (ARRAY['looking'::text, 'wanted'::text]));
CREATE UNIQUE INDEX restore_undone_once ON public.restore USING btree (undoes_id) WHERE ((undoes_id IS NOT NULL) AND (state = ANY (ARRAY['looking'::text, 'offered'::text, 'wanted'::text, 'done'::text])));
CREATE INDEX steer_message ON public.steer USING btree (conversation_id, message_id) WHERE (message_id IS NOT NULL);
CREATE INDEX steer_open ON public.steer USING btree (task_id, id) WHERE (taken_seq IS NULL);
CREATE INDEX task_claimable ON public.task USING btree (priority DESC, number) WHERE (state = ANY (ARRAY['queued'::text, 'preparing'::text, 'running'::text, 'proposing'::text, 'landing'::text]));
CREATE INDEX task_message ON public.task USING btree (conversation_id, reply_to_message_id) WHERE (reply_to_message_id IS NOT NULL);
CREATE INDEX task_parent ON public.task USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX task_project ON public.task USING btree (project_id, number DESC);
CREATE UNIQUE INDEX token_name_live ON public.token USING btree (lower(name)) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX topic_message_thread ON public.topic USING btree (bot_id, chat_id, message_thread_id) WHERE (message_thread_id IS NOT NULL);
CREATE INDEX topic_task ON public.topic USING btree (task_id) WHERE (task_id IS NOT NULL);
CREATE UNIQUE INDEX upload_album ON public.upload USING btree (bot_id, chat_id, album) WHERE (album IS NOT NULL);
CREATE INDEX upload_chat ON public.upload USING btree (bot_id, chat_id, created_at DESC);
CREATE INDEX upload_file_fetching ON public.upload_file USING btree (created_at) WHERE (state = 'fetching'::text);
CREATE INDEX upload_open ON public.upload USING btree (home) WHERE (state = ANY (ARRAY['gathering'::text, 'looking'::text, 'patching'::text]));
CREATE INDEX voice_open ON public.voice USING btree (bot_id, chat_id, update_id) WHERE (state = ANY (ARRAY['waiting'::text, 'heard'::text]));
CREATE UNIQUE INDEX worktree_live ON public.worktree USING btree (task_id) WHERE (state <> 'gone'::text);

CREATE OR REPLACE FUNCTION public.event_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'event rows are never changed';
end
$function$
;

CREATE TRIGGER event_append_only BEFORE DELETE OR UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION event_is_append_only();
