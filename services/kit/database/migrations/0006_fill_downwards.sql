SET lock_timeout = '5s';

-- A new log is filled from the newest aggregates down: those with an archived row at or above `filled_from` are in it whole.
-- `filled_to`, which rose, is not read any more.
ALTER TABLE relay_log ADD COLUMN filled_from bigint NOT NULL DEFAULT 9223372036854775807;
