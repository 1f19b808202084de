SET lock_timeout = '5s';

-- After a restore the same number may come again under a higher epoch: what waits from before it is then another history's.
ALTER TABLE inbox_waiting ADD COLUMN epoch integer NOT NULL DEFAULT 1;

-- A dead letter keeps the record whole, so that it can be applied when its fault is mended; `digest` makes a repeat one row.
ALTER TABLE dead_letter
ADD COLUMN source text,
ADD COLUMN aggregate text,
ADD COLUMN aggregateseq bigint,
ADD COLUMN key bytea,
ADD COLUMN headers jsonb NOT NULL DEFAULT '[]',
ADD COLUMN digest bytea,
ADD COLUMN times integer NOT NULL DEFAULT 1,
ADD COLUMN replayed_at timestamptz;
CREATE UNIQUE INDEX dead_letter_digest ON dead_letter (consumer, topic, digest); -- squawk-ignore require-concurrent-index-creation
