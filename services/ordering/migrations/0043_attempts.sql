SET lock_timeout = '5s';

-- A code by which a payment may be made. `reference` is ours, and by it the provider is asked; `due_at` is when next, NULL when no more.
CREATE TABLE payment_attempt (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payment (id),
    order_id uuid NOT NULL REFERENCES orders (id),
    provider text NOT NULL,
    reference text NOT NULL,
    provider_reference text,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah > 0),
    received_rupiah bigint NOT NULL DEFAULT 0 CHECK (received_rupiah >= 0),
    state text NOT NULL CHECK (state IN ('REQUESTED', 'UNKNOWN', 'SHOWN', 'UNSEEN', 'EXPIRED', 'PAID', 'WITHDRAWN')),
    qr_content text,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz, -- known once it was asked for
    looked_at timestamptz, -- by its buyer
    noted_at timestamptz, -- by a notification
    due_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    CONSTRAINT payment_attempt_reference UNIQUE (provider, reference),
    CONSTRAINT payment_attempt_shown CHECK (state <> 'SHOWN' OR (qr_content IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT payment_attempt_paid CHECK ((state = 'PAID') = (received_rupiah > 0)),
    CONSTRAINT payment_attempt_asked CHECK (state IN ('REQUESTED', 'WITHDRAWN', 'PAID') OR expires_at IS NOT NULL)
);
CREATE UNIQUE INDEX payment_attempt_one_live ON payment_attempt (payment_id) WHERE state IN ('REQUESTED', 'UNKNOWN', 'SHOWN');
CREATE INDEX payment_attempt_payment ON payment_attempt (payment_id);
CREATE INDEX payment_attempt_order ON payment_attempt (order_id);
CREATE INDEX payment_attempt_due ON payment_attempt (provider, due_at) WHERE due_at IS NOT NULL;
REVOKE DELETE, TRUNCATE ON payment_attempt FROM ordering;

-- Money back to a buyer. One cause of an order gives back once, and no more goes back than came.
CREATE TABLE refund (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    payment_id uuid NOT NULL REFERENCES payment (id),
    seller_order_id uuid REFERENCES seller_order (id),
    attempt_id uuid REFERENCES payment_attempt (id), -- the payment that it goes back from; NULL: no provider can
    cause text NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah > 0),
    reason text NOT NULL,
    borne_by text NOT NULL,
    surplus boolean NOT NULL, -- was never the order's
    state text NOT NULL CHECK (state IN ('REQUESTED', 'SENT', 'UNKNOWN', 'BY_HAND', 'DONE')),
    requested_at timestamptz NOT NULL,
    sent_at timestamptz,
    done_at timestamptz,
    provider_reference text,
    why_by_hand text,
    proof text,
    settled_by text,
    due_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    CONSTRAINT refund_once UNIQUE (order_id, cause),
    CONSTRAINT refund_done CHECK ((state = 'DONE') = (done_at IS NOT NULL)),
    CONSTRAINT refund_by_hand_has_proof CHECK ((settled_by IS NULL) = (proof IS NULL) AND (settled_by IS NULL OR state = 'DONE')),
    CONSTRAINT refund_is_woken CHECK ((due_at IS NOT NULL) = (state IN ('REQUESTED', 'SENT', 'UNKNOWN'))),
    CONSTRAINT refund_by_a_provider CHECK (attempt_id IS NOT NULL OR state IN ('BY_HAND', 'DONE'))
);
CREATE INDEX refund_due ON refund (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX refund_by_hand ON refund (requested_at, id) WHERE state = 'BY_HAND';
CREATE INDEX refund_payment ON refund (payment_id);
CREATE INDEX refund_attempt ON refund (attempt_id) WHERE attempt_id IS NOT NULL;
REVOKE DELETE, TRUNCATE ON refund FROM ordering;

-- What a provider said and what became of it; no more than that, and of its people nothing.
CREATE TABLE payment_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    attempt_id uuid REFERENCES payment_attempt (id),
    refund_id uuid REFERENCES refund (id),
    at timestamptz NOT NULL,
    kind text NOT NULL,
    amount_rupiah bigint,
    said text NOT NULL DEFAULT ''
);
CREATE INDEX payment_event_order ON payment_event (order_id, id);
REVOKE UPDATE, DELETE, TRUNCATE ON payment_event FROM ordering;

CREATE FUNCTION attempt_keeps_its_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.received_rupiah < OLD.received_rupiah OR NEW.amount_rupiah <> OLD.amount_rupiah OR NEW.payment_id <> OLD.payment_id THEN
        RAISE EXCEPTION 'money of attempt % does not vanish', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_attempt_keeps_its_money', TABLE = 'payment_attempt';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_keeps_its_money BEFORE UPDATE ON payment_attempt FOR EACH ROW EXECUTE FUNCTION attempt_keeps_its_money();

CREATE FUNCTION refund_was_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payment WHERE id = NEW.payment_id FOR UPDATE;
    IF NEW.amount_rupiah + (SELECT coalesce(sum(amount_rupiah), 0) FROM refund WHERE payment_id = NEW.payment_id)
       > (SELECT coalesce(sum(received_rupiah), 0) FROM payment_attempt WHERE payment_id = NEW.payment_id)
       + (SELECT CASE WHEN paid_at IS NULL THEN coalesce(collected_rupiah, 0) ELSE 0 END FROM payment WHERE id = NEW.payment_id) THEN
        RAISE EXCEPTION 'payment % would give back more than came', NEW.payment_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_was_paid', TABLE = 'refund';
    END IF;
    IF NEW.attempt_id IS NOT NULL AND NEW.amount_rupiah
       + (SELECT coalesce(sum(amount_rupiah), 0) FROM refund WHERE attempt_id = NEW.attempt_id)
       > (SELECT received_rupiah FROM payment_attempt WHERE id = NEW.attempt_id) THEN
        RAISE EXCEPTION 'attempt % would give back more than came by it', NEW.attempt_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_was_paid_by_it', TABLE = 'refund';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_was_paid BEFORE INSERT ON refund FOR EACH ROW EXECUTE FUNCTION refund_was_paid();

CREATE FUNCTION refund_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'DONE' OR NEW.amount_rupiah <> OLD.amount_rupiah OR NEW.payment_id <> OLD.payment_id
       OR NEW.order_id <> OLD.order_id OR NEW.cause <> OLD.cause OR NEW.attempt_id IS DISTINCT FROM OLD.attempt_id THEN
        RAISE EXCEPTION 'refund % is %, and of what it is', OLD.id, OLD.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_stays', TABLE = 'refund';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_stays BEFORE UPDATE ON refund FOR EACH ROW EXECUTE FUNCTION refund_stays();

-- What every payment moves lies in slices as well.
CREATE OR REPLACE FUNCTION account_slice(account text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT CASE WHEN account ~ '^(test:)?(platform:(fees|commission|rounding|losses|mdr)|tax:|regency:|provider:|buyers:)'
            THEN pg_backend_pid() % 32 ELSE 0 END
$$;
