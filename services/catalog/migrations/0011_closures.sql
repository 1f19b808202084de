SET lock_timeout = '5s';

-- Shut from `starts` until `ends`, whatever the hours say. What is over stays until its merchant makes another.
CREATE TABLE merchant_closure (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    starts timestamptz NOT NULL,
    ends timestamptz NOT NULL,
    note text,
    CONSTRAINT merchant_closure_lasts CHECK (ends > starts)
);
CREATE INDEX merchant_closure_merchant ON merchant_closure (merchant_id, starts);
