SET lock_timeout = '5s';

-- Licences that hold, as far as what ends is counted by them: no number, and no document.
CREATE TABLE licence (
    licence_id text PRIMARY KEY,
    merchant_id text NOT NULL,
    kind text NOT NULL,
    expires_on date
);
CREATE INDEX licence_ends ON licence (expires_on);
CREATE INDEX licence_merchant ON licence (merchant_id, kind);

-- Complaints that are open, under a digest; a row goes when its complaint is decided.
CREATE TABLE complaint (
    digest bytea PRIMARY KEY,
    month text NOT NULL,
    kind text NOT NULL,
    due_at timestamptz -- by when somebody else than who complained has to act; null while nobody has
);

-- What became of them, by the month in which they were opened.
CREATE TABLE complaint_tally (
    month text NOT NULL,
    kind text NOT NULL,
    opened bigint NOT NULL DEFAULT 0,
    in_time bigint NOT NULL DEFAULT 0,
    late bigint NOT NULL DEFAULT 0,
    withdrawn bigint NOT NULL DEFAULT 0,
    unanswered bigint NOT NULL DEFAULT 0, -- claims that their merchant let go past its time
    PRIMARY KEY (month, kind)
);
