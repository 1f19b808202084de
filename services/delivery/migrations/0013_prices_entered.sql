SET lock_timeout = '5s';

-- Who has entered a tariff or a zone; what the seed has entered says nobody.
ALTER TABLE tariff_rule ADD COLUMN entered_at timestamptz, ADD COLUMN entered_by text;
ALTER TABLE zone ADD COLUMN entered_at timestamptz, ADD COLUMN entered_by text;
