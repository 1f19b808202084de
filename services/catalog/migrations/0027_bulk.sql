SET lock_timeout = '5s';

-- Codes that sellers gave: of each one merchant alone, while two merchants may have the same. What has none of its own is called by its id.
CREATE TABLE variant_sku (
    merchant_id uuid NOT NULL REFERENCES merchant,
    sku text COLLATE "C" NOT NULL,
    variant_id uuid NOT NULL UNIQUE REFERENCES variant,
    PRIMARY KEY (merchant_id, sku)
);

-- By triggers, so that whoever enters goods, the image before included, cannot enter a code twice.
CREATE FUNCTION variant_has_sku() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM variant_sku WHERE variant_id = NEW.id AND TG_OP = 'UPDATE';
    INSERT INTO variant_sku (merchant_id, sku, variant_id)
    SELECT p.merchant_id, NEW.sku, NEW.id FROM product p WHERE p.id = NEW.product_id AND NEW.sku !~ '^var_[0-9a-z]{26}$';
    RETURN NULL;
END $$;
CREATE TRIGGER variant_has_sku AFTER INSERT OR UPDATE OF sku ON variant FOR EACH ROW EXECUTE FUNCTION variant_has_sku();
INSERT INTO variant_sku (merchant_id, sku, variant_id)
SELECT p.merchant_id, v.sku, v.id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.sku !~ '^var_[0-9a-z]{26}$'
ON CONFLICT DO NOTHING;

-- A file of goods, counts or prices on its way: it comes in parts, is read into rows, and these are worked off some at a time.
CREATE TABLE bulk_import (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    kind text NOT NULL CHECK (kind IN ('GOODS', 'STOCK', 'PRICES')),
    status text NOT NULL CHECK (status IN ('UPLOADING', 'WAITING', 'WORKING', 'DONE', 'REFUSED', 'STOPPED')),
    dry_run boolean NOT NULL,
    subject text NOT NULL, -- who sent it, in whose name it is worked off
    parts integer NOT NULL CHECK (parts BETWEEN 1 AND 48),
    columns text [] NOT NULL DEFAULT '{}', -- of the rows' cells, in their order
    ignored text [] NOT NULL DEFAULT '{}', -- columns that are not read
    decimal_sign text NOT NULL DEFAULT ',' CHECK (decimal_sign IN (',', '.')),
    rows integer NOT NULL DEFAULT 0,
    position integer NOT NULL DEFAULT 0, -- the row that was worked off last
    worked integer NOT NULL DEFAULT 0,
    created integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    problem jsonb, -- why the whole of it was refused
    attempts integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL DEFAULT wlijo_now(),
    turn_at timestamptz NOT NULL DEFAULT wlijo_now(), -- when a piece of it was worked off last
    done_at timestamptz,
    CONSTRAINT bulk_import_adds_up CHECK (created + changed + unchanged + refused = worked AND worked <= rows)
);
CREATE INDEX bulk_import_merchant ON bulk_import (merchant_id, made_at DESC, id DESC);
CREATE UNIQUE INDEX bulk_import_open ON bulk_import (merchant_id) WHERE status IN ('UPLOADING', 'WAITING', 'WORKING');
CREATE INDEX bulk_import_turn ON bulk_import (turn_at, id) WHERE status IN ('WAITING', 'WORKING');
CREATE INDEX bulk_import_subject ON bulk_import (subject);

CREATE TABLE bulk_part (
    import_id uuid NOT NULL REFERENCES bulk_import ON DELETE CASCADE,
    part integer NOT NULL,
    content bytea NOT NULL CHECK (octet_length(content) <= 196608),
    PRIMARY KEY (import_id, part)
);

-- `cells` are kept until nobody may want them worked off any more; null at once of a row that has not as many as there are columns.
CREATE TABLE bulk_row (
    import_id uuid NOT NULL REFERENCES bulk_import ON DELETE CASCADE,
    row integer NOT NULL,
    sku text NOT NULL DEFAULT '',
    product text NOT NULL DEFAULT '', -- its name in small letters
    twin integer, -- the row before with the same code
    cells text [],
    outcome text CHECK (outcome IN ('CREATED', 'CHANGED', 'UNCHANGED', 'REFUSED')),
    problems jsonb,
    PRIMARY KEY (import_id, row)
);

-- Usual goods that sellers copy, as operators enter them; without prices.
CREATE TABLE template_good (
    code text COLLATE "C" PRIMARY KEY,
    name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200), -- part of a cursor
    description text NOT NULL,
    category_code text NOT NULL REFERENCES category,
    unit_code text NOT NULL REFERENCES sale_unit,
    label text NOT NULL,
    gram_per_unit integer CHECK (gram_per_unit > 0),
    keeps_for_s integer CHECK (keeps_for_s > 0)
);
CREATE INDEX template_good_name ON template_good (name COLLATE "C", code);

-- Who entered and who took out what, and when: added to, and never changed.
CREATE TABLE template_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    name text, -- null when it was taken out
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX template_change_subject ON template_change (subject);
REVOKE UPDATE, DELETE, TRUNCATE ON template_change FROM catalog;

-- What a merchant has copied, so that copying it again means the same goods.
CREATE TABLE template_copy (
    merchant_id uuid NOT NULL REFERENCES merchant,
    code text COLLATE "C" NOT NULL,
    unit_code text NOT NULL,
    variant_id uuid NOT NULL REFERENCES variant,
    PRIMARY KEY (merchant_id, code, unit_code)
);
