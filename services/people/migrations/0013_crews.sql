SET lock_timeout = '5s';

-- What was heard of companies that deliver: subjects alone, no name or number of a person.
CREATE TABLE heard_partner (
    partner_id uuid PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL,
    owners text[] NOT NULL,
    dispatchers text[] NOT NULL
);
CREATE TABLE heard_rider (
    rider_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    subject text,
    on_shift boolean NOT NULL
);
CREATE INDEX heard_rider_on_shift ON heard_rider (partner_id) WHERE on_shift AND subject IS NOT NULL;

-- Offers that have not ended, and trips under way: whom an end concerns.
CREATE TABLE heard_offer (
    offer_id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    told text[] NOT NULL, -- who was told of it
    heard_at timestamptz NOT NULL
);
CREATE INDEX heard_offer_delivery ON heard_offer (delivery_id);
CREATE INDEX heard_offer_heard_at ON heard_offer (heard_at);
CREATE TABLE heard_trip (
    delivery_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    rider_id uuid NOT NULL,
    heard_at timestamptz NOT NULL
);
CREATE INDEX heard_trip_rider ON heard_trip (rider_id);
CREATE INDEX heard_trip_order ON heard_trip (order_id);
CREATE INDEX heard_trip_heard_at ON heard_trip (heard_at);
