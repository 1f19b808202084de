-- outside a transaction
SET lock_timeout = '2s';

-- What was told of one aggregate is looked up by the aggregate alone: its name says which topic it tells into, and a name that many rows share is
-- kept once. The index that goes repeated topic and name in every row, a tenth of what an order leaves in the archive. Until it is made, which takes
-- seconds, the relay waits, and nobody else: business transactions write the outbox, and readers read on.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX IF NOT EXISTS outbox_archive_of ON outbox_archive (aggregate);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX IF EXISTS outbox_archive_aggregate;
