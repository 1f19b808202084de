SET lock_timeout = '5s';

-- Of a merchant (`whole`), for all that it does, or of the goods in licence_product. Days are WIB; the last on which it holds is `expires_on`.
CREATE TABLE licence (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    kind text NOT NULL CHECK (kind IN ('NIB', 'PIRT', 'HALAL', 'BPOM_MD', 'QRIS_NMID')),
    number text NOT NULL CHECK (octet_length(number) BETWEEN 13 AND 20),
    whole boolean NOT NULL,
    issued_on date NOT NULL,
    expires_on date,
    document_photo_id uuid,
    state text NOT NULL CHECK (state IN ('SUBMITTED', 'VERIFIED', 'REJECTED', 'REVOKED', 'EXPIRED', 'WITHDRAWN')),
    reason text, -- why it is rejected or revoked
    submitted_at timestamptz NOT NULL,
    decided_at timestamptz,
    reminded_days integer, -- the last reminder that was told
    CONSTRAINT licence_lasts CHECK (expires_on > issued_on),
    CONSTRAINT licence_ends CHECK (state <> 'EXPIRED' OR expires_on IS NOT NULL),
    CONSTRAINT licence_of_what CHECK (CASE WHEN kind IN ('NIB', 'QRIS_NMID') THEN whole WHEN kind = 'HALAL' THEN true ELSE NOT whole END)
);
CREATE INDEX licence_merchant ON licence (merchant_id, id);
CREATE INDEX licence_waits ON licence (id) WHERE state = 'SUBMITTED';
CREATE INDEX licence_due ON licence (expires_on, id) WHERE state = 'VERIFIED';

CREATE TABLE licence_product (
    licence_id uuid NOT NULL REFERENCES licence ON DELETE CASCADE,
    product_id uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    PRIMARY KEY (licence_id, product_id)
);
CREATE INDEX licence_product_product ON licence_product (product_id);

-- What no key can say: goods are the licence's own merchant's.
CREATE FUNCTION licence_is_of_its_merchants_goods() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM licence l JOIN product p ON p.merchant_id = l.merchant_id
                   WHERE l.id = NEW.licence_id AND p.id = NEW.product_id AND NOT l.whole) THEN
        RAISE EXCEPTION 'a licence is for goods of its own merchant' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licence_product_is_own BEFORE INSERT OR UPDATE ON licence_product
FOR EACH ROW EXECUTE FUNCTION licence_is_of_its_merchants_goods();

-- Who did what to a licence, and why; nobody when its time was up. Added to, and never changed.
CREATE TABLE licence_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    licence_id uuid NOT NULL REFERENCES licence,
    action text NOT NULL,
    state text NOT NULL, -- after it
    reason text,
    subject text,
    at timestamptz NOT NULL
);
CREATE INDEX licence_history_licence ON licence_history (licence_id, id);
CREATE INDEX licence_history_subject ON licence_history (subject, id) WHERE subject IS NOT NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON licence_history FROM catalog;

-- What a kind of goods needs from a day on; none when it is null, and the row stays. `walked_to`: so far its goods were looked at.
CREATE TABLE category_requirement (
    id uuid PRIMARY KEY,
    category_code text NOT NULL REFERENCES category,
    kind text NOT NULL CHECK (kind IN ('NIB', 'PIRT', 'HALAL', 'BPOM_MD', 'QRIS_NMID')),
    applies_from date,
    keeps_days integer CHECK (keeps_days > 0),
    walked_to uuid,
    UNIQUE (category_code, kind)
);
CREATE TABLE category_requirement_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_code text NOT NULL,
    kind text NOT NULL,
    applies_from date,
    keeps_days integer,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX category_requirement_change_subject ON category_requirement_change (subject, id);
REVOKE UPDATE, DELETE, TRUNCATE ON category_requirement_change FROM catalog;

-- Goods that are BLOCKED because a licence is missing, and what they come back to. What is BLOCKED without a row, others have blocked.
CREATE TABLE licence_block (
    product_id uuid PRIMARY KEY REFERENCES product ON DELETE CASCADE,
    was text NOT NULL CHECK (was IN ('PUBLISHED', 'HIDDEN')),
    since timestamptz NOT NULL
);

-- Sold as not halal, as their sellers say; and who said so, or took it back, when.
CREATE TABLE not_halal (product_id uuid PRIMARY KEY REFERENCES product ON DELETE CASCADE);
CREATE TABLE not_halal_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id uuid NOT NULL,
    declared boolean NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX not_halal_change_subject ON not_halal_change (subject, id);
CREATE INDEX not_halal_change_product ON not_halal_change (product_id, at);
REVOKE UPDATE, DELETE, TRUNCATE ON not_halal_change FROM catalog;

-- Which actions there are, code says: a release would else wait for this table with each new one.
ALTER TABLE audit
DROP CONSTRAINT IF EXISTS audit_action_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT audit_action CHECK (action ~ '^[A-Z]+(_[A-Z]+)*$') NOT VALID;
