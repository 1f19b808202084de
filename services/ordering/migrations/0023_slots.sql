SET lock_timeout = '5s';

-- How many orders have a slot: `place_id` is the merchant, or its stop. No more than its capacity, whoever counts.
CREATE TABLE handover_slot (
    place_id uuid NOT NULL,
    way text NOT NULL CHECK (way IN ('DELIVERY', 'PICKUP', 'ROUTE_STOP')),
    starts_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    taken integer NOT NULL,
    PRIMARY KEY (place_id, way, starts_at),
    CONSTRAINT handover_slot_is_not_oversold CHECK (taken BETWEEN 0 AND capacity)
);
CREATE INDEX handover_slot_starts_at ON handover_slot (starts_at);

-- How many orders a merchant takes for one hour, where it has said so, and who said it last.
CREATE TABLE handover_limit (
    merchant_id uuid PRIMARY KEY,
    pickups_per_hour integer NOT NULL CHECK (pickups_per_hour BETWEEN 0 AND 1000),
    deliveries_per_hour integer NOT NULL CHECK (deliveries_per_hour BETWEEN 0 AND 1000),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);
