SET lock_timeout = '5s';

-- Somebody wants a dead letter applied again: the worker does it, and takes this back when it cannot, saying why.
ALTER TABLE dead_letter
ADD COLUMN asked_at timestamptz,
ADD COLUMN answered text,
ADD COLUMN tries integer NOT NULL DEFAULT 0;
CREATE INDEX dead_letter_open ON dead_letter (at, id) WHERE replayed_at IS NULL; -- squawk-ignore require-concurrent-index-creation
CREATE INDEX dead_letter_asked ON dead_letter (asked_at) -- squawk-ignore require-concurrent-index-creation
WHERE asked_at IS NOT NULL AND replayed_at IS NULL;

-- What people did with events that were stuck. Rows are only ever added.
CREATE TABLE event_deed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    deed text NOT NULL CHECK (deed ~ '^[A-Z]+(_[A-Z]+)*$'),
    because text,
    consumer text NOT NULL,
    topic text NOT NULL,
    about text, -- the aggregate, where one was named
    seq bigint,
    reason text NOT NULL -- why it was stuck
);

-- What each process says of itself, every ten seconds: what it misses and since when, and how much of which topic it has not read.
CREATE TABLE process_seen (
    process uuid PRIMARY KEY,
    part text NOT NULL,
    version text NOT NULL,
    at timestamptz NOT NULL,
    missing jsonb NOT NULL DEFAULT '[]', -- [{name, why, since}]
    unread jsonb NOT NULL DEFAULT '[]' -- [{consumer, topic, records}]
);
