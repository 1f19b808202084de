-- outside a transaction
SET lock_timeout = '2s';

ALTER TABLE stop VALIDATE CONSTRAINT stop_failed;
