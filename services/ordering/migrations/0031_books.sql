SET lock_timeout = '5s';

-- What is booked and is of no order has a posting: a hand-over of cash, or a payout. `rule` is what a tax was reckoned by.
ALTER TABLE ledger ADD COLUMN posting_id uuid, ADD COLUMN rule text;
-- Who reads the ledger by its order goes on as before.
-- squawk-ignore ban-drop-not-null
ALTER TABLE ledger ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE ledger ADD CONSTRAINT ledger_is_of_one CHECK ((order_id IS NULL) <> (posting_id IS NULL)) NOT VALID;

-- Cash that goes on from hand to hand: one side says so, the other says yes or no. The ledger moves when both have said the same.
CREATE TABLE cash_handover (
    id uuid PRIMARY KEY,
    leg text NOT NULL,
    partner_id uuid NOT NULL,
    rider_id uuid,
    merchant_id uuid,
    test boolean NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah BETWEEN 1 AND 1000000000),
    state text NOT NULL CHECK (state IN ('STATED', 'CONFIRMED', 'DISPUTED', 'WITHDRAWN')),
    stated_side text NOT NULL CHECK (stated_side IN ('GIVER', 'TAKER')),
    stated_by text NOT NULL,
    stated_at timestamptz NOT NULL,
    counted_rupiah bigint CHECK (counted_rupiah >= 0), -- what the other side says it was
    disputed_by text,
    disputed_at timestamptz,
    ended_by text,
    ended_at timestamptz,
    note text, -- why it is disputed, then why it ended so
    CONSTRAINT cash_handover_leg CHECK (CASE leg
        WHEN 'RIDER_TO_COMPANY' THEN rider_id IS NOT NULL AND merchant_id IS NULL
        WHEN 'COMPANY_TO_MERCHANT' THEN rider_id IS NULL AND merchant_id IS NOT NULL
        WHEN 'COMPANY_TO_PLATFORM' THEN rider_id IS NULL AND merchant_id IS NULL
        ELSE false
    END),
    CONSTRAINT cash_handover_end CHECK (
        (state IN ('CONFIRMED', 'WITHDRAWN')) = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL)
        AND (disputed_at IS NULL) = (disputed_by IS NULL) AND (state <> 'DISPUTED' OR disputed_at IS NOT NULL)
    ),
    -- What one has said, another confirms.
    CONSTRAINT cash_handover_of_two CHECK (state <> 'CONFIRMED' OR ended_by <> stated_by)
);
CREATE INDEX cash_handover_partner ON cash_handover (partner_id, stated_at, id);
CREATE INDEX cash_handover_rider ON cash_handover (rider_id, stated_at, id) WHERE rider_id IS NOT NULL;
CREATE INDEX cash_handover_merchant ON cash_handover (merchant_id, stated_at, id) WHERE merchant_id IS NOT NULL;
CREATE INDEX cash_handover_disputed ON cash_handover (disputed_at, id) WHERE state = 'DISPUTED';

-- What a person has paid of what is owed, by bank or in cash, or let a company keep of the cash that it holds.
CREATE TABLE payout (
    id uuid PRIMARY KEY,
    payee text NOT NULL CHECK (payee IN ('MERCHANT', 'COMPANY', 'RIDER')),
    payee_id uuid NOT NULL,
    method text NOT NULL CHECK (method IN ('BANK', 'CASH', 'KEPT')),
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah BETWEEN 1 AND 1000000000),
    reference text NOT NULL,
    note text,
    test boolean NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    received_by text,
    received_at timestamptz,
    reversed_by text,
    reversed_at timestamptz,
    reversed_because text,
    CONSTRAINT payout_kept CHECK (method <> 'KEPT' OR payee = 'COMPANY'),
    CONSTRAINT payout_ends CHECK (
        (received_at IS NULL) = (received_by IS NULL) AND (reversed_at IS NULL) = (reversed_by IS NULL)
        AND (reversed_at IS NULL) = (reversed_because IS NULL)
    )
);
CREATE INDEX payout_recorded ON payout (recorded_at, id);
CREATE INDEX payout_payee ON payout (payee_id, recorded_at, id);

-- How much cash a company lets one rider hold, where it has said so.
CREATE TABLE cash_limit (
    partner_id uuid PRIMARY KEY,
    limit_rupiah bigint NOT NULL CHECK (limit_rupiah BETWEEN 0 AND 1000000000),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);

