SET lock_timeout = '5s';

-- Whoever tells a partner something holds the lock of its topic from before the event's number is drawn (counters are written first) until
-- the commit can be seen. So a reader of the feed knows whom to wait for: nobody else of the whole server.
CREATE FUNCTION partner_feed_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(NEW.topic, 0));
    RETURN NEW;
END $$;
CREATE TRIGGER partner_feed_writer BEFORE INSERT ON outbox_counter
FOR EACH ROW WHEN (NEW.topic LIKE 'partner.%') EXECUTE FUNCTION partner_feed_writer();

-- How a company answers: how many offers in a row it let expire, and when it last said something of use on its topic. No row: it was never silent
-- and never used the topic.
CREATE TABLE partner_answering (
    partner_id uuid PRIMARY KEY REFERENCES partner,
    unanswered integer NOT NULL DEFAULT 0 CHECK (unanswered >= 0),
    topic_used_at timestamptz
);
