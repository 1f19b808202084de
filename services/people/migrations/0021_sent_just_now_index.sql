-- outside a transaction
SET lock_timeout = '5s';

-- To whom something was sent just now is asked for at each look: by time, and not person by person.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_sent ON messages (channel, sent_at) WHERE sent_at IS NOT NULL;
