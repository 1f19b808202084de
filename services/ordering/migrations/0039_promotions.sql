SET lock_timeout = '5s';

-- What a merchant, the platform or the regency gives, and on what terms. `used` and `spent_rupiah` are kept by the uses themselves.
CREATE TABLE promotion (
    id uuid PRIMARY KEY,
    merchant_id uuid, -- whose it is; null for a programme
    borne_by text NOT NULL CHECK (borne_by IN ('MERCHANT', 'REGENCY', 'PLATFORM')),
    programme text, -- names the regency's budget account
    name_id text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('PERCENT', 'AMOUNT', 'FREE_DELIVERY')),
    value bigint NOT NULL,
    cap_rupiah bigint CHECK (cap_rupiah > 0),
    minimum_rupiah bigint NOT NULL CHECK (minimum_rupiah >= 0),
    merchants uuid [] NOT NULL,
    categories text [] NOT NULL,
    kecamatan text [] NOT NULL,
    first_order boolean NOT NULL,
    code text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    budget_rupiah bigint CHECK (budget_rupiah > 0),
    uses bigint CHECK (uses > 0),
    per_buyer bigint CHECK (per_buyer > 0),
    used bigint NOT NULL DEFAULT 0,
    spent_rupiah bigint NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'RUNNING', 'PAUSED', 'ENDED')),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT promotion_bearer CHECK (
        (borne_by = 'MERCHANT') = (merchant_id IS NOT NULL) AND (borne_by = 'REGENCY') = (programme IS NOT NULL)
        AND (borne_by = 'MERCHANT' OR budget_rupiah IS NOT NULL) AND (borne_by <> 'MERCHANT' OR kind <> 'FREE_DELIVERY')
    ),
    CONSTRAINT promotion_value CHECK (
        CASE kind WHEN 'PERCENT' THEN value BETWEEN 1 AND 100 WHEN 'AMOUNT' THEN value > 0 ELSE value = 0 END
    ),
    CONSTRAINT promotion_is_not_overspent CHECK (
        used BETWEEN 0 AND coalesce(uses, used) AND spent_rupiah BETWEEN 0 AND coalesce(budget_rupiah, spent_rupiah)
    )
);
CREATE UNIQUE INDEX promotion_code ON promotion (code) WHERE code IS NOT NULL AND status <> 'ENDED';
CREATE INDEX promotion_running ON promotion (merchant_id) WHERE status = 'RUNNING' AND code IS NULL;
CREATE INDEX promotion_of ON promotion (merchant_id, created_at, id);

-- An order has it once; given back once, when the order was cancelled, or when of its goods nothing is left that it is for.
CREATE TABLE promotion_use (
    order_id uuid NOT NULL REFERENCES orders (id),
    promotion_id uuid NOT NULL REFERENCES promotion (id),
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    position integer NOT NULL, -- of the order's discounts: that in which they are taken off
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah >= 0),
    at timestamptz NOT NULL,
    given_back_at timestamptz,
    CONSTRAINT promotion_use_of_nothing CHECK (amount_rupiah > 0 OR given_back_at IS NOT NULL),
    PRIMARY KEY (order_id, promotion_id)
);
CREATE INDEX promotion_use_buyer ON promotion_use (promotion_id, buyer_id) WHERE given_back_at IS NULL;

-- Whose goods it was taken off; none where it was taken off the fee.
CREATE TABLE promotion_part (
    order_id uuid NOT NULL,
    promotion_id uuid NOT NULL,
    seller_order_id uuid NOT NULL REFERENCES seller_order (id),
    goods_rupiah bigint NOT NULL CHECK (goods_rupiah > 0), -- of those that count for it
    minimum_rupiah bigint NOT NULL CHECK (minimum_rupiah BETWEEN 0 AND goods_rupiah),
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah BETWEEN 1 AND goods_rupiah),
    placed_amount_rupiah bigint CHECK (placed_amount_rupiah BETWEEN amount_rupiah AND goods_rupiah), -- where that was more
    PRIMARY KEY (order_id, promotion_id, seller_order_id),
    FOREIGN KEY (order_id, promotion_id) REFERENCES promotion_use (order_id, promotion_id)
);
CREATE INDEX promotion_part_seller_order ON promotion_part (seller_order_id);

