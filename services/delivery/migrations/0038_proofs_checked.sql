-- outside a transaction
SET lock_timeout = '2s';

ALTER TABLE delivery VALIDATE CONSTRAINT delivery_dropoff_wish;
ALTER TABLE audit VALIDATE CONSTRAINT audit_action;
