SET lock_timeout = '2s';

-- Two merchants may have one code: who has it twice, 0027 refuses.
-- squawk-ignore ban-drop-constraint
ALTER TABLE variant DROP CONSTRAINT IF EXISTS variant_sku_key;
