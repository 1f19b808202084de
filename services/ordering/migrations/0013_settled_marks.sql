SET lock_timeout = '5s';

-- What a person has looked at: which mark of an order was settled, by whom and why.
CREATE TABLE order_mark_settled (
    order_id uuid NOT NULL REFERENCES orders,
    mark text NOT NULL,
    because text NOT NULL,
    settled_by text NOT NULL,
    at timestamptz NOT NULL DEFAULT wlijo_now(),
    PRIMARY KEY (order_id, at)
);
REVOKE UPDATE, DELETE, TRUNCATE ON order_mark_settled FROM ordering;
