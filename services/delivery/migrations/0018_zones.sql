SET lock_timeout = '5s';

-- A zone holds on the days and hours (WIB) that it says, while it is switched on, until it is ended. Its boundary, effect and reason never
-- change: what was quoted by it is explained by it. The release before knows the two first effects and no times: it refuses more, never less.
ALTER TABLE zone
ADD COLUMN reason_en text,
ADD COLUMN surcharge_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN valid_from date,
ADD COLUMN valid_until date, -- the last day
ADD COLUMN hours jsonb NOT NULL DEFAULT '[]',
ADD COLUMN switched_on boolean NOT NULL DEFAULT true,
ADD COLUMN ended_at timestamptz,
ADD COLUMN version integer NOT NULL DEFAULT 1,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT zone_effect_check,
ADD CONSTRAINT zone_has_an_effect CHECK (effect IN (
    'DENY_PICKUP', 'DENY_DROPOFF', 'DENY_BOTH', 'SURCHARGE_PICKUP', 'SURCHARGE_DROPOFF', 'SURCHARGE_BOTH', 'SERVE')) NOT VALID,
ADD CONSTRAINT zone_costs CHECK (surcharge_rupiah >= 0 AND (surcharge_rupiah > 0) = (effect LIKE 'SURCHARGE%')) NOT VALID,
ADD CONSTRAINT zone_days CHECK (valid_until >= valid_from) NOT VALID;

-- Who entered, switched or ended a zone, and why: added to, and never changed.
CREATE TABLE zone_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id uuid NOT NULL REFERENCES zone,
    action text NOT NULL CHECK (action IN ('ENTER', 'SWITCH_ON', 'SWITCH_OFF', 'END')),
    reason text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX zone_history_zone ON zone_history (zone_id, id);
CREATE INDEX zone_history_subject ON zone_history (subject, id);
REVOKE UPDATE, DELETE, TRUNCATE ON zone_history FROM delivery;

-- Trips with goods on them whose riders were told of a hazard. `lifted_at`: when they were told that it is over.
CREATE TABLE delivery_hazard (
    delivery_id uuid NOT NULL REFERENCES delivery,
    zone_id uuid NOT NULL REFERENCES zone,
    told_at timestamptz NOT NULL,
    lifted_at timestamptz,
    PRIMARY KEY (delivery_id, zone_id)
);
CREATE INDEX delivery_hazard_zone ON delivery_hazard (zone_id) WHERE lifted_at IS NULL;
