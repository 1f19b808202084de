SET lock_timeout = '5s';

CREATE TABLE partner (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('INVITED', 'SANDBOX', 'ACTIVE', 'PAUSED')),
    status_reason text
);

CREATE TABLE rider (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    name text NOT NULL,
    plate text NOT NULL,
    subject text UNIQUE
);
CREATE INDEX rider_partner ON rider (partner_id);

-- A rule applies from its date until a newer version's; past ones stay, for a fee is explained by the rule of its day.
CREATE TABLE tariff_rule (
    id uuid PRIMARY KEY,
    version text NOT NULL UNIQUE,
    service text NOT NULL CHECK (service IN ('GOODS', 'PASSENGER')),
    zone_code text NOT NULL,
    valid_from date NOT NULL,
    min_fee_rupiah bigint NOT NULL CHECK (min_fee_rupiah >= 0),
    included_m integer NOT NULL CHECK (included_m >= 0),
    per_km_rupiah bigint NOT NULL CHECK (per_km_rupiah >= 0),
    rider_share_pct integer NOT NULL CHECK (rider_share_pct >= 0),
    partner_share_pct integer NOT NULL CHECK (partner_share_pct >= 0),
    platform_share_pct integer NOT NULL CHECK (platform_share_pct >= 0),
    legal_basis text NOT NULL,
    binding boolean NOT NULL,
    CHECK (rider_share_pct + partner_share_pct + platform_share_pct = 100),
    UNIQUE (service, zone_code, valid_from)
);

-- Places with a rule of their own. A point is (lng, lat).
CREATE TABLE zone (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('SERVICE', 'HUB', 'RESTRICTED', 'HAZARD')),
    effect text NOT NULL CHECK (effect IN ('DENY_PICKUP', 'DENY_DROPOFF')),
    reason text NOT NULL,
    boundary polygon NOT NULL
);

-- What is heard of merchants.
CREATE TABLE merchant (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL,
    kecamatan_code text NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL
);

-- One trip. No personal data: the drop-off is rounded, the buyer is the subject of a token.
CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE,
    buyer text NOT NULL,
    status text NOT NULL CHECK (status IN (
        'WAITING', 'REQUESTED', 'OFFERED', 'ASSIGNED', 'AT_PICKUP', 'PICKED_UP', 'AT_DROPOFF', 'DELIVERED',
        'FAILED_ATTEMPT', 'RETURNING', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')),
    version integer NOT NULL CHECK (version > 0),
    test boolean NOT NULL,
    quote_id uuid NOT NULL UNIQUE,
    tariff text NOT NULL,
    fee_rupiah bigint NOT NULL,
    rider_share_rupiah bigint NOT NULL CHECK (rider_share_rupiah >= 0),
    partner_share_rupiah bigint NOT NULL CHECK (partner_share_rupiah >= 0),
    platform_share_rupiah bigint NOT NULL CHECK (platform_share_rupiah >= 0),
    distance_m integer NOT NULL,
    duration_s integer NOT NULL,
    cash_to_collect_rupiah bigint NOT NULL CHECK (cash_to_collect_rupiah >= 0),
    partner_id uuid REFERENCES partner,
    rider_id uuid REFERENCES rider,
    offer_id uuid,
    pin_tries integer NOT NULL DEFAULT 0,
    failure_code text,
    created_at timestamptz NOT NULL,
    requested_at timestamptz, -- since when a rider is sought; anew when a job was given back
    CHECK (rider_share_rupiah + partner_share_rupiah + platform_share_rupiah = fee_rupiah),
    CHECK ((partner_id IS NULL) = (rider_id IS NULL) AND (partner_id IS NULL) = (offer_id IS NULL))
);
CREATE INDEX delivery_buyer ON delivery (buyer);
CREATE INDEX delivery_partner ON delivery (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX delivery_rider ON delivery (rider_id) WHERE rider_id IS NOT NULL;

CREATE TABLE stop (
    delivery_id uuid NOT NULL REFERENCES delivery,
    seq integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('PICKUP', 'DROPOFF')),
    merchant_id uuid,
    merchant_name text,
    kecamatan_code text NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    PRIMARY KEY (delivery_id, seq),
    CHECK ((kind = 'PICKUP') = (merchant_id IS NOT NULL))
);

CREATE TABLE offer (
    id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    partner_id uuid NOT NULL REFERENCES partner,
    state text NOT NULL CHECK (state IN ('OPEN', 'ACCEPTED', 'DECLINED', 'TIMED_OUT', 'WITHDRAWN')),
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((state = 'OPEN') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX offer_open ON offer (delivery_id, partner_id) WHERE state = 'OPEN';
CREATE INDEX offer_delivery ON offer (delivery_id);
CREATE INDEX offer_partner ON offer (partner_id, offered_at);

CREATE TABLE delivery_history (
    delivery_id uuid NOT NULL REFERENCES delivery,
    version integer NOT NULL,
    status text NOT NULL,
    cause text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, version)
);

-- The latest place of a rider during a trip; gone when the trip ends.
CREATE TABLE position (
    delivery_id uuid PRIMARY KEY REFERENCES delivery,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    at timestamptz NOT NULL,
    count integer NOT NULL DEFAULT 1
);

-- What partners replied and were answered: the same reply gets the same answer again. `code` is NULL for an applied reply.
CREATE TABLE reply_inbox (
    partner_id uuid NOT NULL REFERENCES partner,
    reply_id text NOT NULL,
    body_hash bytea NOT NULL,
    type text NOT NULL,
    delivery_id uuid,
    code text,
    message text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, reply_id)
);

-- Up to when each partner's replies have been read, by partition of its topic: an offer is not timed out before its partner was heard.
CREATE TABLE reply_reading (
    partner_id uuid NOT NULL REFERENCES partner,
    partition integer NOT NULL,
    read_to timestamptz NOT NULL,
    PRIMARY KEY (partner_id, partition)
);
