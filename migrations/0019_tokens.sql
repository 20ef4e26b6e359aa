-- Programs that speak over MCP: with what they prove who they are, and what was answered to them.

create table token (
  id uuid primary key,
  name text not null,
  -- SHA-256 of the secret, hex; null: nobody has fetched it yet
  hash text unique,
  scopes jsonb not null,
  -- ids of the only projects it may know of; null: all
  projects jsonb,
  person_id uuid not null references person (id),
  per_minute integer not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index token_name_live on token (lower(name)) where revoked_at is null;

-- a call that named itself is carried out once: asked again, it is answered from here
create table mcp_call (
  token text not null,
  key text not null,
  digest text not null,
  answer jsonb not null,
  at timestamptz not null default now(),
  primary key (token, key)
);
create index mcp_call_at on mcp_call (at);
