SET lock_timeout = '2s';

-- What this reply was answered before, and when it came by our clock; from here on its twin waits until the transaction ends. What is read
-- is as it is after that wait, for each statement of a volatile function sees anew. `appended_at` is the wall clock's, by the broker;
-- `waited_s` how long ago it came, when nobody else says.
CREATE FUNCTION reply_known(lock_key text, of_partner uuid, of_reply text, appended_at timestamptz, waited_s float8)
RETURNS TABLE (body_hash bytea, delivery_id uuid, code text, message text, field text, sent_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    came timestamptz := CASE WHEN waited_s IS NULL THEN appended_at + (wlijo_now() - clock_timestamp())
                             ELSE wlijo_now() - make_interval(secs => waited_s) END;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(lock_key, 0));
    RETURN QUERY SELECT r.body_hash, r.delivery_id, r.code, r.message, r.field, came
        FROM (SELECT) AS one LEFT JOIN reply_inbox r ON r.partner_id = of_partner AND r.reply_id = of_reply;
END $$;