-- From when on a tax is withheld of what a merchant sells, and by what rule: none until the installation is appointed. Of several the
-- latest that applies.
CREATE TABLE withholding_rule (
    applies_from timestamptz PRIMARY KEY,
    permille integer NOT NULL CHECK (permille BETWEEN 0 AND 100),
    basis text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON withholding_rule FROM ordering;

-- That a merchant has declared to sell for no more than what is exempt in that year, as an officer has seen.
CREATE TABLE tax_statement (
    merchant_id uuid NOT NULL,
    year integer NOT NULL CHECK (year BETWEEN 2025 AND 2200),
    verified_by text NOT NULL,
    verified_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz,
    note text NOT NULL,
    PRIMARY KEY (merchant_id, year),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

-- Debits less credits of each account, kept by the trigger below and written by nobody else. What every order moves lies in slices, each
-- connection its own, so that orders do not wait for each other there; what somebody is owed is one row.
CREATE TABLE account_balance (
    account text NOT NULL,
    slice integer NOT NULL,
    balance_rupiah bigint NOT NULL,
    PRIMARY KEY (account, slice)
) WITH (fillfactor = 70);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON account_balance FROM ordering;

CREATE FUNCTION account_slice(account text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT CASE WHEN account ~ '^(test:)?(platform:(fees|commission|rounding|losses)|tax:|regency:|provider:|buyers:)'
            THEN pg_backend_pid() % 32 ELSE 0 END
$$;

-- With what an account is looked at when cash goes on or is paid out: a merchant's due with the cash that it took itself, a company's cash
-- with what its riders carry of it.
CREATE FUNCTION account_beside(account text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN account ~ '^(test:)?merchant:.*:payable$' THEN regexp_replace(account, ':payable$', ':cash')
            WHEN account ~ '^(test:)?partner:.*:cash$' THEN regexp_replace(account, ':cash$', ':with_riders') END
$$;

CREATE FUNCTION ledger_is_folded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    short text;
BEGIN
    IF NOT EXISTS (SELECT FROM added) THEN
        RETURN NULL;
    END IF;
    -- In one order, so that two transactions that move the same accounts cannot wait for each other.
    INSERT INTO account_balance AS b (account, slice, balance_rupiah)
    SELECT moved.account, account_slice(moved.account), sum(moved.change)::bigint
    FROM (
        SELECT debit_account AS account, amount_rupiah AS change FROM added
        UNION ALL SELECT credit_account, -amount_rupiah FROM added
        UNION ALL SELECT account_beside(debit_account), 0 FROM added WHERE posting_id IS NOT NULL
        UNION ALL SELECT account_beside(credit_account), 0 FROM added WHERE posting_id IS NOT NULL
    ) moved WHERE moved.account IS NOT NULL GROUP BY moved.account ORDER BY moved.account
    ON CONFLICT (account, slice) DO UPDATE SET balance_rupiah = b.balance_rupiah + excluded.balance_rupiah
    WHERE excluded.balance_rupiah <> 0; -- a row that does not change is held all the same

    -- Nobody hands on cash that they have not, and nobody is paid more than they are owed. The rows are ours until the commit.
    SELECT told.account INTO short FROM (
        SELECT debit_account AS account, 1 AS sign FROM added
        WHERE posting_id IS NOT NULL AND (debit_account LIKE '%:payable' OR debit_account LIKE '%:with_riders')
        UNION ALL
        SELECT credit_account, -1 FROM added
        WHERE posting_id IS NOT NULL AND (credit_account LIKE '%:cash' OR credit_account LIKE '%:carrying')
    ) told
    WHERE told.sign * (
        SELECT sum(balance_rupiah) FROM account_balance
        WHERE account IN (told.account, coalesce(account_beside(told.account), told.account))) > 0
    LIMIT 1;
    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'there is not as much on %', short
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_covers', TABLE = 'ledger';
    END IF;
    RETURN NULL;
END $$;

-- As before of what is an order's; a posting has its row, which says as much, of that moment.
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
    )) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'no step of % moves % rupiah at %', coalesce(NEW.order_id, NEW.posting_id), NEW.amount_rupiah, NEW.at
    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_cause', TABLE = 'ledger';
END $$;

-- What both have agreed to, or was withdrawn, stays as it is; so does what a payout says, but for its ends.
CREATE FUNCTION cash_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % cannot change any more', TG_TABLE_NAME, OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_stays', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER cash_handover_stays BEFORE UPDATE ON cash_handover FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION cash_is_settled();
CREATE TRIGGER payout_stays BEFORE UPDATE ON payout FOR EACH ROW
WHEN (OLD.reversed_at IS NOT NULL
      OR (OLD.payee, OLD.payee_id, OLD.method, OLD.amount_rupiah, OLD.reference, OLD.test, OLD.recorded_at)
         IS DISTINCT FROM (NEW.payee, NEW.payee_id, NEW.method, NEW.amount_rupiah, NEW.reference, NEW.test, NEW.recorded_at))
EXECUTE FUNCTION cash_is_settled();
REVOKE DELETE, TRUNCATE ON cash_handover FROM ordering;
REVOKE DELETE, TRUNCATE ON payout FROM ordering;

-- What is there is summed once; who books waits meanwhile, about a second for a million transfers.
LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO account_balance (account, slice, balance_rupiah)
SELECT moved.account, 0, sum(moved.change)::bigint
FROM (
    SELECT debit_account AS account, amount_rupiah AS change FROM ledger
    UNION ALL SELECT credit_account, -amount_rupiah FROM ledger
) moved GROUP BY moved.account;
CREATE TRIGGER ledger_folded AFTER INSERT ON ledger REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_folded();
