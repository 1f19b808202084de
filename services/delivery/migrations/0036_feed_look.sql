SET lock_timeout = '2s';

-- One look into a company's feed, as services/delivery/partner_feed.py says why: from where (a cursor's event, or a number), the highest number drawn so far, and only then who may
-- have drawn one up to it and is not seen yet. When nobody is, what is there, of a snapshot that is taken only then: each statement of a volatile function has its own. The first
-- row has no event.
CREATE FUNCTION feed_look(of_topic text, cursor_id uuid, after_seq bigint, page integer, readable_days integer)
RETURNS TABLE (
    place bigint, last_drawn bigint, since timestamptz, awaited text[], seq bigint, id uuid, topic text, aggregate text, aggregateseq bigint, key text, type text,
    stream text, epoch integer, traceparent text, payload bytea, created_at timestamptz
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    at_place bigint := after_seq;
    drawn bigint;
    readable timestamptz := wlijo_now() - make_interval(days => readable_days);
    writing text[];
BEGIN
    IF cursor_id IS NOT NULL THEN
        at_place := coalesce(
            (SELECT o.seq FROM outbox o WHERE o.id = cursor_id AND o.topic = of_topic),
            (SELECT a.seq FROM outbox_archive a WHERE a.id = cursor_id AND a.topic = of_topic AND a.topic LIKE 'partner.%' LIMIT 1), 0);
    END IF;
    SELECT s.last_value INTO drawn FROM outbox_seq_seq s;
    IF drawn > at_place THEN
        SELECT coalesce(array_agg(l.virtualtransaction), '{}') INTO writing
        FROM pg_locks l, (SELECT hashtextextended(of_topic, 0) AS key) AS t
        WHERE l.locktype = 'advisory' AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND l.classid::bigint = (t.key >> 32) & 4294967295 AND l.objid::bigint = t.key & 4294967295 AND l.objsubid = 1;
    END IF;
    RETURN QUERY SELECT at_place, drawn, readable, writing, NULL::bigint, NULL::uuid, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::text,
        NULL::text, NULL::integer, NULL::text, NULL::bytea, NULL::timestamptz;
    IF writing = '{}' THEN
        RETURN QUERY SELECT at_place, drawn, readable, writing, e.seq, e.id, e.topic, e.aggregate, e.aggregateseq, e.key, e.type, e.stream, e.epoch, e.traceparent, e.payload, e.created_at
        FROM (
            (SELECT o.seq, o.id, o.topic, o.aggregate, o.aggregateseq, o.key, o.type, o.stream, o.epoch, o.traceparent, o.payload, o.created_at FROM outbox o
             WHERE o.topic = of_topic AND o.topic LIKE 'partner.%' AND o.seq > at_place AND o.seq <= drawn AND NOT o.again ORDER BY o.seq LIMIT page)
            UNION ALL
            (SELECT a.seq, a.id, a.topic, a.aggregate, a.aggregateseq, a.key, a.type, a.stream, a.epoch, a.traceparent, a.payload, a.created_at FROM outbox_archive a
             WHERE a.topic = of_topic AND a.topic LIKE 'partner.%' AND a.seq > at_place AND a.seq <= drawn AND a.sent_at > readable ORDER BY a.seq LIMIT page)
        ) AS e ORDER BY e.seq LIMIT page;
    END IF;
END $$;
