SET lock_timeout = '5s';

-- Stop by stop: when the rider came, when the goods were handed over, why they were not. NULL of trips that are reported as a whole.
ALTER TABLE stop
ADD COLUMN arrived_at timestamptz,
ADD COLUMN fetched_at timestamptz,
ADD COLUMN failure_code text,
ADD CONSTRAINT stop_failed CHECK (failure_code IS NULL OR (left_out_at IS NOT NULL AND fetched_at IS NULL)) NOT VALID;

-- Some of the goods are with the rider, others are still to be fetched: of a trip that is PICKED_UP. In the row that reports lock.
ALTER TABLE delivery ADD COLUMN fetching boolean NOT NULL DEFAULT false;
