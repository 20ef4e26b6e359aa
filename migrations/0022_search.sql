-- Words of what was said and sent, without a language: names and code are no prose. The first 20,000 characters, since a text of more
-- different words than a tsvector can hold must never keep a row from being written.
create index message_words on message using gin (to_tsvector('simple', replace(left(content::text, 20000), '\n', ' ')));
create index outbox_words on outbox using gin (to_tsvector('simple', replace(left(body::text, 20000), '\n', ' '))) where kind in ('text', 'document');
