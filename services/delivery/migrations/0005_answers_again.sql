SET lock_timeout = '2s';

-- Which field a refusal was about; when its outcome was last told, and how often: a reply that is said for ever is not told of for ever.
-- NULL `told_at`, of rows before and of an older image's: when it was answered.
ALTER TABLE reply_inbox
    ADD COLUMN field text,
    ADD COLUMN told_at timestamptz,
    ADD COLUMN tellings integer NOT NULL DEFAULT 1;

-- Refusals that do not stand (too early, an id used again): what was told of them, so that repeats tell no more than of those that do.
CREATE TABLE reply_put_off (
    partner_id uuid NOT NULL,
    reply_id text NOT NULL,
    code text NOT NULL,
    told_at timestamptz NOT NULL,
    tellings integer NOT NULL DEFAULT 1,
    PRIMARY KEY (partner_id, reply_id, code)
);
CREATE INDEX reply_put_off_told ON reply_put_off (told_at);
