-- What a task may do before a person is asked to look: counted over the runs since that last happened, however often it was parked, killed or
-- given another engine meanwhile.
alter table run add column since_attempt integer not null default 1;
alter table run add column worked_ms bigint not null default 0;
update run set since_attempt = attempt;
