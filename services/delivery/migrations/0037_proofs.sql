SET lock_timeout = '5s';

-- By what handovers are proven beside the PIN, from a day on. As tariffs, no rule is ever changed. Where there is none it is the PIN alone.
CREATE TABLE proof_rule (
    version text PRIMARY KEY,
    valid_from date NOT NULL UNIQUE,
    legal_basis text NOT NULL,
    photo text NOT NULL CHECK (photo IN ('NEVER', 'WISHED', 'UNREACHABLE')),
    signature boolean NOT NULL,
    signature_cash_rupiah bigint NOT NULL CHECK (signature_cash_rupiah BETWEEN 0 AND 100000000), -- with more to collect the PIN alone
    entered_at timestamptz NOT NULL,
    entered_by text
);
REVOKE UPDATE, DELETE, TRUNCATE ON proof_rule FROM delivery;

-- How the buyer wishes to be handed it; null: as the rule says.
ALTER TABLE delivery ADD COLUMN dropoff_wish text;
ALTER TABLE delivery ADD CONSTRAINT delivery_dropoff_wish CHECK (dropoff_wish IN ('PIN_ONLY', 'LEAVE_AT_DOOR')) NOT VALID;

-- A photo or a signature of a handover, from when its address is asked for. `sizes` are its files, smallest first: [{name, width, height}]. `goes_at` is until when its address
-- is good, then when it goes. `lost_at`: a file of it was not where files are kept. `stop`: of this pickup; null: of the door.
CREATE TABLE delivery_proof (
    id uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    kind text NOT NULL CHECK (kind IN ('PHOTO', 'SIGNATURE')),
    stop integer,
    partner_id uuid NOT NULL REFERENCES partner, -- who had the trip when it was asked for
    rider_id uuid NOT NULL REFERENCES rider,
    subject text, -- which person asked; null: the company's machine
    made_at timestamptz NOT NULL,
    came_at timestamptz,
    proved_at timestamptz, -- when the handover was proven by it
    goes_at timestamptz NOT NULL,
    return_to text,
    source bytea CHECK (octet_length(source) = 32), -- SHA-256 of what was sent
    color text CHECK (color ~ '^#[0-9a-f]{6}$'),
    sizes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sizes) = 'array'),
    lost_at timestamptz,
    CONSTRAINT delivery_proof_has_come CHECK (
        (came_at IS NULL) = (source IS NULL) AND (came_at IS NULL) = (sizes = '[]') AND (came_at IS NULL) = (color IS NULL)
        AND (proved_at IS NULL OR came_at IS NOT NULL)
    ),
    CONSTRAINT delivery_proof_of_door CHECK (proved_at IS NULL OR stop IS NULL)
);
CREATE INDEX delivery_proof_trip ON delivery_proof (delivery_id, id);
-- Files and rows are held against each other a part at a time: by the last two digits of the id, in which files are kept apart, too.
CREATE INDEX delivery_proof_part ON delivery_proof (right(id::text, 2), id);
-- A handover is proven once.
CREATE UNIQUE INDEX delivery_proof_once ON delivery_proof (delivery_id) WHERE proved_at IS NOT NULL;

-- Files that are to go: of proofs that went, and such as no proof has.
CREATE TABLE delivery_proof_gone (
    key text PRIMARY KEY,
    due_at timestamptz NOT NULL
);
CREATE INDEX delivery_proof_gone_due ON delivery_proof_gone (due_at);

-- A trip takes no more than so many, whoever asks: its row is locked, then they are counted, whatever became of them.
CREATE FUNCTION delivery_proofs_are_few() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM delivery WHERE id = NEW.delivery_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM delivery_proof WHERE delivery_id = NEW.delivery_id) > 12 THEN
        RAISE EXCEPTION 'delivery % has its proofs', NEW.delivery_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_proofs_few', TABLE = 'delivery_proof';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_proofs_few AFTER INSERT ON delivery_proof FOR EACH ROW EXECUTE FUNCTION delivery_proofs_are_few();

-- Which actions there are, code says: a release would else wait for this table with each new one.
ALTER TABLE audit
DROP CONSTRAINT audit_action, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT audit_action CHECK (action ~ '^[A-Z]+(_[A-Z]+)*$') NOT VALID;
