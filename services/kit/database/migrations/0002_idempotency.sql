SET lock_timeout = '5s';

-- What a mutation that creates has answered, in the transaction that created: a repeat gets the same again.
CREATE TABLE idempotency (
    caller text NOT NULL,
    mutation text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    answer jsonb, -- NULL only between claim and store, inside one transaction
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, mutation, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
