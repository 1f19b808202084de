SET lock_timeout = '5s';

-- When a trip was last heard of: its company reads the contact for a while after that. Null for what was heard before, which counts from
-- the order's confirmation.
ALTER TABLE job ADD COLUMN news_at timestamptz;
