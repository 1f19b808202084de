SET lock_timeout = '5s';

-- How much of a variant is for sale, as catalog has told it last, up to what one cart may have; no row: not told yet.
CREATE TABLE stock_level (
    variant_id uuid PRIMARY KEY,
    available bigint NOT NULL CHECK (available >= 0)
);
