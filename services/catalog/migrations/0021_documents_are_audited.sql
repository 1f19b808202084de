-- outside a transaction
SET lock_timeout = '2s';

-- A photo of a document that staff were handed, too.
ALTER TABLE audit DROP CONSTRAINT IF EXISTS audit_action_check; -- squawk-ignore ban-drop-constraint
ALTER TABLE audit DROP CONSTRAINT IF EXISTS audit_action; -- squawk-ignore ban-drop-constraint
ALTER TABLE audit ADD CONSTRAINT audit_action
CHECK (action IN ('REGISTRATION_SHOWN', 'MEMBER_SHOWN', 'NAME_CORRECTED', 'CONTACT_CORRECTED', 'DOCUMENT_SHOWN')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE audit VALIDATE CONSTRAINT audit_action;
