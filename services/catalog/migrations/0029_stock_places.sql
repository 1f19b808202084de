SET lock_timeout = '5s';

-- The market's day.
CREATE FUNCTION wib_today() RETURNS date
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date;

-- Where a merchant's goods lie beside where it trades: a store at home, or the shelf of a hub, which both have agreed to. What lies where it
-- trades has no row: it is what is left of the whole. Orders are packed from there first, then from the others by `position`.
CREATE TABLE stock_place (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    hub_id uuid REFERENCES merchant,
    name text NOT NULL,
    position integer NOT NULL CHECK (position > 0),
    status text NOT NULL CHECK (status IN ('OFFERED', 'OPEN', 'CLOSED')),
    CONSTRAINT stock_place_offered CHECK (status <> 'OFFERED' OR hub_id IS NOT NULL),
    CONSTRAINT stock_place_of_another CHECK (hub_id <> merchant_id),
    UNIQUE (id, merchant_id)
);
CREATE INDEX stock_place_merchant ON stock_place (merchant_id, position) WHERE status <> 'CLOSED';
CREATE UNIQUE INDEX stock_place_shelf ON stock_place (hub_id, merchant_id) WHERE status <> 'CLOSED';

-- Who made, agreed to, changed and closed which, and when: added to, and never changed.
CREATE TABLE stock_place_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id uuid NOT NULL REFERENCES stock_place,
    action text NOT NULL CHECK (action IN ('CREATE', 'CHANGE', 'CLOSE', 'OFFER', 'ACCEPT', 'END')),
    by_hub boolean NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX stock_place_history_place ON stock_place_history (place_id, id);
CREATE INDEX stock_place_history_subject ON stock_place_history (subject, id);
REVOKE UPDATE, DELETE, TRUNCATE ON stock_place_history FROM catalog;

-- What of a variant lies in a place of that kind. Whoever changes a row holds the variant's `stock_item`.
CREATE TABLE stock_at_place (
    variant_id uuid NOT NULL REFERENCES stock_item,
    place_id uuid NOT NULL REFERENCES stock_place,
    on_hand bigint NOT NULL CHECK (on_hand >= 0),
    PRIMARY KEY (variant_id, place_id)
) WITH (fillfactor = 80);
CREATE INDEX stock_at_place_place ON stock_at_place (place_id, variant_id) WHERE on_hand > 0;
REVOKE DELETE, TRUNCATE ON stock_at_place FROM catalog;

-- What was loaded on a day (WIB), so that the next begins with it in one tap. `quantity` is the last that was said of that day.
CREATE TABLE stock_load (
    merchant_id uuid NOT NULL REFERENCES merchant,
    day date NOT NULL,
    variant_id uuid NOT NULL REFERENCES variant,
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (merchant_id, day, variant_id)
);

CREATE TABLE load_template (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    name text NOT NULL,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    UNIQUE (merchant_id, name)
);
CREATE INDEX load_template_saved_by ON load_template (saved_by);

CREATE TABLE load_template_item (
    template_id uuid NOT NULL REFERENCES load_template ON DELETE CASCADE,
    variant_id uuid NOT NULL REFERENCES variant,
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (template_id, variant_id)
);
