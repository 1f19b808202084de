SET lock_timeout = '5s';

-- Trips that a person ended, for nothing else did: who, when and why.
CREATE TABLE delivery_ending (
    delivery_id uuid PRIMARY KEY REFERENCES delivery,
    outcome text NOT NULL CHECK (outcome IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'LOST', 'CANCELLED')),
    failure_code text,
    cash_collected_rupiah bigint CHECK (cash_collected_rupiah >= 0),
    reason text NOT NULL,
    ended_by text NOT NULL,
    at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON delivery_ending FROM delivery;
