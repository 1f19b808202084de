SET lock_timeout = '5s';

-- What a delivery company's machine signs in by (OAuth 2, client_credentials): a secret that was shown once, kept as its keyed digest.
-- Two of a company live at a time, so that one follows the other without a pause: each has a place of its own.
CREATE TABLE partner_client (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    place integer NOT NULL CHECK (place IN (1, 2)),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    used_at timestamptz, -- when a token was given last
    revoked_at timestamptz,
    revoked_by text,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX partner_client_live ON partner_client (partner_id, place) WHERE revoked_at IS NULL;
CREATE INDEX partner_client_partner ON partner_client (partner_id, made_at);
CREATE INDEX partner_client_revoked ON partner_client (revoked_at) WHERE revoked_at IS NOT NULL;
