SET lock_timeout = '5s';

-- What others were last told of how much is for sale; null until they are told for the first time.
ALTER TABLE stock_item ADD COLUMN IF NOT EXISTS told bigint;
