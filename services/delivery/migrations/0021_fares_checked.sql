-- outside a transaction
SET lock_timeout = '2s';

ALTER TABLE tariff_rule VALIDATE CONSTRAINT tariff_rule_days;
ALTER TABLE tariff_rule VALIDATE CONSTRAINT tariff_rule_extras;
ALTER TABLE tariff_rule VALIDATE CONSTRAINT tariff_rule_night;
ALTER TABLE tariff_rule VALIDATE CONSTRAINT tariff_rule_band;
