-- Review by hunk: the pieces of a change, what a person said to each, and what was left out.

-- `hunk` 0: what changes of the file beside its lines, or all of it where it is not taken in parts
create table change_hunk (
  change_id uuid not null references change (id),
  -- its place in the change's list of files, from 0
  file integer not null,
  hunk integer not null,
  old_start integer not null,
  old_lines integer not null,
  new_start integer not null,
  new_lines integer not null,
  insertions integer not null,
  deletions integer not null,
  -- as a card shows it, cut; `lines`: how many there are in all
  text text not null,
  lines integer not null,
  primary key (change_id, file, hunk)
);

create table hunk_verdict (
  change_id uuid not null,
  file integer not null,
  hunk integer not null,
  -- the change's, as it was shown
  digest text not null,
  -- null: only a comment was made
  verdict text check (verdict in ('keep', 'drop')),
  comment text,
  person_id uuid not null references person (id),
  door text not null,
  at timestamptz not null default now(),
  primary key (change_id, file, hunk),
  foreign key (change_id, file, hunk) references change_hunk (change_id, file, hunk)
);

-- A person wants the dropped pieces left out; `tree` is what is left, once it is made.
create table selection (
  change_id uuid primary key references change (id),
  digest text not null,
  kept integer not null,
  total integer not null,
  -- the task's runs so far: another one means that its agent has worked since
  runs integer not null,
  tree text,
  person_id uuid not null references person (id),
  door text not null,
  created_at timestamptz not null default now()
);

-- of what change this is a part, and how much of it: `of`, `kept`, `total`
alter table change add column part jsonb;
-- the piece its card shows in place of the whole
alter table change add column at_file integer;
alter table change add column at_hunk integer;
