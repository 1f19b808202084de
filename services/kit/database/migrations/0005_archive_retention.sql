SET lock_timeout = '5s';

-- As before; and what came to the DEFAULT partition, because the clock ran ahead of the partitions, ends after retention too.
CREATE OR REPLACE FUNCTION outbox_archive_partitions(keep interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (wlijo_now() AT TIME ZONE 'UTC')::date;
    oldest date := ((wlijo_now() - keep) AT TIME ZONE 'UTC')::date - 1;
    part date;
    old text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_archive_partitions'));
    FOR part IN SELECT today + n FROM generate_series(0, 7) n LOOP
        IF to_regclass('outbox_archive_' || to_char(part, 'YYYYMMDD')) IS NULL
           AND NOT EXISTS (SELECT FROM outbox_archive_default
                           WHERE sent_at >= part::timestamp AT TIME ZONE 'UTC'
                             AND sent_at < (part + 1)::timestamp AT TIME ZONE 'UTC') THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox_archive FOR VALUES FROM (%L) TO (%L)',
                           'outbox_archive_' || to_char(part, 'YYYYMMDD'),
                           part::timestamp AT TIME ZONE 'UTC', (part + 1)::timestamp AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'outbox_archive'::regclass
          AND (c.relname = 'outbox_archive_default'
               OR c.relname ~ '^outbox_archive_[0-9]{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < oldest)
        ORDER BY c.relname
    LOOP
        EXECUTE format($q$
            INSERT INTO outbox_kept SELECT DISTINCT ON (topic, aggregate) * FROM %I
            WHERE stream = 'state' AND sent_at < %L
            ORDER BY topic, aggregate, aggregateseq DESC
            ON CONFLICT (topic, aggregate) DO UPDATE SET (seq, id, aggregateseq, key, type, epoch, traceparent, payload, created_at, sent_at)
              = (excluded.seq, excluded.id, excluded.aggregateseq, excluded.key, excluded.type, excluded.epoch,
                 excluded.traceparent, excluded.payload, excluded.created_at, excluded.sent_at)
            WHERE outbox_kept.aggregateseq < excluded.aggregateseq$q$, old, oldest::timestamp AT TIME ZONE 'UTC');
        IF old = 'outbox_archive_default' THEN
            DELETE FROM outbox_archive_default WHERE sent_at < oldest::timestamp AT TIME ZONE 'UTC';
        ELSE
            EXECUTE format('DROP TABLE %I', old);
        END IF;
    END LOOP;
    RETURN made;
END $$;
