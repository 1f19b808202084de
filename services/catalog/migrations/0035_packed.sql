SET lock_timeout = '5s';

-- Which fact of packing was heard last of which line of an order: an older one, or the same again, moves nothing.
CREATE TABLE packed_line (
    reservation_id uuid NOT NULL REFERENCES reservation,
    line_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (reservation_id, line_id)
);

-- What was packed in the place of something else, and was not there by the count: it is in the bag all the same, and gives nothing back.
ALTER TABLE reservation_line
ADD COLUMN uncounted bigint NOT NULL DEFAULT 0,
ADD CONSTRAINT reservation_line_uncounted CHECK (uncounted >= 0) NOT VALID,
DROP CONSTRAINT reservation_line_quantity_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT reservation_line_quantity CHECK (quantity > 0 OR (quantity = 0 AND uncounted > 0)) NOT VALID;
