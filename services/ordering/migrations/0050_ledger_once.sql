-- outside a transaction
SET lock_timeout = '2s';

-- A transfer of an order is booked once, as before: but the index keeps a hash of what it is, where both accounts were written out once more, which
-- was a fifth of the ledger. It is what the ledger is read by an order by.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ledger_once_of_order
ON ledger (order_id, hashtextextended(kind || '|' || debit_account || '|' || credit_account || '|' || cause, 0))
WHERE order_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS ledger_once;
