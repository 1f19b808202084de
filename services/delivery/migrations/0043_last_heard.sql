-- outside a transaction
SET lock_timeout = '5s';

-- When each company was heard of last, for operators.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS reply_inbox_partner ON reply_inbox (partner_id, answered_at);
