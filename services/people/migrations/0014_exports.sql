SET lock_timeout = '5s';

-- Copies of all that is kept about somebody. `private_key` opens what services answer and is gone when the copy is made; the copy is gone
-- when it expires, and the row some weeks later. `waits_for`: services that have not answered.
CREATE TABLE export (
    id uuid PRIMARY KEY,
    subject text NOT NULL CHECK (char_length(subject) <= 256),
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    waits_for text[] NOT NULL,
    private_key text,
    ready_at timestamptz,
    gone_at timestamptz,
    document bytea, -- gzip of JSON
    fetched integer NOT NULL DEFAULT 0 CHECK (fetched >= 0),
    CONSTRAINT export_key_lives_while_it_is_made CHECK ((private_key IS NOT NULL) = (ready_at IS NULL AND gone_at IS NULL)),
    CONSTRAINT export_document_is_there_when_ready CHECK ((document IS NOT NULL) = (ready_at IS NOT NULL AND gone_at IS NULL))
);
CREATE INDEX export_subject ON export (subject, asked_at);
CREATE INDEX export_expires ON export (expires_at);
-- One at a time.
CREATE UNIQUE INDEX export_under_way ON export (subject) WHERE ready_at IS NULL AND gone_at IS NULL;

-- What services have answered, opened; pieces of a gzip.
CREATE TABLE export_part (
    export_id uuid NOT NULL REFERENCES export (id) ON DELETE CASCADE,
    service text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    of_parts integer NOT NULL CHECK (of_parts >= number),
    content bytea NOT NULL,
    PRIMARY KEY (export_id, service, number)
);

-- What a code was sent for; it is good for nothing else. The release before does not say it.
ALTER TABLE sign_in_code ADD COLUMN purpose text;
