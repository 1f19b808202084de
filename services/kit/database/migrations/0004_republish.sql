SET lock_timeout = '5s';

-- A copy of an archived row that somebody wants sent again: it leaves the table without coming to the archive a second time.
ALTER TABLE outbox ADD COLUMN again boolean NOT NULL DEFAULT false;
