SET lock_timeout = '5s';

-- What its company should know of a trip: how much it may weigh, when each merchant has promised the goods, and when it said that they are
-- packed. NULL of trips and stops of before.
ALTER TABLE delivery ADD COLUMN weight_limit_gram integer;
ALTER TABLE stop
ADD COLUMN ready_at timestamptz,
ADD COLUMN packed_at timestamptz;
