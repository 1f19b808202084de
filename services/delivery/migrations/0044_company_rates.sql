SET lock_timeout = '5s';

-- What a company rides for, per mille of what the rule makes of a trip; of several days the last begun counts, of one day the last entered.
-- Rows are added and never changed: a fare is explained by the rate of its day. It begins after the day on which it was entered, so that what
-- holds on a day is known before it.
CREATE TABLE company_rate (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    valid_from date NOT NULL,
    per_mille integer NOT NULL CHECK (per_mille BETWEEN 1 AND 1000),
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    CHECK (valid_from > (entered_at AT TIME ZONE 'Asia/Jakarta')::date)
);
CREATE INDEX company_rate_holds ON company_rate (partner_id, valid_from DESC, number DESC);
REVOKE UPDATE, DELETE, TRUNCATE ON company_rate FROM delivery;
