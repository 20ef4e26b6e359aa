-- Which of the questions that an agent asked at once this is. They are asked one after the other.
alter table question add column nth integer not null default 1;
alter table question add column total integer not null default 1;
