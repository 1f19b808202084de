SET lock_timeout = '5s';

-- Why this company was asked, as it was known then: the policy, how many jobs it had taken that day, among how many it had its turn, which
-- rider decided it and how far that was; whose trip the job would join, and by how much that way grows. NULL for offers of before.
ALTER TABLE offer
ADD COLUMN policy_id uuid,
ADD COLUMN taken_today integer,
ADD COLUMN asked_of integer,
ADD COLUMN rider_id uuid,
ADD COLUMN away_m integer,
ADD COLUMN joins_id uuid,
ADD COLUMN added_m integer,
ADD COLUMN by_hand boolean NOT NULL DEFAULT false;

-- Since when the search wants a person, when it is given up, and from when on companies' rounds count: later than the search where a person
-- has let it go on.
ALTER TABLE delivery
ADD COLUMN wants_person_at timestamptz,
ADD COLUMN seek_until timestamptz,
ADD COLUMN rounds_from timestamptz;

-- What people did about searches, and why: added to, and never changed.
CREATE TABLE search_decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    action text NOT NULL CHECK (action IN ('OFFER', 'EXTEND', 'CANCEL')),
    partner_id uuid REFERENCES partner,
    minutes integer,
    reason text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    CHECK ((action = 'OFFER') = (partner_id IS NOT NULL) AND (action = 'EXTEND') = (minutes IS NOT NULL))
);
CREATE INDEX search_decision_delivery ON search_decision (delivery_id, id);
REVOKE UPDATE, DELETE, TRUNCATE ON search_decision FROM delivery;

-- In which order a rider with several jobs visits their stops: pairs of trip and stop, of trips that may have ended since.
CREATE TABLE rider_plan (
    rider_id uuid PRIMARY KEY REFERENCES rider,
    stops jsonb NOT NULL,
    made_at timestamptz NOT NULL
);
