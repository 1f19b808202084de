SET lock_timeout = '5s';

-- Sums are kept by generation: one serves, and one may be built anew beside it.
CREATE TABLE generation (
    gen bigint PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('SERVING', 'BUILDING', 'RETIRED')),
    from_day date NOT NULL, -- orders placed before are not counted by it, but carried over
    closed_before text NOT NULL DEFAULT '0000-00', -- months before are settled: nothing of their orders is kept any more
    late bigint NOT NULL DEFAULT 0, -- facts of settled months, which came too late to count
    begun_at timestamptz NOT NULL,
    swapped_at timestamptz
);
CREATE UNIQUE INDEX generation_one_of_each ON generation (state) WHERE state IN ('SERVING', 'BUILDING');
INSERT INTO generation (gen, state, from_day, begun_at) VALUES (1, 'SERVING', '2020-01-01', now());

-- Who is seen in a month is known by a digest with its key, which goes with it. `order` is that of orders' ids.
CREATE TABLE month_key (
    month text PRIMARY KEY,
    key bytea NOT NULL
);

-- Orders that may still change, until their month is settled.
CREATE TABLE working (
    gen bigint NOT NULL,
    digest bytea NOT NULL,
    month text,
    buyer text,
    waits text[],
    state bytea NOT NULL,
    heard_at timestamptz NOT NULL,
    PRIMARY KEY (gen, digest)
);
CREATE INDEX working_waits ON working USING gin (waits) WHERE waits IS NOT NULL;
CREATE INDEX working_buyer ON working (buyer) WHERE buyer IS NOT NULL;
CREATE INDEX working_month ON working (gen, month);

CREATE TABLE tally (
    gen bigint NOT NULL,
    cube text NOT NULL,
    day text NOT NULL,
    cell text NOT NULL,
    orders bigint NOT NULL DEFAULT 0,
    parts bigint NOT NULL DEFAULT 0,
    completed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    turnover bigint NOT NULL DEFAULT 0,
    quantity bigint NOT NULL DEFAULT 0,
    fee bigint NOT NULL DEFAULT 0,
    rider_share bigint NOT NULL DEFAULT 0,
    partner_share bigint NOT NULL DEFAULT 0,
    platform_share bigint NOT NULL DEFAULT 0,
    regency bigint NOT NULL DEFAULT 0,
    claimed bigint NOT NULL DEFAULT 0,
    accept_s bigint NOT NULL DEFAULT 0,
    accepted bigint NOT NULL DEFAULT 0,
    deliver_s bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (gen, cube, day, cell)
);

-- What was told of sellers and goods, as far as sums go by it. A seller's past is kept: what was sold before it moved stays where it was.
CREATE TABLE seller_was (
    merchant_id text NOT NULL,
    since timestamptz NOT NULL,
    kecamatan text NOT NULL,
    kind text NOT NULL,
    umkm text NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (merchant_id, since)
);
CREATE TABLE seller_life (
    gen bigint NOT NULL,
    merchant_id text NOT NULL,
    first_day text NOT NULL,
    last_day text NOT NULL,
    PRIMARY KEY (gen, merchant_id)
);
CREATE TABLE goods (
    variant_id text PRIMARY KEY,
    product_id text NOT NULL,
    merchant_id text NOT NULL,
    category text NOT NULL,
    commodity text NOT NULL,
    unit text NOT NULL,
    price_rupiah bigint NOT NULL,
    price_basis bigint NOT NULL,
    on_sale boolean NOT NULL
);
CREATE INDEX goods_product ON goods (product_id);
CREATE INDEX goods_commodity ON goods (commodity) WHERE commodity <> '' AND on_sale;
CREATE TABLE company (
    partner_id text PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL
);

-- What is published of a month: fixed. A correction is another revision.
CREATE TABLE publication (
    month text NOT NULL,
    revision bigint NOT NULL,
    published_at timestamptz NOT NULL,
    why text NOT NULL,
    test boolean NOT NULL,
    PRIMARY KEY (month, revision)
);
CREATE TABLE published_cell (
    month text NOT NULL,
    revision bigint NOT NULL,
    cube text NOT NULL,
    cell text NOT NULL,
    withheld text, -- why, or null
    measures jsonb NOT NULL, -- empty when it is withheld
    PRIMARY KEY (month, revision, cube, cell),
    FOREIGN KEY (month, revision) REFERENCES publication
);
CREATE INDEX published_cell_by_cell ON published_cell (cube, cell, month);
REVOKE UPDATE, DELETE, TRUNCATE ON publication, published_cell FROM insight;
