SET lock_timeout = '5s';

-- How riders are sought, from `valid_from` until the next one's. What was entered stays: who was asked is explained by the policy of the hour.
CREATE TABLE dispatch_policy (
    id uuid PRIMARY KEY,
    valid_from timestamptz NOT NULL,
    rule text NOT NULL CHECK (rule IN ('NEAREST', 'FAIR_SHARE', 'CHEAPEST', 'COMPANY_ORDER')),
    companies uuid[] NOT NULL DEFAULT '{}',
    offer_s integer NOT NULL CHECK (offer_s > 0),
    at_once integer NOT NULL CHECK (at_once > 0),
    rounds integer NOT NULL CHECK (rounds > 0),
    pause_s integer NOT NULL CHECK (pause_s > 0),
    assign_within_s integer NOT NULL CHECK (assign_within_s > 0),
    reach_m integer NOT NULL CHECK (reach_m > 0),
    escalate_percent integer NOT NULL CHECK (escalate_percent BETWEEN 1 AND 99),
    together integer NOT NULL CHECK (together > 0),
    batch integer NOT NULL CHECK (batch >= together),
    detour_m integer NOT NULL CHECK (detour_m >= 0),
    why text NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    CHECK ((rule = 'COMPANY_ORDER') = (companies <> '{}'))
);
CREATE INDEX dispatch_policy_holds ON dispatch_policy (valid_from DESC, id DESC);
REVOKE UPDATE, DELETE, TRUNCATE ON dispatch_policy FROM delivery;
