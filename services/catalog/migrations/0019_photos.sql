SET lock_timeout = '5s';

-- A photo, from when somebody asks for an address to send it to. `sizes` are its files, smallest first: [{name, width, height}].
-- `goes_at` is when it goes unless it is used. `lost_at`: a file of it was not where files are kept; it is shown again when it is back.
CREATE TABLE media (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES merchant,
    purpose text NOT NULL CHECK (purpose IN ('PRODUCT', 'MERCHANT', 'LICENCE')),
    state text NOT NULL CHECK (state IN ('AWAITED', 'READY', 'CLAIMED', 'REMOVED')),
    subject text NOT NULL, -- who asked for it
    made_at timestamptz NOT NULL,
    goes_at timestamptz,
    return_to text,
    source bytea CHECK (octet_length(source) = 32), -- SHA-256 of what was sent
    color text CHECK (color ~ '^#[0-9a-f]{6}$'),
    sizes jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sizes) = 'array'),
    lost_at timestamptz,
    CONSTRAINT media_stays_while_used CHECK ((state = 'CLAIMED') = (goes_at IS NULL)),
    CONSTRAINT media_has_come CHECK ((state = 'AWAITED') = (source IS NULL) AND (state = 'AWAITED') = (sizes = '[]') AND (source IS NULL) = (color IS NULL))
);
CREATE INDEX media_merchant ON media (merchant_id, made_at);
CREATE INDEX media_subject ON media (subject, id);
-- Files and rows are held against each other a part at a time: by the last two digits of the id, in which files are kept apart, too.
CREATE INDEX media_part ON media (right(id::text, 2), id);

-- Files that are to go: of photos that went, and such as no photo has.
CREATE TABLE media_gone (
    key text PRIMARY KEY,
    due_at timestamptz NOT NULL
);
CREATE INDEX media_gone_due ON media_gone (due_at);
