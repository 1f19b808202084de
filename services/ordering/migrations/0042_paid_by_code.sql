-- outside a transaction
-- Who is paid by code: `provider` takes the money; NULL is cash. What the release before writes is cash, and what it reads is: a payment that waits
-- for its money is DUE, one that has it COLLECTED, with `paid_at` beside it. One table at a time: requests read several of these at
-- once, so that with two locks held they and we could wait for each other.
SET lock_timeout = '2s';

-- Set once all have accepted: until then the buyer may pay.
ALTER TABLE orders ADD COLUMN IF NOT EXISTS pay_by timestamptz;

ALTER TABLE payment ADD COLUMN IF NOT EXISTS provider text,
    ADD COLUMN IF NOT EXISTS paid_at timestamptz,
    ADD COLUMN IF NOT EXISTS refunded_rupiah bigint NOT NULL DEFAULT 0;
-- squawk-ignore ban-drop-constraint
ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_paid_is_collected,
    ADD CONSTRAINT payment_paid_is_collected CHECK (
        paid_at IS NULL OR (provider IS NOT NULL AND status = 'COLLECTED' AND collected_rupiah IS NOT NULL)) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_refunded_was_paid,
    ADD CONSTRAINT payment_refunded_was_paid CHECK (refunded_rupiah BETWEEN 0 AND coalesce(collected_rupiah, 0)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payment VALIDATE CONSTRAINT payment_paid_is_collected;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payment VALIDATE CONSTRAINT payment_refunded_was_paid;

-- What happens to an order several times, as a payment that comes twice, has a cause of its own.
ALTER TABLE ledger ADD COLUMN IF NOT EXISTS cause text NOT NULL DEFAULT '';
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ledger_once ON ledger (order_id, kind, debit_account, credit_account, cause);
-- squawk-ignore ban-drop-constraint
ALTER TABLE ledger DROP CONSTRAINT IF EXISTS ledger_order_id_kind_debit_account_credit_account_key;
