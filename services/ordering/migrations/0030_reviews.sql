SET lock_timeout = '5s';

-- What a buyer says of goods that they have had, one of a line, and of how an order was brought, one of an order.
CREATE TABLE review (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('GOODS', 'DELIVERY')),
    order_id uuid NOT NULL REFERENCES orders (id),
    order_line_id uuid UNIQUE REFERENCES order_line (id),
    product_id uuid,
    merchant_id uuid,
    partner_id uuid,
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    version integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'SHOWN' CHECK (state IN ('SHOWN', 'HIDDEN')),
    stars integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words text,
    initial text, -- of the reviewer's name, where they agreed
    posted_at timestamptz NOT NULL,
    edited_at timestamptz,
    answer text,
    answered_at timestamptz,
    reported_at timestamptz, -- somebody has, and no officer has looked since
    CONSTRAINT review_of CHECK (
        CASE kind
            WHEN 'GOODS' THEN order_line_id IS NOT NULL AND product_id IS NOT NULL AND merchant_id IS NOT NULL AND partner_id IS NULL
            ELSE order_line_id IS NULL AND product_id IS NULL AND merchant_id IS NULL
        END
    ),
    CONSTRAINT review_initial CHECK (char_length(initial) = 1)
);
CREATE UNIQUE INDEX review_of_delivery ON review (order_id) WHERE kind = 'DELIVERY';
CREATE INDEX review_order ON review (order_id);
CREATE INDEX review_buyer ON review (buyer_id);
CREATE INDEX review_product ON review (product_id, posted_at, id) INCLUDE (stars) WHERE kind = 'GOODS' AND state = 'SHOWN';
CREATE INDEX review_merchant ON review (merchant_id) INCLUDE (stars) WHERE kind = 'GOODS' AND state = 'SHOWN';
CREATE INDEX review_reported ON review (reported_at, id) WHERE reported_at IS NOT NULL;

-- Who did what with a review, and why. Only words go, with the person who wrote them.
CREATE TABLE review_history (
    review_id uuid NOT NULL REFERENCES review (id),
    version integer NOT NULL,
    at timestamptz NOT NULL,
    input text NOT NULL CHECK (input IN ('POST', 'EDIT', 'ANSWER', 'REPORT', 'HIDE', 'SHOW')),
    actor_kind text NOT NULL,
    actor text,
    words text,
    PRIMARY KEY (review_id, version)
);
CREATE INDEX review_history_actor ON review_history (actor) WHERE actor IS NOT NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON review_history FROM ordering;
GRANT UPDATE (words) ON review_history TO ordering;
