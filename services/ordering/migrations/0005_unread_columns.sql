-- outside a transaction
-- What ordering keeps of its neighbours and never reads is not written any more. The release before still writes all of it, so nothing is
-- taken away yet. The next release may drop: table partner; merchant.kind, merchant.kecamatan_code; merchant_member.role;
-- product.category; variant.sku, variant.label; orders.mass_gram.
-- One table at a time: requests read several of these at once, so that with two locks held they and we could wait for each other.
SET lock_timeout = '2s';

ALTER TABLE merchant ALTER COLUMN kind SET DEFAULT '', ALTER COLUMN kecamatan_code SET DEFAULT '';
ALTER TABLE merchant_member ALTER COLUMN role SET DEFAULT '';
ALTER TABLE product ALTER COLUMN category SET DEFAULT '';
ALTER TABLE variant ALTER COLUMN sku SET DEFAULT '', ALTER COLUMN label SET DEFAULT '';
ALTER TABLE orders ALTER COLUMN mass_gram SET DEFAULT 0;
