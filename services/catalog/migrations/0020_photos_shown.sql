SET lock_timeout = '5s';

-- In the order of `position`, which may have gaps.
CREATE TABLE product_photo (
    media_id uuid PRIMARY KEY REFERENCES media,
    product_id uuid NOT NULL REFERENCES product,
    position integer NOT NULL CHECK (position >= 0),
    alt text NOT NULL CHECK (octet_length(alt) BETWEEN 1 AND 360),
    CONSTRAINT product_photo_place UNIQUE (product_id, position) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE merchant_photo (
    merchant_id uuid PRIMARY KEY REFERENCES merchant,
    media_id uuid NOT NULL UNIQUE REFERENCES media,
    alt text NOT NULL CHECK (octet_length(alt) BETWEEN 1 AND 360)
);

-- Who did what with a photo; added to, and never changed. The photo may be gone.
CREATE TABLE photo_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    product_id uuid REFERENCES product,
    media_id uuid,
    action text NOT NULL CHECK (action IN ('ADDED', 'ORDERED', 'REMOVED')),
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX photo_change_product ON photo_change (product_id, id) WHERE product_id IS NOT NULL;
CREATE INDEX photo_change_subject ON photo_change (subject, id);
REVOKE UPDATE, DELETE, TRUNCATE ON photo_change FROM catalog;

-- What no key can say: a photo is its own merchant's, for what it was asked for, and in use.
CREATE FUNCTION photo_is_its_merchants_own() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    fine boolean;
BEGIN
    IF TG_TABLE_NAME = 'product_photo' THEN
        SELECT EXISTS (SELECT FROM media m JOIN product p ON p.merchant_id = m.merchant_id
                       WHERE m.id = NEW.media_id AND p.id = NEW.product_id AND m.purpose = 'PRODUCT' AND m.state = 'CLAIMED') INTO fine;
    ELSE
        SELECT EXISTS (SELECT FROM media m WHERE m.id = NEW.media_id AND m.merchant_id = NEW.merchant_id
                       AND m.purpose = 'MERCHANT' AND m.state = 'CLAIMED') INTO fine;
    END IF;
    IF NOT fine THEN
        RAISE EXCEPTION 'a photo is shown by its own merchant, for what it was sent' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER product_photo_is_own BEFORE INSERT OR UPDATE ON product_photo
FOR EACH ROW EXECUTE FUNCTION photo_is_its_merchants_own();
CREATE TRIGGER merchant_photo_is_own BEFORE INSERT OR UPDATE ON merchant_photo
FOR EACH ROW EXECUTE FUNCTION photo_is_its_merchants_own();
