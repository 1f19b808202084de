SET lock_timeout = '5s';

-- Whether what a provider took was delivered. Until `receipt_by` that is waited for, and the words are kept to be said by another channel;
-- `undelivered` once the provider has said that it was not.
ALTER TABLE messages
ADD COLUMN receipt_by timestamptz,
ADD COLUMN delivered_at timestamptz,
ADD COLUMN undelivered boolean NOT NULL DEFAULT false;

-- What each provider calls a message that it took, and what it has told of it since: once, and not again.
CREATE TABLE message_receipt (
    channel text NOT NULL,
    reference text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 500),
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    sent_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('DELIVERED', 'FAILED')),
    heard_at timestamptz,
    PRIMARY KEY (channel, reference),
    CHECK ((outcome IS NULL) = (heard_at IS NULL))
);
CREATE INDEX message_receipt_message ON message_receipt (message_id);