-- The last voucher and the last rupiah go to one: the promotion's row is locked by each use, and its CHECK says whether there was one left.
CREATE FUNCTION promotion_is_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE promotion SET used = used + 1, spent_rupiah = spent_rupiah + NEW.amount_rupiah
        WHERE id = NEW.promotion_id AND status = 'RUNNING';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'promotion % does not run', NEW.promotion_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_runs', TABLE = 'promotion_use';
        END IF;
        IF (SELECT count(*) FROM promotion_use u WHERE u.promotion_id = NEW.promotion_id AND u.buyer_id = NEW.buyer_id
            AND u.given_back_at IS NULL) > (SELECT p.per_buyer FROM promotion p WHERE p.id = NEW.promotion_id) THEN
            RAISE EXCEPTION 'promotion % was used by buyer % before', NEW.promotion_id, NEW.buyer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_use_per_buyer', TABLE = 'promotion_use';
        END IF;
        RETURN NULL;
    END IF;
    IF OLD.given_back_at IS NOT NULL OR (NEW.order_id, NEW.promotion_id, NEW.buyer_id) <> (OLD.order_id, OLD.promotion_id, OLD.buyer_id)
       OR NEW.amount_rupiah > OLD.amount_rupiah THEN
        RAISE EXCEPTION 'the use of promotion % by order % was given back, or would become more', OLD.promotion_id, OLD.order_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_use_is_given_back_once', TABLE = 'promotion_use';
    END IF;
    UPDATE promotion SET used = used - (NEW.given_back_at IS NOT NULL)::integer,
        spent_rupiah = spent_rupiah - OLD.amount_rupiah + CASE WHEN NEW.given_back_at IS NULL THEN NEW.amount_rupiah ELSE 0 END
    WHERE id = NEW.promotion_id;
    RETURN NULL;
END $$;
CREATE TRIGGER promotion_is_used AFTER INSERT OR UPDATE ON promotion_use FOR EACH ROW EXECUTE FUNCTION promotion_is_used();

-- Orders are kept by the terms of what they used.
CREATE FUNCTION promotion_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'DRAFT' AND to_jsonb(NEW) - '{used,spent_rupiah,status,changed_by,changed_at}'::text[]
        <> to_jsonb(OLD) - '{used,spent_rupiah,status,changed_by,changed_at}'::text[]
       OR OLD.status = 'ENDED' AND NEW.status <> 'ENDED' OR OLD.status <> 'DRAFT' AND NEW.status = 'DRAFT' THEN
        RAISE EXCEPTION 'promotion % is %, and its terms stay', OLD.id, OLD.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_terms_stay', TABLE = 'promotion';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promotion_terms_stay BEFORE UPDATE ON promotion FOR EACH ROW EXECUTE FUNCTION promotion_terms_stay();

-- By which rule the platform keeps something of goods: of a time to come when it is written, and never changed.
CREATE TABLE commission_rule (
    id uuid PRIMARY KEY,
    permille integer NOT NULL CHECK (permille BETWEEN 0 AND 300),
    starts_at timestamptz NOT NULL,
    merchant_kind text,
    category text,
    basis text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX commission_rule_starts_at ON commission_rule (starts_at, id);
REVOKE UPDATE, DELETE, TRUNCATE ON commission_rule FROM ordering;
CREATE FUNCTION commission_rule_is_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.starts_at <= wlijo_now() THEN
        RAISE EXCEPTION 'a rule of % would be of what was sold', NEW.starts_at
        USING ERRCODE = 'check_violation', CONSTRAINT = 'commission_rule_is_ahead', TABLE = 'commission_rule';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commission_rule_is_ahead BEFORE INSERT ON commission_rule FOR EACH ROW EXECUTE FUNCTION commission_rule_is_ahead();
