-- Sessions of programs that speak the older protocol: what a client said of itself when it began, so that it need not begin anew when Lugh does.

create table mcp_session (
  -- SHA-256 of its id, hex
  hash text primary key,
  -- whose token it was begun with; with another nobody finds it
  token text not null,
  -- the version of the protocol it asked for, its name and what it can do
  hello jsonb not null,
  -- addresses of resources it wants to be told of
  watched jsonb not null default '[]',
  used_at timestamptz not null default now()
);
create index mcp_session_used on mcp_session (token, used_at);
