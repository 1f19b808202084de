SET lock_timeout = '5s';

-- Somebody who has signed in. The id, as text, is the subject of their tokens; others know a person by nothing else.
CREATE TABLE person (
    id uuid PRIMARY KEY,
    name text CHECK (char_length(name) BETWEEN 1 AND 80),
    language text NOT NULL DEFAULT 'ID' CHECK (language IN ('ID', 'EN')),
    registered_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL -- a code proved, or a token refreshed: the number is theirs still
);

-- Whose a number is now. It comes back with another owner: then the row names another person.
CREATE TABLE phone (
    number text PRIMARY KEY CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    person_id uuid NOT NULL UNIQUE REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED,
    since timestamptz NOT NULL
);

-- Codes that were sent to a number. The code itself is in no table but the message, until that was sent.
CREATE TABLE sign_in_code (
    id uuid PRIMARY KEY,
    phone text NOT NULL,
    person_id uuid REFERENCES person (id), -- who changes to this number; a code to sign in has nobody
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    used_at timestamptz
);
CREATE INDEX sign_in_code_phone ON sign_in_code (phone, expires_at);
CREATE INDEX sign_in_code_expires ON sign_in_code (expires_at);

-- What was taken of a limit since when: by number, by address (its keyed digest), in all.
CREATE TABLE allowance (
    kind text NOT NULL,
    key text NOT NULL,
    since timestamptz NOT NULL,
    taken integer NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (kind, key)
);
CREATE INDEX allowance_since ON allowance (since);

-- What is to be told to somebody, in words that any channel can carry; the worker sends it. Not sent by `expires_at`, it is not sent.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    phone text NOT NULL,
    kind text NOT NULL,
    language text NOT NULL DEFAULT 'id',
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    tried integer NOT NULL DEFAULT 0,
    sent_at timestamptz,
    failed_at timestamptz,
    channel text,
    reference text
);
CREATE INDEX messages_waiting ON messages (not_before) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX messages_expires ON messages (expires_at);

CREATE TABLE session (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    device text CHECK (char_length(device) BETWEEN 1 AND 80),
    began_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_because text CHECK (ended_because IN ('SIGNED_OUT', 'ENDED', 'TOO_MANY', 'TOKEN_REUSED', 'NUMBER_LOST')),
    CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
CREATE INDEX session_open ON session (person_id, began_at) WHERE ended_at IS NULL;
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expires ON session (expires_at);

-- Tokens as their digests: who reads this table can refresh nothing. A used one is kept as long as its repeat is to be known.
CREATE TABLE refresh_token (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    made_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE UNIQUE INDEX refresh_token_unused ON refresh_token (session_id) WHERE used_at IS NULL;
CREATE INDEX refresh_token_session ON refresh_token (session_id);

CREATE TABLE staff_role (
    person_id uuid NOT NULL REFERENCES person (id),
    role text NOT NULL CHECK (role IN ('OFFICER', 'OPS')),
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, role)
);

-- To a text in a version, as the person has said it; a withdrawn consent stays, with its time.
CREATE TABLE consent (
    person_id uuid NOT NULL REFERENCES person (id),
    document text NOT NULL CHECK (char_length(document) BETWEEN 1 AND 40),
    version integer NOT NULL CHECK (version > 0),
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    PRIMARY KEY (person_id, document, version),
    CHECK (withdrawn_at >= given_at)
);

-- Who has done what to a person's rights; numbers and names stand nowhere in it.
CREATE TABLE audit (
    id uuid PRIMARY KEY,
    told_at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    person_id uuid NOT NULL,
    detail text
);
CREATE INDEX audit_person ON audit (person_id, told_at);
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM people;
