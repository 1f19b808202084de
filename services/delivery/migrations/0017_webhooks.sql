SET lock_timeout = '5s';

-- A company's endpoint: where its events are posted to. Its secrets are derived, and no column has one.
CREATE TABLE webhook (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    url text NOT NULL CHECK (char_length(url) BETWEEN 1 AND 500),
    status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'PAUSED')),
    paused_by text CHECK (paused_by IN ('COMPANY', 'OPERATIONS', 'ENDPOINT')),
    secret integer NOT NULL DEFAULT 1 CHECK (secret >= 1),
    both_until timestamptz, -- until when the secret before signs too
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    read_to text NOT NULL, -- the cursor of the feed
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    failing_since timestamptz,
    resting_until timestamptz,
    told_at timestamptz, -- when its people were told that nothing gets through
    delivered_at timestamptz,
    held_by uuid, -- the worker that sends, as long as it says so
    held_until timestamptz,
    CHECK ((status = 'PAUSED') = (paused_by IS NOT NULL))
);
CREATE UNIQUE INDEX webhook_partner ON webhook (partner_id);

-- An event that is to be posted, or was; its content is where it was told. `until` is an offer's end, of all else seven days.
CREATE TABLE webhook_message (
    webhook_id uuid NOT NULL REFERENCES webhook ON DELETE CASCADE,
    event_id uuid NOT NULL,
    place bigint NOT NULL, -- `seq` of the outbox
    seq bigint NOT NULL, -- within its subject
    subject text NOT NULL,
    type text NOT NULL,
    told_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'SENT', 'EXPIRED')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_message_waiting ON webhook_message (webhook_id, subject, seq) WHERE status = 'WAITING';
CREATE INDEX webhook_message_shown ON webhook_message (webhook_id, place);
CREATE INDEX webhook_message_told_at ON webhook_message (told_at);

CREATE TABLE webhook_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    took_ms integer NOT NULL,
    status integer,
    error text,
    excerpt text CHECK (char_length(excerpt) <= 300),
    FOREIGN KEY (webhook_id, event_id) REFERENCES webhook_message ON DELETE CASCADE
);
CREATE INDEX webhook_attempt_message ON webhook_attempt (webhook_id, event_id, id);
