-- MCP servers a person connects. How one is started or reached never holds a secret: it names where one is to be found.

create table connector (
  id uuid primary key,
  home text not null,
  -- null: every project has it
  project_id uuid references project (id),
  name text not null,
  definition jsonb,
  digest text not null default '',
  state text not null check (state in ('draft', 'testing', 'listed', 'connected', 'needs-login', 'failed', 'removed')),
  failure text,
  -- places its last start was stopped at
  blocked jsonb not null default '[]'::jsonb,
  -- what its listing left out, in words
  left_out jsonb not null default '[]'::jsonb,
  -- a person has seen its tools and lets agents use them
  accepted_at timestamptz,
  tested_at timestamptz,
  -- what its card shows: a page of tools, or one of them
  face jsonb not null default '{"page": 0}'::jsonb,
  conversation_id uuid references conversation (id),
  added_by uuid references person (id),
  created_at timestamptz not null default now()
);
create unique index connector_name_live on connector (coalesce(project_id, '00000000-0000-0000-0000-000000000000'::uuid), name) where state <> 'removed';

-- What it listed last, and what of that a person has accepted. Only a tool whose newest digest is the accepted one is offered to agents.
create table connector_tool (
  connector_id uuid not null references connector (id) on delete cascade,
  name text not null,
  alias text not null,
  description text not null,
  -- canonical JSON as text: its members keep their order, so that prompts stay the same
  input_schema text not null,
  digest text not null,
  gone boolean not null default false,
  rule text not null default 'ask' check (rule in ('ask', 'allow', 'never')),
  accepted_digest text,
  accepted_description text,
  accepted_schema text,
  seen_at timestamptz not null default now(),
  primary key (connector_id, name)
);

-- Servers that a repository's .mcp.json would like. A proposal, never a setting.
create table connector_proposal (
  id uuid primary key,
  project_id uuid not null references project (id),
  digest text not null,
  servers jsonb not null,
  state text not null default 'open' check (state in ('open', 'added', 'ignored')),
  decided_by uuid references person (id),
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (project_id, digest)
);
