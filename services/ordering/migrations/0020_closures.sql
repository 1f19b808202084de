SET lock_timeout = '5s';

-- As catalog tells them: from and until when, whatever the hours say.
ALTER TABLE merchant ADD COLUMN closures jsonb NOT NULL DEFAULT '[]';
