SET lock_timeout = '5s';

-- As catalog has them (docs/adr/0009): cube alone.
CREATE EXTENSION IF NOT EXISTS cube;
CREATE FUNCTION place_on_earth(lat double precision, lng double precision) RETURNS cube
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cube(ARRAY[
    6371008.8 * cos(radians(lat)) * cos(radians(lng)),
    6371008.8 * cos(radians(lat)) * sin(radians(lng)),
    6371008.8 * sin(radians(lat))
]);

-- Where a rider is, the newest alone. Not in the log of writes: after a crash of the server it is empty, and filled a second later. `near` is
-- where they were looked for last, and follows when they have come 100 m: so most writes touch no index. `kept_at`: when the trail was last added to.
CREATE UNLOGGED TABLE rider_place (
    rider_id uuid PRIMARY KEY,
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lng double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    at timestamptz NOT NULL,
    count bigint NOT NULL DEFAULT 1,
    near cube NOT NULL,
    kept_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX rider_place_near ON rider_place USING gist (near);

-- Where they were in the last hour, a place every twenty seconds.
CREATE UNLOGGED TABLE rider_trail (
    rider_id uuid NOT NULL,
    at timestamptz NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    PRIMARY KEY (rider_id, at)
);
CREATE INDEX rider_trail_at ON rider_trail USING brin (at) WITH (pages_per_range = 16);

-- When the last of the goods are packed, as their merchants have promised; NULL for who promised nothing.
ALTER TABLE delivery ADD COLUMN ready_at timestamptz;

-- Whom a buyer lets follow their trip: whoever has the token, of which the digest alone is kept. `nonce` makes it anew for the buyer to see.
CREATE TABLE delivery_link (
    delivery_id uuid PRIMARY KEY REFERENCES delivery,
    nonce bytea NOT NULL CHECK (octet_length(nonce) = 16),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL
);

-- What was foreseen, once while the goods are fetched and once on the way to the door, by the place that was known; how far off it was is
-- seen in the trip's history.
CREATE TABLE delivery_foreseen (
    delivery_id uuid NOT NULL REFERENCES delivery,
    status text NOT NULL CHECK (status IN ('ASSIGNED', 'PICKED_UP')),
    said_at timestamptz NOT NULL,
    arrives_at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, status)
);
CREATE INDEX delivery_foreseen_said ON delivery_foreseen (said_at);

-- Staff are shown where a rider was, too.
ALTER TABLE audit
DROP CONSTRAINT audit_action, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT audit_action CHECK (action IN ('RIDER_SHOWN', 'REGISTRATION_SHOWN', 'MEMBERS_SHOWN', 'TRAIL_SHOWN')) NOT VALID;
