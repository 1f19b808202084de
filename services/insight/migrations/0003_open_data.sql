SET lock_timeout = '5s';

-- The files of a revision, as they were published: the same bytes for ever.
CREATE TABLE published_file (
    month text NOT NULL,
    revision bigint NOT NULL,
    format text NOT NULL CHECK (format IN ('csv', 'json')),
    content bytea NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (month, revision, format),
    FOREIGN KEY (month, revision) REFERENCES publication
);
REVOKE UPDATE, DELETE, TRUNCATE ON published_file FROM insight;
