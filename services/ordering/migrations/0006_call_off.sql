SET lock_timeout = '5s';

-- Why delivery was asked to end the trip of a confirmed order. Beside the state, not one of its values: the image of the release before
-- knows the states of before.
ALTER TABLE orders
    ADD COLUMN call_off_reason text,
    ADD COLUMN call_off_borne_by text,
    ADD COLUMN call_off_at timestamptz;
