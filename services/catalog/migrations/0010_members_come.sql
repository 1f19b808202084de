SET lock_timeout = '5s';

-- What a member is called by, at the graph and by the others. Of members of before nobody has said a name.
ALTER TABLE merchant_member
ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(), -- squawk-ignore adding-field-with-default
ADD COLUMN name text,
ADD COLUMN joined_at timestamptz;

-- The code is shown once; what is kept opens nothing.
CREATE TABLE merchant_invitation (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    role text NOT NULL CHECK (role IN ('OWNER', 'STAFF')),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_by text,
    used_at timestamptz,
    CONSTRAINT merchant_invitation_used CHECK ((used_by IS NULL) = (used_at IS NULL))
);
CREATE INDEX merchant_invitation_merchant ON merchant_invitation (merchant_id, made_at);
