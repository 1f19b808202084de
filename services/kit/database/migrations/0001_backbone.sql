SET lock_timeout = '5s';

-- The one clock. Local and test mode replace it by one that can be moved (local/clock.sql).
CREATE FUNCTION wlijo_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS 'SELECT clock_timestamp()';

-- Raised when the database is restored from a backup: what was published after that point may be told again, differently.
CREATE TABLE stream_epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch integer NOT NULL CHECK (epoch > 0)
);
INSERT INTO stream_epoch (epoch) VALUES (1);

-- Events per aggregate are counted 1, 2, 3 …; the row's lock, held to the commit, makes committed numbers gapless and in commit order.
CREATE TABLE outbox_counter (
    topic text NOT NULL,
    aggregate text NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (topic, aggregate)
);

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- CACHE 1: drawn after the counter's lock
    id uuid NOT NULL UNIQUE,
    topic text NOT NULL,
    aggregate text NOT NULL,
    aggregateseq bigint NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    stream text NOT NULL CHECK (stream IN ('facts', 'state')),
    epoch integer NOT NULL,
    traceparent text,
    payload bytea NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (topic, aggregate, aggregateseq)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- What was sent, by the relay's own time. A new log is filled from here; positions never enter it.
CREATE TABLE outbox_archive (
    seq bigint NOT NULL,
    id uuid NOT NULL,
    topic text NOT NULL,
    aggregate text NOT NULL,
    aggregateseq bigint NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    stream text NOT NULL,
    epoch integer NOT NULL,
    traceparent text,
    payload bytea NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL
) PARTITION BY RANGE (sent_at);
CREATE INDEX outbox_archive_seq ON outbox_archive (seq);
CREATE INDEX outbox_archive_aggregate ON outbox_archive (topic, aggregate, aggregateseq);
CREATE TABLE outbox_archive_default PARTITION OF outbox_archive DEFAULT;
-- The newest state of each aggregate, and facts that a dropped partition must not take along: kept for ever.
CREATE TABLE outbox_kept (LIKE outbox_archive);
CREATE UNIQUE INDEX outbox_kept_aggregate ON outbox_kept (topic, aggregate);
CREATE INDEX outbox_kept_seq ON outbox_kept (seq);

-- Partitions for today and the next seven days; those older than `keep` are dropped after their newest state rows were kept.
-- SECURITY DEFINER: the worker runs it with the runtime role, which owns nothing.
CREATE FUNCTION outbox_archive_partitions(keep interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (wlijo_now() AT TIME ZONE 'UTC')::date;
    part date;
    old record;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_archive_partitions'));
    FOR part IN SELECT today + n FROM generate_series(0, 7) n LOOP
        IF to_regclass('outbox_archive_' || to_char(part, 'YYYYMMDD')) IS NULL
           AND NOT EXISTS (SELECT FROM outbox_archive_default WHERE sent_at >= part AND sent_at < part + 1) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox_archive FOR VALUES FROM (%L) TO (%L)',
                           'outbox_archive_' || to_char(part, 'YYYYMMDD'),
                           part::timestamp AT TIME ZONE 'UTC', (part + 1)::timestamp AT TIME ZONE 'UTC');
            made := made + 1;
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'outbox_archive'::regclass AND c.relname ~ '^outbox_archive_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < (wlijo_now() - keep)::date - 1
    LOOP
        EXECUTE format($q$
            INSERT INTO outbox_kept SELECT DISTINCT ON (topic, aggregate) * FROM %I WHERE stream = 'state'
            ORDER BY topic, aggregate, aggregateseq DESC
            ON CONFLICT (topic, aggregate) DO UPDATE SET (seq, id, aggregateseq, key, type, epoch, traceparent, payload, created_at, sent_at)
              = (excluded.seq, excluded.id, excluded.aggregateseq, excluded.key, excluded.type, excluded.epoch,
                 excluded.traceparent, excluded.payload, excluded.created_at, excluded.sent_at)
            WHERE outbox_kept.aggregateseq < excluded.aggregateseq$q$, old.relname);
        EXECUTE format('DROP TABLE %I', old.relname);
    END LOOP;
    RETURN made;
END $$;
SELECT outbox_archive_partitions('7 days');

-- One relay at a time; the lease ends by the database's clock. Two at once are safe, only noisier.
CREATE TABLE relay_lease (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder uuid NOT NULL,
    until timestamptz NOT NULL
);

-- The log that the relay works on. `filled_to` is how far the archive has been sent to it, `filled` that it is complete.
CREATE TABLE relay_log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log uuid NOT NULL,
    filled boolean NOT NULL,
    filled_to bigint NOT NULL
);

-- How far each consumer is with each aggregate of each publisher, in the same transaction as the effect.
CREATE TABLE inbox (
    consumer text NOT NULL,
    source text NOT NULL,
    topic text NOT NULL,
    aggregate text NOT NULL,
    epoch integer NOT NULL,
    last bigint NOT NULL,
    last_id text NOT NULL,
    PRIMARY KEY (consumer, source, topic, aggregate)
);

-- Events that came before their predecessor, and the head of a parked key (with its error).
CREATE TABLE inbox_waiting (
    consumer text NOT NULL,
    source text NOT NULL,
    topic text NOT NULL,
    aggregate text NOT NULL,
    seq bigint NOT NULL,
    id text NOT NULL,
    record bytea NOT NULL,
    since timestamptz NOT NULL,
    error text,
    attempts integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    PRIMARY KEY (consumer, source, topic, aggregate, seq)
);
CREATE INDEX inbox_waiting_retry ON inbox_waiting (consumer, retry_at) WHERE retry_at IS NOT NULL;

-- What can never be applied, with the reason and the original bytes.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    reason text NOT NULL,
    topic text NOT NULL,
    partition integer,
    position bigint,
    event_id text,
    record bytea NOT NULL,
    at timestamptz NOT NULL
);

-- Which log a consumer is reading.
CREATE TABLE consumer_log (
    consumer text PRIMARY KEY,
    log uuid NOT NULL
);

-- Durable timers: one per kind and subject.
CREATE TABLE timer (
    kind text NOT NULL,
    subject uuid NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    error text,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timer_due ON timer (due_at);
