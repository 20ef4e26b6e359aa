-- A diff as pictures, and the words under them once they are outdated.
alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check
  check (kind in ('text', 'document', 'card', 'reaction', 'callback', 'prompt', 'pin', 'pictures', 'caption'));
