-- Every card that was decided says who decided, how and when: these were the ones that did not keep all three.
alter table chat_group add column decided_door text, add column decided_at timestamptz;
alter table connector_proposal add column decided_door text;
-- Only who spoke may say what becomes of it. `question`: the one that the answered message puts, as its own button says.
alter table voice add column decided_door text, add column decided_at timestamptz, add column question uuid;
-- Null: nobody chose, since the words under it already asked for something.
alter table upload add column decided_by uuid references person (id), add column decided_door text, add column decided_at timestamptz;
-- The message that the card was to answer is gone, which it says.
alter table card add column reply_lost boolean not null default false;
