SET lock_timeout = '5s';

-- `status` keeps the values that the release before reads: who was sent back is INVITED for it, who has left INVITED or PAUSED. A company
-- that applied is asked once its topics are there; those of before were entered when theirs were.
ALTER TABLE partner
ADD COLUMN applied boolean NOT NULL DEFAULT false,
ADD COLUMN sent_back boolean NOT NULL DEFAULT false,
ADD COLUMN left_at timestamptz,
ADD COLUMN paused_from text,
ADD COLUMN paused_by_company boolean NOT NULL DEFAULT false,
ADD CONSTRAINT partner_sent_back CHECK (NOT sent_back OR status = 'INVITED') NOT VALID,
ADD CONSTRAINT partner_left CHECK (left_at IS NULL OR (status IN ('INVITED', 'PAUSED') AND NOT sent_back)) NOT VALID,
ADD CONSTRAINT partner_paused_from CHECK (paused_from IN ('SANDBOX', 'ACTIVE')) NOT VALID;

-- What a company declared, for its owners, officers and operators. The contact goes when who applied is forgotten.
CREATE TABLE partner_registration (
    partner_id uuid PRIMARY KEY REFERENCES partner,
    kecamatan_code text NOT NULL,
    contact_name text,
    phone text,
    licence_number text,
    applied_at timestamptz NOT NULL,
    CONSTRAINT partner_registration_contact CHECK ((contact_name IS NULL) = (phone IS NULL))
);

-- Who did what to a company, its people and its riders, and why: added to, and never changed.
CREATE TABLE partner_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    action text NOT NULL,
    status text NOT NULL, -- after it
    reason text,
    about text, -- the member, rider or invitation
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX partner_history_partner ON partner_history (partner_id, id);
CREATE INDEX partner_history_applied ON partner_history (subject) WHERE action = 'APPLY';
REVOKE UPDATE, DELETE, TRUNCATE ON partner_history FROM delivery;

CREATE TABLE partner_member (
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    partner_id uuid NOT NULL REFERENCES partner,
    subject text NOT NULL,
    role text NOT NULL CHECK (role IN ('OWNER', 'DISPATCHER')),
    name text NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (partner_id, subject)
);
CREATE INDEX partner_member_subject ON partner_member (subject);

-- `external_id` is the company's own name for a rider. Who has ended rides no more, and is nobody who signs in.
ALTER TABLE rider
ADD COLUMN external_id text,
ADD COLUMN vehicle text NOT NULL DEFAULT 'MOTORBIKE',
ADD COLUMN has_box boolean NOT NULL DEFAULT false,
ADD COLUMN cash_limit_rupiah bigint,
ADD COLUMN on_shift boolean NOT NULL DEFAULT false,
ADD COLUMN ended_at timestamptz,
ADD CONSTRAINT rider_cash_limit CHECK (cash_limit_rupiah >= 0) NOT VALID,
ADD CONSTRAINT rider_ended CHECK (ended_at IS NULL OR (subject IS NULL AND NOT on_shift)) NOT VALID;

-- The code is shown once; what is kept opens nothing. A rider's is for the rider that it names.
CREATE TABLE partner_invitation (
    id uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partner,
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    role text CHECK (role IN ('OWNER', 'DISPATCHER')),
    rider_id uuid REFERENCES rider,
    made_by text,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_by text,
    used_at timestamptz,
    CONSTRAINT partner_invitation_is_of_one CHECK (num_nonnulls(role, rider_id) = 1),
    CONSTRAINT partner_invitation_used CHECK (used_by IS NULL OR used_at IS NOT NULL)
);
CREATE INDEX partner_invitation_partner ON partner_invitation (partner_id, made_at);
CREATE INDEX partner_invitation_rider ON partner_invitation (rider_id) WHERE rider_id IS NOT NULL;

-- Staff are shown people of companies, and what these declared, too.
ALTER TABLE audit
DROP CONSTRAINT audit_action_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT audit_action CHECK (action IN ('RIDER_SHOWN', 'REGISTRATION_SHOWN', 'MEMBERS_SHOWN')) NOT VALID;

-- Which person has said it, of replies that people make.
ALTER TABLE reply_inbox ADD COLUMN said_by text;
