SET lock_timeout = '5s';

-- Whether a company's people know that nothing gets through to its webhook.
ALTER TABLE heard_partner ADD COLUMN webhook_fails boolean NOT NULL DEFAULT false;
