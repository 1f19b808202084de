SET lock_timeout = '5s';

-- The straight way from one stop to the next, as a box, and how far apart weekdays are: what passes near a point on one day is met without
-- a look at the other six.
CREATE FUNCTION leg_of_week(
    weekday integer, lat double precision, lng double precision, next_lat double precision, next_lng double precision
) RETURNS cube
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cube(cube_union(place_on_earth(lat, lng), place_on_earth(next_lat, next_lng)), weekday * 100000000.0::double precision);

-- `next_lat` and `next_lng` are of the stop that follows, when it is so near that the way there is nearly straight.
-- The table is rewritten: it has what the seed has, for nobody could write a stop before.
-- squawk-ignore adding-field-with-default
ALTER TABLE route_stop ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN orders integer NOT NULL DEFAULT 0,
ADD COLUMN order_until_s integer NOT NULL DEFAULT 0,
ADD COLUMN next_lat double precision,
ADD COLUMN next_lng double precision,
-- squawk-ignore adding-field-with-default
ADD COLUMN leg cube GENERATED ALWAYS AS (
    leg_of_week(weekday, lat, lng, coalesce(next_lat, lat), coalesce(next_lng, lng))
) STORED,
ADD CONSTRAINT route_stop_orders CHECK (orders >= 0 AND order_until_s >= 0) NOT VALID,
ADD CONSTRAINT route_stop_leg CHECK ((next_lat IS NULL) = (next_lng IS NULL)) NOT VALID;

UPDATE route_stop s SET next_lat = n.lat, next_lng = n.lng
FROM route_stop n
WHERE (n.merchant_id, n.weekday) = (s.merchant_id, s.weekday)
AND n.position = (SELECT min(o.position) FROM route_stop o
    WHERE (o.merchant_id, o.weekday) = (s.merchant_id, s.weekday) AND o.position > s.position)
AND place_on_earth(n.lat, n.lng) <-> place_on_earth(s.lat, s.lng) <= chord_of_metres(3000);

-- To whom a merchant has its goods brought: within so many metres of its pickup point, and to these kecamatan; null is everybody.
ALTER TABLE merchant ADD COLUMN serves_radius_m integer,
ADD COLUMN serves_kecamatan text[],
ADD CONSTRAINT merchant_serves CHECK (
    serves_radius_m > 0 AND (serves_kecamatan IS NULL OR cardinality(serves_kecamatan) > 0)
) NOT VALID;

-- Who set a round or a serving area, and when.
CREATE TABLE route_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    what text NOT NULL CHECK (what IN ('ROUTE', 'SERVING_AREA')),
    weekday integer CHECK (weekday BETWEEN 0 AND 6),
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX route_change_merchant ON route_change (merchant_id, id);
CREATE INDEX route_change_subject ON route_change (subject, id);

-- That a wlijo went, without where: `day` is of the weekly round that she walks, in WIB. Who ended it is null when it ended by itself.
CREATE TABLE wlijo_round (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    day date NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    ends_by timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CONSTRAINT wlijo_round_ended CHECK (ended_by IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX wlijo_round_now ON wlijo_round (merchant_id) WHERE ended_at IS NULL;
CREATE INDEX wlijo_round_merchant ON wlijo_round (merchant_id, started_at);
CREATE INDEX wlijo_round_started_by ON wlijo_round (started_by, started_at);
CREATE INDEX wlijo_round_ended_by ON wlijo_round (ended_by, started_at) WHERE ended_by IS NOT NULL;

-- Where she is, while her round lasts: the row goes when it ends. `stop_at_s` and `late_s` are seconds of her round's plan.
CREATE TABLE wlijo_position (
    merchant_id uuid PRIMARY KEY REFERENCES merchant,
    round_id uuid NOT NULL REFERENCES wlijo_round,
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lng double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    place cube NOT NULL GENERATED ALWAYS AS (place_on_earth(lat, lng)) STORED,
    seen_at timestamptz NOT NULL,
    looked_from cube, -- where it was last looked for who wants to be told
    stop_id uuid, -- reached last
    stop_at_s integer,
    late_s integer NOT NULL,
    next_stop_id uuid,
    next_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX wlijo_position_place ON wlijo_position USING gist (place);

-- Who wants to know when a wlijo comes near to a place, which is rounded to about a hundred metres.
CREATE TABLE passing_wish (
    id uuid PRIMARY KEY,
    subject text NOT NULL,
    merchant_id uuid NOT NULL REFERENCES merchant,
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lng double precision NOT NULL CHECK (lng BETWEEN -180 AND 180),
    place cube NOT NULL GENERATED ALWAYS AS (place_on_earth(lat, lng)) STORED,
    made_at timestamptz NOT NULL,
    told_on date,
    CONSTRAINT passing_wish_is_rounded CHECK (
        abs(lat - round(lat::numeric, 3)::double precision) < 1e-9 AND abs(lng - round(lng::numeric, 3)::double precision) < 1e-9
    ),
    UNIQUE (merchant_id, subject)
);
CREATE INDEX passing_wish_subject ON passing_wish (subject, made_at);
