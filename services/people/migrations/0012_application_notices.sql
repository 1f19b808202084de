-- outside a transaction
SET lock_timeout = '5s';

-- Who was told that an application waits, when it is settled.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS notice_application ON notice (about) WHERE kind = 'APPLICATION_WAITING';
