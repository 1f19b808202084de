SET lock_timeout = '5s';

-- When a seller order last changed: a merchant's live view asks for what changed since it last looked.
ALTER TABLE seller_order ADD COLUMN changed_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z';
