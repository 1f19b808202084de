SET lock_timeout = '5s';

-- What the province publishes, of a kilogram, a litre or a piece; who loaded it is in the audit.
CREATE TABLE reference_price (
    commodity text NOT NULL,
    unit text NOT NULL CHECK (unit IN ('MASS', 'VOLUME', 'COUNT')),
    day date NOT NULL,
    rupiah bigint NOT NULL CHECK (rupiah > 0),
    source text NOT NULL,
    PRIMARY KEY (commodity, unit, day)
);
CREATE TABLE price_load (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loaded_at timestamptz NOT NULL,
    actor text NOT NULL,
    source text NOT NULL,
    taken bigint NOT NULL,
    broken bigint NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON price_load FROM insight;

-- What sellers asked on a day: one row for each commodity in each kecamatan.
CREATE TABLE asked_price (
    day date NOT NULL,
    commodity text NOT NULL,
    unit text NOT NULL,
    kecamatan text NOT NULL,
    median_rupiah bigint NOT NULL,
    low_rupiah bigint NOT NULL,
    high_rupiah bigint NOT NULL,
    sellers bigint NOT NULL,
    PRIMARY KEY (day, commodity, unit, kecamatan)
);
