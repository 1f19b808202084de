-- Which releases have brought this database up, so that one that was skipped is noticed.
SET lock_timeout = '5s';

CREATE TABLE release_applied (
    version text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
