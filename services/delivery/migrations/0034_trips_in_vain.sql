SET lock_timeout = '5s';

-- What trips pay that end without a handover, and what waiting at a counter pays, from a day on. As tariffs, none is ever changed.
CREATE TABLE vain_rule (
    version text PRIMARY KEY,
    valid_from date NOT NULL UNIQUE,
    legal_basis text NOT NULL,
    called_off_pct integer NOT NULL CHECK (called_off_pct BETWEEN 0 AND 100),
    at_pickup_pct integer NOT NULL CHECK (at_pickup_pct BETWEEN 0 AND 100),
    way_back_pct integer NOT NULL CHECK (way_back_pct BETWEEN 0 AND 100),
    free_minutes integer NOT NULL CHECK (free_minutes BETWEEN 0 AND 240),
    per_minute_rupiah integer NOT NULL CHECK (per_minute_rupiah BETWEEN 0 AND 10000),
    most_rupiah integer NOT NULL CHECK (most_rupiah BETWEEN 0 AND 100000),
    entered_at timestamptz NOT NULL,
    entered_by text
);
REVOKE UPDATE, DELETE, TRUNCATE ON vain_rule FROM delivery;

-- Trips that ops took from who had them, before the pickup or with the goods: who, when, why, by whose fault, and who has them since.
CREATE TABLE delivery_incident (
    delivery_id uuid NOT NULL REFERENCES delivery,
    version integer NOT NULL,
    failure_code text NOT NULL,
    reason text NOT NULL,
    from_partner uuid NOT NULL REFERENCES partner,
    from_rider uuid NOT NULL REFERENCES rider,
    to_partner uuid REFERENCES partner,
    to_rider uuid REFERENCES rider,
    with_goods boolean NOT NULL,
    said_by text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, version),
    CHECK ((to_partner IS NULL) = (to_rider IS NULL) AND (to_rider IS NOT NULL OR NOT with_goods))
);
REVOKE UPDATE, DELETE, TRUNCATE ON delivery_incident FROM delivery;
