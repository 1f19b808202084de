-- outside a transaction
-- Whom a merchant has its goods brought to, and that goods are off sale for want of a licence, as catalog tells them. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE merchant ADD COLUMN IF NOT EXISTS serves_radius_m integer,
    ADD COLUMN IF NOT EXISTS serves_kecamatan text[] NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN IF NOT EXISTS lacks_licence boolean NOT NULL DEFAULT false;
