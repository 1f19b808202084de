SET lock_timeout = '5s';

-- cube alone: earthdistance is not a trusted extension, so a database's owner could not make it.
CREATE EXTENSION IF NOT EXISTS cube;

-- A point of the mean sphere in metres from its centre; the distance of two (<->) is the chord, which orders as the arc does.
CREATE FUNCTION place_on_earth(lat double precision, lng double precision) RETURNS cube
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cube(ARRAY[
    6371008.8 * cos(radians(lat)) * cos(radians(lng)),
    6371008.8 * cos(radians(lat)) * sin(radians(lng)),
    6371008.8 * sin(radians(lat))
]);

CREATE FUNCTION metres_of_chord(chord double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 2 * 6371008.8 * asin(least(1.0, chord / (2 * 6371008.8)));

CREATE FUNCTION chord_of_metres(metres double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 2 * 6371008.8 * sin(least(metres, 20000000.0) / (2 * 6371008.8));

-- Dotted Kemendagri codes: 35.08 the regency, 35.08.10 a kecamatan, 35.08.10.1012 a desa or kelurahan.
CREATE TABLE region (
    code text PRIMARY KEY,
    name text NOT NULL,
    level text NOT NULL CHECK (level IN ('KABUPATEN', 'KECAMATAN', 'DESA', 'KELURAHAN')),
    parent_code text REFERENCES region,
    postcode text,
    lat double precision,
    lng double precision,
    CHECK ((lat IS NULL) = (lng IS NULL))
);
CREATE INDEX region_parent ON region (parent_code, code);

CREATE TABLE merchant (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200), -- part of a cursor
    kind text NOT NULL CHECK (kind IN ('FIXED_STALL', 'WLIJO', 'HOME', 'FARMER_GROUP', 'HUB')),
    status text NOT NULL CHECK (status IN ('APPLIED', 'VERIFIED', 'ACTIVE', 'SUSPENDED', 'CLOSED')),
    status_reason text,
    kecamatan_code text NOT NULL REFERENCES region,
    desa_code text,
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lng double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    place cube NOT NULL GENERATED ALWAYS AS (place_on_earth(lat, lng)) STORED,
    umkm_class text NOT NULL CHECK (umkm_class IN ('MIKRO', 'KECIL', 'MENENGAH')),
    always_open boolean NOT NULL,
    auto_accept boolean NOT NULL,
    accept_within_s integer NOT NULL CHECK (accept_within_s > 0),
    prep_time_s integer NOT NULL CHECK (prep_time_s >= 0)
);
CREATE INDEX merchant_place ON merchant USING gist (place) WHERE status = 'ACTIVE';
CREATE INDEX merchant_name ON merchant (name COLLATE "C", id) WHERE status = 'ACTIVE';
CREATE INDEX merchant_kecamatan ON merchant (kecamatan_code, name COLLATE "C", id) WHERE status = 'ACTIVE';

CREATE TABLE merchant_member (
    merchant_id uuid NOT NULL REFERENCES merchant,
    subject text NOT NULL,
    role text NOT NULL CHECK (role IN ('OWNER', 'STAFF')),
    PRIMARY KEY (merchant_id, subject)
);

-- WIB. Monday is 0; closes at or before opens runs past midnight.
CREATE TABLE opening_hours (
    merchant_id uuid NOT NULL REFERENCES merchant,
    weekday integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    opens time NOT NULL,
    closes time NOT NULL,
    PRIMARY KEY (merchant_id, weekday, opens)
);

CREATE TABLE route (
    merchant_id uuid NOT NULL REFERENCES merchant,
    weekday integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    PRIMARY KEY (merchant_id, weekday)
);

CREATE TABLE route_stop (
    merchant_id uuid NOT NULL,
    weekday integer NOT NULL,
    position integer NOT NULL,
    label text NOT NULL,
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lng double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    arrives_at time NOT NULL,
    PRIMARY KEY (merchant_id, weekday, position),
    FOREIGN KEY (merchant_id, weekday) REFERENCES route
);

CREATE TABLE category (
    code text PRIMARY KEY,
    name text NOT NULL
);

-- What a base unit is: a piece, a gram, a millilitre.
CREATE TABLE sale_unit (
    code text PRIMARY KEY,
    label text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('COUNT', 'MASS', 'VOLUME')),
    base_per_unit integer NOT NULL CHECK (base_per_unit > 0)
);

-- `words` is what a search looks in: names, description, category, units.
CREATE TABLE product (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200), -- part of a cursor
    description text NOT NULL,
    category_code text NOT NULL REFERENCES category,
    status text NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'HIDDEN', 'BLOCKED')),
    origin_desa_code text,
    keeps_for_s integer CHECK (keeps_for_s > 0),
    words text NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, words)) STORED
);
CREATE INDEX product_merchant ON product (merchant_id, name COLLATE "C", id);
CREATE INDEX product_search ON product USING gin (search) WHERE status = 'PUBLISHED';

-- Quantities are integers of base units; the price is for `price_basis` of them.
CREATE TABLE variant (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES product,
    position integer NOT NULL,
    sku text NOT NULL UNIQUE,
    label text NOT NULL,
    unit_code text NOT NULL REFERENCES sale_unit,
    step integer NOT NULL CHECK (step > 0),
    min integer NOT NULL CHECK (min > 0),
    price_rupiah bigint NOT NULL CHECK (price_rupiah > 0),
    price_basis integer NOT NULL CHECK (price_basis > 0),
    gram_per_base double precision NOT NULL CHECK (gram_per_base > 0),
    UNIQUE (product_id, position)
);

CREATE TABLE price_history (
    variant_id uuid NOT NULL REFERENCES variant,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until >= since),
    price_rupiah bigint NOT NULL,
    price_basis integer NOT NULL
);
CREATE UNIQUE INDEX price_history_now ON price_history (variant_id) WHERE until IS NULL;
CREATE INDEX price_history_variant ON price_history (variant_id, since);

-- `on_hand` includes what is reserved for orders not yet confirmed; the check is the last guard against selling twice.
CREATE TABLE stock_item (
    variant_id uuid PRIMARY KEY REFERENCES variant,
    on_hand bigint NOT NULL CHECK (on_hand >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    version integer NOT NULL DEFAULT 1,
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);

-- One for each order that catalog has heard of; `order_id` is ordering's opaque text.
CREATE TABLE reservation (
    id uuid PRIMARY KEY,
    order_id text NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('HELD', 'COMMITTED', 'RELEASED', 'EXPIRED', 'REFUSED')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CHECK (state <> 'HELD' OR expires_at IS NOT NULL)
);

CREATE TABLE reservation_line (
    reservation_id uuid NOT NULL REFERENCES reservation,
    variant_id uuid NOT NULL REFERENCES variant,
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (reservation_id, variant_id)
);
