SET lock_timeout = '2s';

-- Beside `name`, which is Indonesian; null where nobody has named it in English. The release before does not read it.
ALTER TABLE category ADD COLUMN name_en text;
