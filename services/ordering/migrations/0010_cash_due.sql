SET lock_timeout = '2s';

-- What is asked at the door: the total, rounded to what people carry. NULL for what an older image placed: the total itself.
ALTER TABLE payment ADD COLUMN cash_due_rupiah bigint CHECK (cash_due_rupiah >= 0);
