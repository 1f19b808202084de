SET lock_timeout = '5s';

-- What a buyer asks back of one line after the delivery. `due_at` is the deadline of the state that it waits in; what has none has ended.
CREATE TABLE claim (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    seller_order_id uuid NOT NULL REFERENCES seller_order (id),
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    merchant_id uuid NOT NULL,
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    version integer NOT NULL DEFAULT 1,
    kind text NOT NULL CHECK (kind IN ('SHORT', 'SPOILED', 'WRONG', 'MISSING')),
    state text NOT NULL CHECK (
        state IN ('OPENED', 'OFFERED', 'DECLINED', 'ESCALATED', 'GRANTED', 'PAID', 'SETTLED', 'REFUSED', 'WITHDRAWN')
    ),
    quantity bigint NOT NULL CHECK (quantity > 0),
    asked_rupiah bigint NOT NULL CHECK (asked_rupiah > 0),
    offered_rupiah bigint CHECK (offered_rupiah BETWEEN 1 AND asked_rupiah),
    granted_rupiah bigint CONSTRAINT claim_granted_of_what_was_asked CHECK (granted_rupiah BETWEEN 0 AND asked_rupiah),
    borne_by text CHECK (borne_by IN ('MERCHANT', 'PARTNER', 'PLATFORM')),
    reason_code text,
    settled_by text CHECK (settled_by IN ('MERCHANT', 'PLATFORM')), -- who has given the money, or says so
    opened_at timestamptz NOT NULL,
    due_at timestamptz,
    -- What it takes of the line's cost away from other claims.
    holds_rupiah bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN state IN ('REFUSED', 'WITHDRAWN') THEN 0 ELSE coalesce(granted_rupiah, asked_rupiah) END
    ) STORED,
    CONSTRAINT claim_end CHECK ((state IN ('SETTLED', 'REFUSED', 'WITHDRAWN')) = (due_at IS NULL)),
    CONSTRAINT claim_granted CHECK ((state IN ('GRANTED', 'PAID', 'SETTLED', 'REFUSED')) = (granted_rupiah IS NOT NULL)),
    CONSTRAINT claim_refused CHECK ((state = 'REFUSED') = coalesce(granted_rupiah = 0, false)),
    CONSTRAINT claim_borne CHECK (coalesce(granted_rupiah > 0, false) = (borne_by IS NOT NULL AND reason_code IS NOT NULL)),
    CONSTRAINT claim_settled CHECK ((state IN ('PAID', 'SETTLED')) = (settled_by IS NOT NULL))
);
CREATE INDEX claim_order ON claim (order_id);
CREATE INDEX claim_line ON claim (order_line_id);
CREATE INDEX claim_seller_order ON claim (seller_order_id);
CREATE INDEX claim_merchant ON claim (merchant_id, opened_at, id);
CREATE INDEX claim_buyer ON claim (buyer_id, opened_at, id);
CREATE INDEX claim_due ON claim (due_at, id) WHERE due_at IS NOT NULL;

-- What happened to a claim, one row per version: who, when, why. Only words go, with the person who wrote them.
CREATE TABLE claim_history (
    claim_id uuid NOT NULL REFERENCES claim (id),
    version integer NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,
    input text NOT NULL,
    actor_kind text NOT NULL,
    actor text,
    words text,
    amount_rupiah bigint,
    PRIMARY KEY (claim_id, version)
);
CREATE INDEX claim_history_actor ON claim_history (actor) WHERE actor IS NOT NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON claim_history FROM ordering;
GRANT UPDATE (words) ON claim_history TO ordering;

-- Claims of a line never come to more than it cost, whoever claims at the same moment: the line is locked, then summed.
CREATE FUNCTION claim_is_within_its_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cost bigint;
BEGIN
    SELECT coalesce(final_rupiah, total_rupiah) INTO cost FROM order_line WHERE id = NEW.order_line_id FOR NO KEY UPDATE;
    IF cost < (SELECT sum(holds_rupiah) FROM claim WHERE order_line_id = NEW.order_line_id) THEN
        RAISE EXCEPTION 'claims of line % are more than its % rupiah', NEW.order_line_id, cost
        USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_within_line', TABLE = 'claim';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claims_within_line AFTER INSERT OR UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION claim_is_within_its_line();

CREATE FUNCTION claim_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'claim % is %', OLD.id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_ended', TABLE = 'claim';
END $$;
CREATE TRIGGER claim_ended BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.due_at IS NULL) EXECUTE FUNCTION claim_has_ended();
