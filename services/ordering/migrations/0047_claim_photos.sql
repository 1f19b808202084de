SET lock_timeout = '5s';

-- A photo of a claim, from when its buyer or its merchant asks for an address to send it to. `sizes` are its files, smallest first:
-- [{name, width, height}]. `goes_at` is until when its address is good, then when it goes. `lost_at`: a file of it was not where files are
-- kept; it is shown again when it is back.
CREATE TABLE claim_photo (
    id uuid PRIMARY KEY,
    claim_id uuid NOT NULL REFERENCES claim (id),
    by_kind text NOT NULL CHECK (by_kind IN ('BUYER', 'MERCHANT')),
    subject text NOT NULL, -- who asked for it
    made_at timestamptz NOT NULL,
    came_at timestamptz,
    goes_at timestamptz NOT NULL,
    return_to text,
    source bytea CHECK (octet_length(source) = 32), -- SHA-256 of what was sent
    color text CHECK (color ~ '^#[0-9a-f]{6}$'),
    sizes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sizes) = 'array'),
    lost_at timestamptz,
    CONSTRAINT claim_photo_has_come CHECK (
        (came_at IS NULL) = (source IS NULL) AND (came_at IS NULL) = (sizes = '[]') AND (came_at IS NULL) = (color IS NULL)
    )
);
CREATE INDEX claim_photo_claim ON claim_photo (claim_id, id);
CREATE INDEX claim_photo_subject ON claim_photo (subject, made_at);
-- Files and rows are held against each other a part at a time: by the last two digits of the id, in which files are kept apart, too.
CREATE INDEX claim_photo_part ON claim_photo (right(id::text, 2), id);

-- Files that are to go: of photos that went, and such as no photo has.
CREATE TABLE claim_photo_gone (
    key text PRIMARY KEY,
    due_at timestamptz NOT NULL
);
CREATE INDEX claim_photo_gone_due ON claim_photo_gone (due_at);

-- A claim whose photos are as many as may be takes no more, whoever asks: its row is locked, then they are counted.
CREATE FUNCTION claim_photos_are_few() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM claim WHERE id = NEW.claim_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM claim_photo WHERE claim_id = NEW.claim_id AND by_kind = NEW.by_kind AND goes_at > wlijo_now()) > 4 THEN
        RAISE EXCEPTION 'claim % has its photos', NEW.claim_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_photos_few', TABLE = 'claim_photo';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_photos_few AFTER INSERT ON claim_photo FOR EACH ROW EXECUTE FUNCTION claim_photos_are_few();

-- Which actions there are, code says: a release would else wait for this table with each new one.
ALTER TABLE audit
DROP CONSTRAINT audit_action_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT audit_action CHECK (action ~ '^[A-Z]+(_[A-Z]+)*$') NOT VALID;
