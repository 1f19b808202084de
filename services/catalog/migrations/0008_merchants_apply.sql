SET lock_timeout = '5s';

ALTER TABLE merchant
DROP CONSTRAINT merchant_status_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT merchant_status CHECK (
    status IN ('APPLIED', 'SENT_BACK', 'VERIFIED', 'ACTIVE', 'SUSPENDED', 'CLOSED')
) NOT VALID,
ADD COLUMN opened boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN merchant.opened IS 'Has sold once, so that it is shown by its id when it has ended too.';

-- What who applies declares, for officers and the owner alone; merchants of before have none. It goes with its merchant.
CREATE TABLE merchant_registration (
    merchant_id uuid PRIMARY KEY REFERENCES merchant ON DELETE CASCADE,
    contact_name text, -- both null once who applied is forgotten
    phone text,
    yearly_sales_rupiah bigint CHECK (yearly_sales_rupiah >= 0),
    capital_rupiah bigint CHECK (capital_rupiah >= 0),
    applied_at timestamptz NOT NULL,
    CONSTRAINT merchant_registration_contact CHECK ((contact_name IS NULL) = (phone IS NULL)),
    CONSTRAINT merchant_registration_declares CHECK (num_nonnulls(yearly_sales_rupiah, capital_rupiah) > 0)
);

-- Who did what to a merchant, and why: added to, and never changed.
CREATE TABLE merchant_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    action text NOT NULL,
    status text NOT NULL, -- after it
    reason text,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX merchant_history_merchant ON merchant_history (merchant_id, id);
REVOKE UPDATE, DELETE, TRUNCATE ON merchant_history FROM catalog;

-- As of products: made once, of the name that it came with.
CREATE FUNCTION merchant_slug(name text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    base text := coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 80)), ''), 'usaha');
    tried text := base;
    n integer := 1;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('merchant_slug/' || base, 0));
    WHILE EXISTS (SELECT FROM merchant m WHERE m.slug = tried) LOOP
        n := n + 1;
        tried := base || '-' || n;
    END LOOP;
    RETURN tried;
END $$;
