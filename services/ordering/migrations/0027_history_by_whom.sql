-- outside a transaction
-- Who did it and why, beside what happened. Of what the release before writes it is known by the input alone.
SET lock_timeout = '2s';

ALTER TABLE order_history
ADD COLUMN IF NOT EXISTS actor_kind text,
ADD COLUMN IF NOT EXISTS actor text, -- the subject, of a person
ADD COLUMN IF NOT EXISTS reason text, -- in words
ADD COLUMN IF NOT EXISTS reason_code text,
-- Whose part it was about, null of the whole.
ADD COLUMN IF NOT EXISTS seller_order_id uuid;

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_history_actor ON order_history (actor) WHERE actor IS NOT NULL;
