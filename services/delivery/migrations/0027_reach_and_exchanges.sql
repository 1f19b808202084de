SET lock_timeout = '5s';

-- When and where a company wants to be asked, and for how many jobs at once; the newest counts, and those before say who set what, when.
-- Rows are added and never changed; the oldest go.
CREATE TABLE partner_reach (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    hours jsonb NOT NULL,
    kecamatan_codes text[] NOT NULL,
    corners jsonb NOT NULL,
    jobs_at_once integer CHECK (jobs_at_once > 0),
    set_by text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX partner_reach_newest ON partner_reach (partner_id, id);
REVOKE UPDATE, TRUNCATE ON partner_reach FROM delivery;

-- Who had a trip before another rider of the company took it over: with what, until when. Added to, and never changed.
CREATE TABLE delivery_exchange (
    delivery_id uuid NOT NULL REFERENCES delivery,
    version integer NOT NULL,
    was_rider_id uuid NOT NULL REFERENCES rider,
    rider_id uuid NOT NULL REFERENCES rider,
    status text NOT NULL,
    cash_to_collect_rupiah bigint NOT NULL,
    since timestamptz NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, version),
    CHECK (was_rider_id <> rider_id)
);
CREATE INDEX delivery_exchange_was ON delivery_exchange (was_rider_id);
REVOKE UPDATE, DELETE, TRUNCATE ON delivery_exchange FROM delivery;
