SET lock_timeout = '2s';

-- Notices that may be sent by this channel now. Who is busy is found once: asked of each message that waits, somebody's hundred are looked at a
-- hundred times each.
CREATE FUNCTION due_notices(text, integer, double precision)
RETURNS TABLE (id uuid, person_id uuid)
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
SELECT m.id, m.person_id FROM messages m
WHERE m.channel = $1 AND m.sent_at IS NULL AND m.failed_at IS NULL AND m.not_before <= (SELECT wlijo_now())
AND m.expires_at > (SELECT wlijo_now()) AND (m.leased_until IS NULL OR m.leased_until <= (SELECT wlijo_now()))
AND NOT m.kind LIKE '%\_code' AND (m.person_id IS NULL OR m.person_id NOT IN (
    SELECT b.person_id FROM messages b WHERE b.channel = $1 AND b.person_id IS NOT NULL
    AND b.sent_at > (SELECT wlijo_now() - $3 * interval '1 second')
    UNION ALL
    SELECT b.person_id FROM messages b WHERE b.channel = $1 AND b.person_id IS NOT NULL
    AND b.sent_at IS NULL AND b.failed_at IS NULL AND b.leased_until > (SELECT wlijo_now())))
ORDER BY m.not_before LIMIT $2 FOR UPDATE SKIP LOCKED
$$;

-- Messages that are due, held by a lease: codes first, and of notices one to a person at a time. Others who take of this channel wait meanwhile,
-- and see then what was taken, as each statement of a volatile function does: so its budget and the pace of a number are kept by all workers together.
CREATE FUNCTION messages_taken(
    of_channel text, most_codes integer, most_notices integer, a_day integer, notices_a_day integer,
    pace_s double precision, lease_s double precision
) RETURNS SETOF messages
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    today message_day;
    wanted uuid[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM messages m WHERE m.channel = of_channel AND m.sent_at IS NULL AND m.failed_at IS NULL
        AND m.not_before <= (SELECT wlijo_now()) AND m.expires_at > (SELECT wlijo_now())
        AND (m.leased_until IS NULL OR m.leased_until <= (SELECT wlijo_now()))
    ) THEN
        RETURN;
    END IF;
    INSERT INTO message_day AS d (day, channel) VALUES ((wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date, of_channel)
    ON CONFLICT (day, channel) DO UPDATE SET taken = d.taken RETURNING d.* INTO today;
    wanted := ARRAY(
        SELECT m.id FROM messages m WHERE m.channel = of_channel AND m.sent_at IS NULL AND m.failed_at IS NULL
        AND m.not_before <= (SELECT wlijo_now()) AND m.expires_at > (SELECT wlijo_now())
        AND (m.leased_until IS NULL OR m.leased_until <= (SELECT wlijo_now())) AND m.kind LIKE '%\_code'
        ORDER BY m.not_before LIMIT greatest(0, least(most_codes, a_day - today.taken)) FOR UPDATE SKIP LOCKED);
    wanted := wanted || ARRAY(
        SELECT first.id FROM (
            SELECT due.id, row_number() OVER (PARTITION BY coalesce(due.person_id, due.id) ORDER BY due.n) AS place
            FROM due_notices(of_channel, greatest(0, least(most_notices, notices_a_day - today.taken) - cardinality(wanted)), pace_s)
                WITH ORDINALITY AS due (id, person_id, n)) AS first
        WHERE first.place = 1);
    IF wanted = '{}' THEN
        RETURN;
    END IF;
    RETURN QUERY
        UPDATE messages m SET leased_until = wlijo_now() + lease_s * interval '1 second', tried = m.tried + 1,
            phone = CASE WHEN m.person_id IS NULL THEN m.phone ELSE (
                SELECT n.number FROM phone n WHERE n.person_id = m.person_id) END
        WHERE m.id = ANY(wanted) RETURNING m.*;
    GET DIAGNOSTICS today.taken = ROW_COUNT;
    UPDATE message_day d SET taken = d.taken + today.taken WHERE d.day = today.day AND d.channel = of_channel;
END $$;
