SET lock_timeout = '5s';

-- A courier from outside of the regency: a company, for which a program of ours speaks to the courier's API. `seen_at` is when it last said that it is there; `away_until`
-- is for how long nothing new is asked of an API that does not answer.
CREATE TABLE courier (
    partner_id uuid PRIMARY KEY REFERENCES partner,
    tests boolean NOT NULL, -- whether its key is for test jobs, or for real ones
    read_to text NOT NULL, -- the cursor of the feed
    seen_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    away_until timestamptz
);

-- What becomes of an offer to it. PLACING is written before the order is asked for, and stays until it is known whether there is one: who finds it knows nothing, and asks for
-- none. `offered` is the event, as it was read from the feed; it has no personal data.
CREATE TABLE courier_job (
    offer_id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    partner_id uuid NOT NULL REFERENCES courier,
    rider_id uuid REFERENCES rider,
    state text NOT NULL DEFAULT 'OFFERED' CHECK (state IN ('OFFERED', 'ACCEPTED', 'PLACING', 'PLACED', 'ENDED')),
    unwanted text CHECK (unwanted IN ('TRIP', 'NO_DRIVER', 'PRICE')),
    stray boolean NOT NULL DEFAULT false, -- it had ended, and its order was replaced by another all the same: that one is called off
    asked boolean NOT NULL DEFAULT false, -- a report was asked for
    offered bytea NOT NULL,
    quotation_id text,
    order_id text,
    price_rupiah bigint CHECK (price_rupiah >= 0),
    reported text NOT NULL DEFAULT 'ASSIGNED' CHECK (reported IN ('ASSIGNED', 'PICKED_UP', 'DELIVERED')),
    driver_id text,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    said text,
    made_at timestamptz NOT NULL,
    sent_at timestamptz, -- when the order was asked for
    placed_at timestamptz,
    gone_at timestamptz, -- when it was first read as cancelled, and not by us
    next_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'PLACED') <= (order_id IS NOT NULL)),
    CHECK ((state = 'PLACING') <= (quotation_id IS NOT NULL AND sent_at IS NOT NULL)),
    CHECK ((state = 'ENDED') = (ended_at IS NOT NULL))
);
-- Never two rides of a courier for one trip, and never one for two.
CREATE UNIQUE INDEX courier_job_live ON courier_job (delivery_id) WHERE state <> 'ENDED' AND NOT stray;
CREATE UNIQUE INDEX courier_job_order ON courier_job (order_id);
CREATE INDEX courier_job_trip ON courier_job (delivery_id);
CREATE INDEX courier_job_due ON courier_job (partner_id, next_at) WHERE state <> 'ENDED';

-- Orders that the courier told of and that are of no job that is known, while there is one of which nobody knows whether it has one.
CREATE TABLE courier_word (
    partner_id uuid NOT NULL REFERENCES courier,
    order_id text NOT NULL CHECK (char_length(order_id) BETWEEN 1 AND 64),
    at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, order_id)
);
