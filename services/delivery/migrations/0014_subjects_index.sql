-- outside a transaction
SET lock_timeout = '5s';

-- What one person did, and what was done about them, is found for the copy of their data, and for erasing, without a look at all of it.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS reply_inbox_said_by ON reply_inbox (said_by, answered_at) WHERE said_by IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS partner_history_subject ON partner_history (subject, id);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS partner_history_about ON partner_history (about) WHERE about IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS partner_invitation_used_by ON partner_invitation (used_by) WHERE used_by IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS partner_invitation_made_by ON partner_invitation (made_by) WHERE made_by IS NOT NULL;
