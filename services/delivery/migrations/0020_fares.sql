SET lock_timeout = '5s';

-- What a rule says beyond distance. What the release before enters says nothing of it, and costs as it did. `valid_until` is the last day.
ALTER TABLE tariff_rule
ADD COLUMN valid_until date,
ADD COLUMN per_stop_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN included_gram integer NOT NULL DEFAULT 20000,
ADD COLUMN per_kg_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN night_begins time,
ADD COLUMN night_ends time,
ADD COLUMN night_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN rounding_rupiah integer NOT NULL DEFAULT 1,
ADD COLUMN per_km_low bigint,
ADD COLUMN per_km_high bigint,
ADD COLUMN min_fee_low bigint,
ADD COLUMN min_fee_high bigint,
ADD COLUMN why text,
ADD CONSTRAINT tariff_rule_days CHECK (valid_until >= valid_from) NOT VALID,
ADD CONSTRAINT tariff_rule_extras CHECK (
    per_stop_rupiah >= 0 AND included_gram >= 0 AND per_kg_rupiah >= 0 AND night_rupiah >= 0 AND rounding_rupiah > 0) NOT VALID,
ADD CONSTRAINT tariff_rule_night CHECK (
    (night_begins IS NULL) = (night_ends IS NULL) AND (night_rupiah = 0 OR night_begins IS NOT NULL)) NOT VALID,
ADD CONSTRAINT tariff_rule_band CHECK (num_nulls(per_km_low, per_km_high, min_fee_low, min_fee_high) IN (0, 4)) NOT VALID;

-- A fee is explained by the rule of its day: nothing of one changes.
REVOKE UPDATE, DELETE, TRUNCATE ON tariff_rule FROM delivery;

-- What the fare was reckoned of, as it was promised: replayed with the rule of that version it makes the fee. NULL for trips of before.
ALTER TABLE delivery ADD COLUMN fare jsonb;
