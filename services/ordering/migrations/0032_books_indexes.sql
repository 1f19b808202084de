-- outside a transaction
-- What an account moved since a day, read from the index alone; and that a posting is booked once.
SET lock_timeout = '2s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE ledger VALIDATE CONSTRAINT ledger_is_of_one;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ledger_posting ON ledger (posting_id, kind, debit_account, credit_account)
WHERE posting_id IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS ledger_debit_at ON ledger (debit_account, at) INCLUDE (amount_rupiah);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS ledger_credit_at ON ledger (credit_account, at) INCLUDE (amount_rupiah);
DROP INDEX CONCURRENTLY IF EXISTS ledger_debit;
DROP INDEX CONCURRENTLY IF EXISTS ledger_credit;
