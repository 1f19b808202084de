SET lock_timeout = '2s';

-- The order went on without this merchant's goods, before they were fetched: nobody goes there.
ALTER TABLE stop ADD COLUMN left_out_at timestamptz;
