SET lock_timeout = '5s';

-- What a merchant who packs has asked the buyer. `quantity`, `gram` and `offer` are what there would be, `total_rupiah` what the line comes to
-- with a yes; without one `otherwise` is done.
CREATE TABLE order_question (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    seller_order_id uuid NOT NULL REFERENCES seller_order (id),
    line_id uuid NOT NULL REFERENCES order_line (id),
    kind text NOT NULL CHECK (kind IN ('OVERWEIGHT', 'SHORT', 'REPLACEMENT')),
    state text NOT NULL CHECK (state IN ('OPEN', 'ACCEPTED', 'DECLINED', 'LAPSED', 'WITHDRAWN')),
    quantity bigint NOT NULL CHECK (quantity >= 0),
    gram bigint CHECK (gram > 0),
    offer jsonb,
    total_rupiah bigint NOT NULL CHECK (total_rupiah >= 0),
    otherwise text NOT NULL CHECK (otherwise IN ('AT_CAP', 'SHORT', 'DROPPED', 'KEPT')),
    otherwise_rupiah bigint NOT NULL CHECK (otherwise_rupiah >= 0),
    asked_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL CHECK (answer_by > asked_at),
    ended_at timestamptz,
    CONSTRAINT order_question_ends CHECK ((state = 'OPEN') = (ended_at IS NULL)),
    CHECK ((kind = 'OVERWEIGHT') = (gram IS NOT NULL)),
    CHECK ((kind = 'REPLACEMENT') = (offer IS NOT NULL))
);
CREATE UNIQUE INDEX order_question_open ON order_question (line_id) WHERE state = 'OPEN';
CREATE INDEX order_question_order ON order_question (order_id);
CREATE INDEX order_question_line ON order_question (line_id);

-- A question that is over is over, and what was asked stays.
CREATE FUNCTION question_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'question % is %', OLD.id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_question_stays', TABLE = 'order_question';
END $$;
CREATE TRIGGER order_question_stays BEFORE UPDATE ON order_question FOR EACH ROW
WHEN (
    OLD.state <> 'OPEN'
    OR (OLD.line_id, OLD.kind, OLD.quantity, OLD.gram, OLD.offer, OLD.total_rupiah, OLD.otherwise, OLD.otherwise_rupiah, OLD.answer_by)
    IS DISTINCT FROM
    (NEW.line_id, NEW.kind, NEW.quantity, NEW.gram, NEW.offer, NEW.total_rupiah, NEW.otherwise, NEW.otherwise_rupiah, NEW.answer_by)
) EXECUTE FUNCTION question_stays();

-- What was ordered stays as it was ordered.
CREATE FUNCTION line_is_as_ordered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'line % was ordered as it is', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_line_is_as_ordered', TABLE = 'order_line';
END $$;
-- Nothing is packed before its merchant has accepted, once it has said that it is ready, or once it is handed over.
CREATE FUNCTION line_is_packed_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT status FROM seller_order WHERE id = NEW.seller_order_id) <> 'ACCEPTED' THEN
        RAISE EXCEPTION 'line % is packed by now', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_line_is_packed_in_time', TABLE = 'order_line';
    END IF;
    RETURN NEW;
END $$;
-- A part costs what its lines come to; of one that has left its order nothing is packed.
CREATE FUNCTION lines_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT goods_rupiah FROM seller_order WHERE id = NEW.seller_order_id) IS DISTINCT FROM (
        SELECT sum(coalesce(final_rupiah, total_rupiah)) FROM order_line WHERE seller_order_id = NEW.seller_order_id) THEN
        RAISE EXCEPTION 'the lines of part % are not its sum', NEW.seller_order_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_lines_add_up', TABLE = 'order_line';
    END IF;
    RETURN NULL;
END $$;
