SET lock_timeout = '5s';

-- The sessions of whoever had a role that was withdrawn end, for their tokens say it, and those of who is forgotten.
ALTER TABLE session
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT session_ended_because_check,
ADD CONSTRAINT session_ended_because_check CHECK (
    ended_because IN ('SIGNED_OUT', 'ENDED', 'TOO_MANY', 'TOKEN_REUSED', 'NUMBER_LOST', 'ROLE_WITHDRAWN', 'ERASED')
) NOT VALID;
