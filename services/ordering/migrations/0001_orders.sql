SET lock_timeout = '5s';

-- Who buys, by the subject of the token. Nothing else is known of a person here.
CREATE TABLE buyer (
    id uuid PRIMARY KEY,
    subject text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

-- Personal data lives in this table alone. A contact never changes: another address is another contact, so an order's reference
-- stays what the buyer chose. Erasing a person empties these rows and breaks nothing.
CREATE TABLE contact (
    id uuid PRIMARY KEY,
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    label text NOT NULL,
    recipient text NOT NULL,
    phone text NOT NULL,
    line text NOT NULL,
    note text,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    kecamatan_code text NOT NULL,
    desa_code text,
    created_at timestamptz NOT NULL
);
CREATE INDEX contact_buyer ON contact (buyer_id, created_at);

-- One cart per buyer; placing an order empties it.
CREATE TABLE cart (
    id uuid PRIMARY KEY,
    buyer_id uuid NOT NULL UNIQUE REFERENCES buyer (id),
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
CREATE TABLE cart_line (
    id uuid PRIMARY KEY,
    cart_id uuid NOT NULL REFERENCES cart (id),
    variant_id uuid NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    UNIQUE (cart_id, variant_id)
);

-- What catalog and delivery have told. Nothing here refers to anything: the events come in any order.
CREATE TABLE merchant (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    kecamatan_code text NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    hours jsonb NOT NULL,
    always_open boolean NOT NULL,
    auto_accept boolean NOT NULL,
    accept_within_s integer NOT NULL,
    prep_time_s integer NOT NULL
);
CREATE TABLE merchant_member (
    merchant_id uuid NOT NULL,
    subject text NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (merchant_id, subject)
);
CREATE TABLE product (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    status text NOT NULL
);
CREATE TABLE variant (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    label text NOT NULL,
    unit_label text NOT NULL,
    step bigint NOT NULL,
    min bigint NOT NULL,
    price_rupiah bigint NOT NULL,
    price_basis bigint NOT NULL,
    gram_per_base double precision NOT NULL,
    gone boolean NOT NULL DEFAULT false -- the product no longer has it; carts may still name it
);
CREATE INDEX variant_product ON variant (product_id);
CREATE TABLE partner (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL
);

-- Orders of a WIB day are numbered 1, 2, 3 …
CREATE TABLE order_day (
    day date PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    contact_id uuid NOT NULL REFERENCES contact (id),
    dropoff_kecamatan_code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL CHECK (status IN ('PLACED', 'CONFIRMED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
    state text NOT NULL, -- of the process manager; a timer or an awaited reply stands behind every one that is not an end
    slot text NOT NULL,
    goods_rupiah bigint NOT NULL CHECK (goods_rupiah >= 0),
    delivery_rupiah bigint NOT NULL CHECK (delivery_rupiah >= 0),
    total_rupiah bigint NOT NULL CHECK (total_rupiah = goods_rupiah + delivery_rupiah),
    rider_share_rupiah bigint NOT NULL CHECK (rider_share_rupiah >= 0),
    partner_share_rupiah bigint NOT NULL CHECK (partner_share_rupiah >= 0),
    platform_share_rupiah bigint NOT NULL CHECK (platform_share_rupiah >= 0),
    mass_gram bigint NOT NULL,
    quote_jti text NOT NULL CONSTRAINT orders_quote_is_used_once UNIQUE,
    test boolean NOT NULL,
    placed_at timestamptz NOT NULL,
    hold_until timestamptz NOT NULL,
    confirmed_at timestamptz,
    ended_at timestamptz,
    cancel_reason text,
    borne_by text,
    attention text, -- a contradiction that a person has to look at
    CHECK (rider_share_rupiah + partner_share_rupiah + platform_share_rupiah = delivery_rupiah),
    CHECK ((status = 'CANCELLED') = (cancel_reason IS NOT NULL AND borne_by IS NOT NULL))
);
CREATE INDEX orders_buyer ON orders (buyer_id, placed_at, id);
CREATE INDEX orders_attention ON orders (placed_at) WHERE attention IS NOT NULL;

CREATE TABLE seller_order (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    merchant_id uuid NOT NULL,
    status text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    goods_rupiah bigint NOT NULL CHECK (goods_rupiah >= 0),
    commission_rupiah bigint NOT NULL DEFAULT 0 CHECK (commission_rupiah >= 0),
    accept_within_s integer NOT NULL,
    prep_time_s integer NOT NULL,
    auto_accept boolean NOT NULL,
    accept_by timestamptz, -- known once the stock is held
    ready_at timestamptz,
    reject_reason text,
    placed_at timestamptz NOT NULL,
    UNIQUE (order_id, merchant_id)
);
CREATE INDEX seller_order_merchant ON seller_order (merchant_id, placed_at, id);

-- As sold: later prices and names do not touch it.
CREATE TABLE order_line (
    id uuid PRIMARY KEY,
    seller_order_id uuid NOT NULL REFERENCES seller_order (id),
    position integer NOT NULL,
    variant_id uuid NOT NULL,
    name text NOT NULL,
    unit_label text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    price_rupiah bigint NOT NULL CHECK (price_rupiah >= 0),
    price_basis bigint NOT NULL CHECK (price_basis > 0),
    total_rupiah bigint NOT NULL CHECK (total_rupiah >= 0)
);
CREATE INDEX order_line_seller_order ON order_line (seller_order_id, position);

CREATE TABLE payment (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE REFERENCES orders (id),
    method text NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah >= 0),
    status text NOT NULL,
    collected_rupiah bigint CHECK (collected_rupiah >= 0)
);

-- One row is one transfer, so the books balance by construction; a balance is a sum. Rows are only ever added.
CREATE TABLE ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    kind text NOT NULL,
    debit_account text NOT NULL,
    credit_account text NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah > 0),
    at timestamptz NOT NULL,
    CHECK (debit_account <> credit_account),
    UNIQUE (order_id, kind, debit_account, credit_account)
);
CREATE INDEX ledger_debit ON ledger (debit_account);
CREATE INDEX ledger_credit ON ledger (credit_account);
REVOKE UPDATE, DELETE, TRUNCATE ON ledger FROM ordering;

-- What happened to an order, one row per version.
CREATE TABLE order_history (
    order_id uuid NOT NULL REFERENCES orders (id),
    version integer NOT NULL,
    at timestamptz NOT NULL,
    status text NOT NULL,
    state text NOT NULL,
    input text NOT NULL,
    PRIMARY KEY (order_id, version)
);
REVOKE UPDATE, DELETE, TRUNCATE ON order_history FROM ordering;

-- Whose job a trip is: by this a partner may read the contact.
CREATE TABLE job (
    delivery_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    partner_id uuid,
    rider_id uuid,
    state text NOT NULL CHECK (state IN ('OPEN', 'ASSIGNED', 'PICKED_UP', 'FINISHED'))
);
CREATE INDEX job_order ON job (order_id);

CREATE TABLE contact_read (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id uuid NOT NULL,
    order_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON contact_read FROM ordering;
