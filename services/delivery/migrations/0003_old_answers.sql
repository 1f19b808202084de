SET lock_timeout = '5s';

-- Answers to replies are forgotten when no channel can bring the reply again.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX reply_inbox_answered ON reply_inbox (answered_at);
