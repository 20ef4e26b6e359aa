-- Groups Lugh was added to: silent until the owner admits one. Nothing of what is said there is kept before.
create table chat_group (
  bot_id bigint not null,
  chat_id bigint not null,
  title text not null,
  state text not null check (state in ('asked', 'admitted', 'refused', 'gone', 'moved')),
  -- How often it was asked about; a card asks about one of these times.
  asked integer not null default 0,
  -- What Telegram last said of the group and of Lugh's rights there.
  forum boolean not null default false,
  administrator boolean not null default false,
  manages_topics boolean not null default false,
  -- Who added Lugh, by their number: they need not be listed.
  added_by bigint,
  decided_by uuid references person (id),
  -- The supergroup this group became.
  moved_to bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (bot_id, chat_id)
);

-- Who gave the role by hand, and whether that is why they are listed: a start keeps both.
alter table person add column role_by uuid references person (id);
alter table person add column admitted boolean not null default false;
-- As Telegram last said it, lower case; only to find a listed person by.
alter table person add column username text;
create index person_username on person (username) where username is not null;

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('text', 'document', 'card', 'reaction', 'callback', 'prompt', 'pin', 'pictures', 'caption', 'leave'));
