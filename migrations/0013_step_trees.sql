-- The files as a command has left them. What edits have done is in their input.
alter table step add column tree text;
