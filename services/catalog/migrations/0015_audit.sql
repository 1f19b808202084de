SET lock_timeout = '5s';

-- What staff were shown of a person: who saw what of whom, when; and that people put right what they said of themselves. No name and no
-- number is in it.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT wlijo_now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action IN ('REGISTRATION_SHOWN', 'MEMBER_SHOWN', 'NAME_CORRECTED', 'CONTACT_CORRECTED')),
    subject text NOT NULL,
    about text -- the merchant's id
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor, id);
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM catalog;
