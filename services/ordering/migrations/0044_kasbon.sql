SET lock_timeout = '5s';

-- A buyer's credit with one seller, by consent of both. `account` is the one in the ledger, on which `owed_rupiah` is; `held_rupiah` is of orders
-- that are placed and not handed over. Both are kept by triggers and written by nobody else. `called` is by what the seller knows the buyer.
CREATE TABLE kasbon (
    id uuid PRIMARY KEY,
    buyer_id uuid NOT NULL REFERENCES buyer (id),
    merchant_id uuid NOT NULL,
    test boolean NOT NULL,
    account text NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('ASKED', 'OFFERED', 'OPEN', 'DECLINED', 'CLOSED')),
    called text NOT NULL,
    limit_rupiah bigint NOT NULL CHECK (limit_rupiah BETWEEN 0 AND 100000000),
    owed_rupiah bigint NOT NULL DEFAULT 0 CONSTRAINT kasbon_owed CHECK (owed_rupiah >= 0),
    held_rupiah bigint NOT NULL DEFAULT 0 CONSTRAINT kasbon_held CHECK (held_rupiah >= 0),
    buyer_agreed_at timestamptz,
    merchant_agreed_at timestamptz,
    changed_at timestamptz NOT NULL,
    forgotten_at timestamptz,
    CONSTRAINT kasbon_of_a_pair UNIQUE (buyer_id, merchant_id, test),
    CONSTRAINT kasbon_of_two CHECK (state <> 'OPEN' OR (buyer_agreed_at IS NOT NULL AND merchant_agreed_at IS NOT NULL)),
    CONSTRAINT kasbon_forgotten CHECK (forgotten_at IS NULL OR (called = '' AND owed_rupiah = 0 AND held_rupiah = 0))
);
CREATE INDEX kasbon_of_merchant ON kasbon (merchant_id, owed_rupiah DESC, id);
CREATE INDEX kasbon_asked ON kasbon (merchant_id, changed_at) WHERE state = 'ASKED';
CREATE INDEX kasbon_offered ON kasbon (merchant_id, changed_at) WHERE state = 'OFFERED';

-- What happened to a kasbon, for both to read, by a number that rises: words, and what was owed afterwards. Rows are only ever added.
CREATE TABLE kasbon_entry (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    kasbon_id uuid NOT NULL REFERENCES kasbon (id),
    kind text NOT NULL,
    at timestamptz NOT NULL,
    change_rupiah bigint NOT NULL DEFAULT 0,
    balance_rupiah bigint NOT NULL CHECK (balance_rupiah >= 0),
    limit_rupiah bigint,
    order_id uuid REFERENCES orders (id),
    of_entry uuid REFERENCES kasbon_entry (id),
    side text NOT NULL CHECK (side IN ('BUYER', 'MERCHANT', 'ORDER')),
    by text,
    words text,
    CONSTRAINT kasbon_entry_moves CHECK (CASE kind
        WHEN 'BOUGHT' THEN change_rupiah > 0 AND order_id IS NOT NULL
        WHEN 'CLAIMED' THEN change_rupiah < 0 AND order_id IS NOT NULL
        WHEN 'PAID' THEN change_rupiah < 0 AND side = 'MERCHANT'
        WHEN 'FORGIVEN' THEN change_rupiah < 0 AND side = 'MERCHANT'
        WHEN 'TAKEN_BACK' THEN change_rupiah > 0 AND of_entry IS NOT NULL
        ELSE kind IN ('ASKED', 'OFFERED', 'OPENED', 'DECLINED', 'LIMIT_SET', 'CLOSED', 'DISPUTED') AND change_rupiah = 0
    END),
    CONSTRAINT kasbon_entry_by CHECK ((side = 'ORDER') = (by IS NULL))
);
CREATE INDEX kasbon_entry_of ON kasbon_entry (kasbon_id, number DESC);
CREATE UNIQUE INDEX kasbon_taken_back_once ON kasbon_entry (of_entry) WHERE kind = 'TAKEN_BACK';

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON kasbon FROM ordering;
GRANT INSERT (id, buyer_id, merchant_id, test, account, state, called, limit_rupiah, buyer_agreed_at, merchant_agreed_at, changed_at),
    UPDATE (state, called, limit_rupiah, buyer_agreed_at, merchant_agreed_at, changed_at, forgotten_at) ON kasbon TO ordering;
REVOKE UPDATE, DELETE, TRUNCATE ON kasbon_entry FROM ordering;
GRANT UPDATE (words) ON kasbon_entry TO ordering;

-- What a claim took off what is owed, at once: the rest is given back as of every order.
ALTER TABLE claim ADD COLUMN kasbon_rupiah bigint NOT NULL DEFAULT 0
CONSTRAINT claim_off_kasbon CHECK (kasbon_rupiah BETWEEN 0 AND coalesce(granted_rupiah, 0));

-- The ledger's transfers of a kasbon move what is owed, and are told in it: those of an order by this, those of none have told it before.
CREATE FUNCTION kasbon_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_ kasbon;
    change bigint;
