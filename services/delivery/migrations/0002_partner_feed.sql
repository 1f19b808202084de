SET lock_timeout = '5s';

-- What partners are told is also read over HTTP, each partner its own in the order of `seq`, from a cursor that is an event's id.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX outbox_partner ON outbox (topic, seq) WHERE topic LIKE 'partner.%';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX outbox_archive_partner ON outbox_archive (topic, seq) WHERE topic LIKE 'partner.%';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX outbox_archive_partner_id ON outbox_archive (id) WHERE topic LIKE 'partner.%';
