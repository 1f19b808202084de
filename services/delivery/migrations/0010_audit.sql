SET lock_timeout = '5s';

-- What staff were shown of a rider: who saw whom, when. No name or plate is in it.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT wlijo_now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action IN ('RIDER_SHOWN')),
    subject text NOT NULL, -- the rider's id
    about text
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor, id);
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM delivery;