BEGIN
    UPDATE kasbon SET owed_rupiah = owed_rupiah + CASE account WHEN NEW.debit_account THEN 1 ELSE -1 END * NEW.amount_rupiah,
                      changed_at = NEW.at
    WHERE account IN (NEW.debit_account, NEW.credit_account) RETURNING * INTO found_;
    IF found_.id IS NULL THEN
        RAISE EXCEPTION 'no kasbon is %', NEW.debit_account
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_is_known', TABLE = 'ledger';
    END IF;
    change := CASE found_.account WHEN NEW.debit_account THEN 1 ELSE -1 END * NEW.amount_rupiah;
    IF NEW.order_id IS NOT NULL THEN
        INSERT INTO kasbon_entry (id, kasbon_id, kind, at, change_rupiah, balance_rupiah, order_id, side)
        VALUES (gen_random_uuid(), found_.id, CASE NEW.kind WHEN 'KASBON' THEN 'BOUGHT' WHEN 'KASBON_CLAIMED' THEN 'CLAIMED' ELSE NEW.kind END,
                NEW.at, change, found_.owed_rupiah, NEW.order_id, 'ORDER');
    ELSIF NOT EXISTS (
        SELECT FROM kasbon_entry e WHERE e.id = NEW.posting_id AND e.kasbon_id = found_.id AND e.change_rupiah = change
            AND e.balance_rupiah = found_.owed_rupiah) THEN
        RAISE EXCEPTION 'what is told of kasbon % is not what is owed', found_.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_adds_up', TABLE = 'ledger';
    END IF;
    RETURN NULL;
END $$;

-- And nothing is told that the ledger does not know.
CREATE FUNCTION kasbon_entry_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger l WHERE l.amount_rupiah = abs(NEW.change_rupiah) AND l.at = NEW.at AND l.kind LIKE 'KASBON%'
            AND CASE WHEN NEW.order_id IS NULL THEN l.posting_id = NEW.id ELSE l.order_id = NEW.order_id END) THEN
        RAISE EXCEPTION 'entry % of a kasbon is not booked', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_entry_booked', TABLE = 'kasbon_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kasbon_entry_booked AFTER INSERT ON kasbon_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.change_rupiah <> 0) EXECUTE FUNCTION kasbon_entry_is_booked();

-- What an order on kasbon comes to is held until it ends: taken when it is placed, as far as there is room, less when it comes to less, and
-- free at its end, whoever ends it.
CREATE FUNCTION kasbon_is_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_ kasbon;
    was bigint := 0;
    is_ bigint := 0;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL THEN
        was := OLD.goods_rupiah - OLD.discount_rupiah;
    END IF;
    IF NEW.ended_at IS NULL THEN
        is_ := NEW.goods_rupiah - NEW.discount_rupiah;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.goods_rupiah > coalesce(NEW.placed_goods_rupiah, NEW.goods_rupiah) THEN
        RAISE EXCEPTION 'order % on kasbon would come to more than was agreed', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_never_more', TABLE = 'orders';
    END IF;
    UPDATE kasbon SET held_rupiah = held_rupiah + is_ - was WHERE id = NEW.kasbon_id RETURNING * INTO found_;
    IF TG_OP = 'INSERT' AND (
        found_.state <> 'OPEN' OR found_.buyer_id <> NEW.buyer_id OR found_.test <> NEW.test
        OR EXISTS (SELECT FROM seller_order s WHERE s.order_id = NEW.id AND s.merchant_id <> found_.merchant_id)) THEN
        RAISE EXCEPTION 'kasbon % is not open for order %', NEW.kasbon_id, NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_open', TABLE = 'orders';
    END IF;
    IF TG_OP = 'INSERT' AND found_.owed_rupiah + found_.held_rupiah > found_.limit_rupiah THEN
        RAISE EXCEPTION 'kasbon % has no room for order %', NEW.kasbon_id, NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_limit', TABLE = 'orders';
    END IF;
    RETURN NULL;
END $$;

-- What was handed over on kasbon is owed. An image that knows of no kasbon is refused here, and leaves it to one that does.
CREATE FUNCTION kasbon_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.goods_rupiah - NEW.discount_rupiah IS DISTINCT FROM (
        SELECT coalesce(sum(l.amount_rupiah), 0) FROM ledger l JOIN kasbon k ON k.id = NEW.kasbon_id AND k.account = l.debit_account
        WHERE l.order_id = NEW.id AND l.kind = 'KASBON') THEN
        RAISE EXCEPTION 'order % was handed over on kasbon, and is not owed', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_booked', TABLE = 'orders';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION kasbon_of_order_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'on what order % was bought cannot change', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'kasbon_stays', TABLE = 'orders';
END $$;

-- As 0031 has it; an entry of a kasbon says as much of that moment.
CREATE OR REPLACE FUNCTION ledger_has_its_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.order_id IS NOT NULL AND EXISTS (SELECT FROM order_history h WHERE h.order_id = NEW.order_id AND h.at = NEW.at) THEN
        RETURN NULL;
    END IF;
    IF NEW.posting_id IS NOT NULL AND (EXISTS (
        SELECT FROM cash_handover h
        WHERE h.id = NEW.posting_id AND NEW.kind = 'CASH_HANDOVER' AND h.state = 'CONFIRMED' AND h.ended_at = NEW.at
              AND h.amount_rupiah = NEW.amount_rupiah
    ) OR EXISTS (
        SELECT FROM payout p
        WHERE p.id = NEW.posting_id AND p.amount_rupiah = NEW.amount_rupiah
              AND CASE NEW.kind WHEN 'PAYOUT' THEN p.recorded_at = NEW.at WHEN 'PAYOUT_REVERSED' THEN p.reversed_at = NEW.at END
    ) OR EXISTS (
        SELECT FROM kasbon_entry e
        WHERE e.id = NEW.posting_id AND NEW.kind = 'KASBON_' || e.kind AND e.at = NEW.at AND abs(e.change_rupiah) = NEW.amount_rupiah
    )) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'no step of % moves % rupiah at %', coalesce(NEW.order_id, NEW.posting_id), NEW.amount_rupiah, NEW.at
    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_cause', TABLE = 'ledger';
END $$;
