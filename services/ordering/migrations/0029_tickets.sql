SET lock_timeout = '5s';

-- What somebody complains of or asks, and by when it is answered and resolved. `due_at` wakes it; what has none is closed.
CREATE TABLE ticket (
    id uuid PRIMARY KEY,
    order_id uuid REFERENCES orders (id),
    opener text NOT NULL,
    opener_kind text NOT NULL CHECK (opener_kind IN ('BUYER', 'MERCHANT', 'COMPANY')),
    category text NOT NULL CHECK (category IN ('ORDER', 'PAYMENT', 'DELIVERY', 'ACCOUNT', 'OTHER')),
    state text NOT NULL CHECK (state IN ('OPEN', 'WAITING_FOR_OPENER', 'RESOLVED', 'REOPENED', 'CLOSED')),
    version integer NOT NULL DEFAULT 1,
    opened_at timestamptz NOT NULL,
    respond_by timestamptz NOT NULL,
    resolve_by timestamptz NOT NULL,
    responded_at timestamptz,
    resolved_at timestamptz,
    due_at timestamptz,
    CONSTRAINT ticket_end CHECK ((state = 'CLOSED') = (due_at IS NULL)),
    CONSTRAINT ticket_resolved CHECK ((state IN ('RESOLVED', 'CLOSED')) = (resolved_at IS NOT NULL)),
    CONSTRAINT ticket_times CHECK (opened_at < respond_by AND respond_by <= resolve_by)
);
CREATE INDEX ticket_opener ON ticket (opener, opened_at, id);
CREATE INDEX ticket_order ON ticket (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX ticket_due ON ticket (due_at, id) WHERE due_at IS NOT NULL;

-- What was said and done, one row per version. Only words go, with the person who wrote them.
CREATE TABLE ticket_entry (
    ticket_id uuid NOT NULL REFERENCES ticket (id),
    version integer NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL,
    input text NOT NULL,
    actor_kind text NOT NULL,
    actor text,
    words text,
    PRIMARY KEY (ticket_id, version)
);
CREATE INDEX ticket_entry_actor ON ticket_entry (actor) WHERE actor IS NOT NULL;
REVOKE UPDATE, DELETE, TRUNCATE ON ticket_entry FROM ordering;
GRANT UPDATE (words) ON ticket_entry TO ordering;
