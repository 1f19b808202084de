SET lock_timeout = '5s';

-- What people agree to, word for word: published once, and never changed. Where a document has texts, consent is to a version that has one.
CREATE TABLE consent_text (
    document text NOT NULL CHECK (char_length(document) BETWEEN 1 AND 40),
    version integer NOT NULL CHECK (version > 0),
    language text NOT NULL CHECK (language IN ('ID', 'EN')),
    text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 100000),
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (document, version, language)
);
REVOKE UPDATE, DELETE, TRUNCATE ON consent_text FROM people;
