SET lock_timeout = '5s';

-- How a message goes. `channels` are those that are left to it, in their order, and `channel` the one whose turn it is, or by which it went;
-- who holds it until `leased_until` sends it, and nobody else meanwhile. What it said is gone once it was sent.
ALTER TABLE messages
ADD COLUMN code text,
ADD COLUMN channels text[],
ADD COLUMN leased_until timestamptz;

-- What was taken of a channel's budget, by day in Jakarta.
CREATE TABLE message_day (
    day date NOT NULL,
    channel text NOT NULL,
    taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    PRIMARY KEY (day, channel)
);
