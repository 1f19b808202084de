-- outside a transaction
-- Carts of guests, whose token alone opens them, and what age has taken from a cart; what a buyer saw and said of a line. What the release
-- before writes is a buyer's cart, and lines of which nobody saw or said anything. One table at a time: requests read several of these at
-- once, so that with two locks held they and we could wait for each other.
SET lock_timeout = '2s';

-- squawk-ignore ban-drop-not-null
ALTER TABLE cart ALTER COLUMN buyer_id DROP NOT NULL;
ALTER TABLE cart
ADD COLUMN IF NOT EXISTS token_hash bytea, -- SHA-256 of a guest's token, which nobody has but the guest
ADD COLUMN IF NOT EXISTS opened_at timestamptz,
ADD COLUMN IF NOT EXISTS taken_over_by uuid, -- the buyer whose cart has got all of it that there was room for
ADD COLUMN IF NOT EXISTS swept_at timestamptz, -- as of which change it was found old; not a present one when something has changed since
ADD COLUMN IF NOT EXISTS swept_lines integer NOT NULL DEFAULT 0; -- so many went then
-- squawk-ignore ban-drop-constraint
ALTER TABLE cart DROP CONSTRAINT IF EXISTS cart_is_somebodys;
ALTER TABLE cart ADD CONSTRAINT cart_is_somebodys CHECK (
    num_nonnulls(buyer_id, token_hash) = 1 AND num_nonnulls(token_hash, opened_at) IN (0, 2)
    AND coalesce(length(token_hash) = 32, true) AND num_nonnulls(buyer_id, taken_over_by) <= 1 AND swept_lines >= 0
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE cart VALIDATE CONSTRAINT cart_is_somebodys;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS cart_token ON cart (token_hash) WHERE token_hash IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS cart_opened ON cart (opened_at) WHERE token_hash IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS cart_taken_over ON cart (taken_over_by) WHERE taken_over_by IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS cart_unswept ON cart (updated_at)
WHERE swept_at IS DISTINCT FROM updated_at AND token_hash IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS cart_unswept_guests ON cart (updated_at)
WHERE swept_at IS DISTINCT FROM updated_at AND token_hash IS NOT NULL;

ALTER TABLE cart_line
ADD COLUMN IF NOT EXISTS seen_price_rupiah bigint, -- what it cost when it was put in
ADD COLUMN IF NOT EXISTS seen_price_basis bigint,
ADD COLUMN IF NOT EXISTS note text,
ADD COLUMN IF NOT EXISTS when_short text; -- null is ASK
-- squawk-ignore ban-drop-constraint
ALTER TABLE cart_line DROP CONSTRAINT IF EXISTS cart_line_is_said_right;
ALTER TABLE cart_line ADD CONSTRAINT cart_line_is_said_right CHECK (
    num_nulls(seen_price_rupiah, seen_price_basis) IN (0, 2) AND coalesce(seen_price_rupiah >= 0 AND seen_price_basis > 0, true)
    AND coalesce(length(note) BETWEEN 1 AND 200, true) AND coalesce(when_short IN ('DROP', 'SIMILAR', 'ASK'), true)
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE cart_line VALIDATE CONSTRAINT cart_line_is_said_right;

-- What is said to a seller of a cart; it goes with the cart, and when an order is placed.
CREATE TABLE IF NOT EXISTS cart_seller (
    cart_id uuid NOT NULL REFERENCES cart (id) ON DELETE CASCADE,
    merchant_id uuid NOT NULL,
    note text NOT NULL CONSTRAINT cart_seller_note CHECK (length(note) BETWEEN 1 AND 200),
    PRIMARY KEY (cart_id, merchant_id)
);
