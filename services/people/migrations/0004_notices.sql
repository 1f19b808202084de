SET lock_timeout = '5s';

-- What somebody was told, for them to read again: of one matter (`about`) each kind once. Whoever another issuer knows has notices too, and
-- no number to send them to. `outcome`: how it went by the channels.
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    subject text NOT NULL,
    kind text NOT NULL,
    about text NOT NULL,
    event_id text,
    facts jsonb NOT NULL,
    language text NOT NULL CHECK (language IN ('ID', 'EN')),
    text text NOT NULL,
    happened_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    read_at timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('WAITING', 'TOLD', 'FAILED', 'LATE', 'OFF', 'UNREACHABLE')),
    channel text,
    told_at timestamptz,
    CHECK ((outcome = 'TOLD') = (told_at IS NOT NULL)),
    UNIQUE (subject, kind, about)
);
CREATE INDEX notice_of_subject ON notice (subject, made_at DESC, id DESC);
CREATE INDEX notice_made_at ON notice (made_at);

-- By which channels somebody wants to hear of a kind, in their order; by none when it is empty. No row: as the installation has it.
CREATE TABLE notice_preference (
    subject text NOT NULL,
    kind text NOT NULL,
    channels text[] NOT NULL,
    PRIMARY KEY (subject, kind)
);

-- A browser that wants to be told.
CREATE TABLE push_subscription (
    endpoint text PRIMARY KEY CHECK (char_length(endpoint) <= 1000),
    person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    p256dh text NOT NULL CHECK (char_length(p256dh) <= 100),
    auth text NOT NULL CHECK (char_length(auth) <= 40),
    made_at timestamptz NOT NULL
);
CREATE INDEX push_subscription_person ON push_subscription (person_id, made_at);

-- A notice's number is the person's at the time it is sent: the number may be another's by then.
ALTER TABLE messages
ADD COLUMN person_id uuid,
ADD COLUMN notice_id uuid;
-- squawk-ignore ban-drop-not-null
ALTER TABLE messages ALTER COLUMN phone DROP NOT NULL;

-- What was heard of whom a matter concerns: subjects alone, no name or number of a person.
CREATE TABLE heard_merchant (
    merchant_id uuid PRIMARY KEY,
    name text NOT NULL,
    accept_within_s integer NOT NULL,
    members text[] NOT NULL
);
CREATE TABLE heard_order (
    order_id uuid PRIMARY KEY,
    code text NOT NULL,
    buyer text NOT NULL,
    total_rupiah bigint NOT NULL,
    cash_rupiah bigint NOT NULL DEFAULT 0,
    placed_at timestamptz NOT NULL,
    is_over boolean NOT NULL DEFAULT false
);
CREATE INDEX heard_order_placed_at ON heard_order (placed_at);
CREATE TABLE heard_part (
    seller_order_id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES heard_order (order_id) ON DELETE CASCADE,
    merchant_id uuid NOT NULL,
    goods_rupiah bigint NOT NULL,
    is_answered boolean NOT NULL DEFAULT false
);
CREATE INDEX heard_part_order ON heard_part (order_id);

-- Events of orders that nothing was heard of yet: nothing is promised between topics.
CREATE TABLE early_event (
    event_id text PRIMARY KEY,
    order_id uuid NOT NULL,
    envelope bytea NOT NULL,
    heard_at timestamptz NOT NULL
);
CREATE INDEX early_event_order ON early_event (order_id);
CREATE INDEX early_event_heard_at ON early_event (heard_at);
