SET lock_timeout = '5s';

-- What staff were shown of a person: who saw what of whom, when. No name, number or door is in it.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT wlijo_now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action IN ('ORDER_CONTACT_SHOWN', 'CONTACTS_SHOWN')),
    subject text NOT NULL,
    about text -- the order's code
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor, id);
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM ordering;
