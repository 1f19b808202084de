SET lock_timeout = '5s';

-- A step has looked, decided, and writes it all in one statement: which is nothing when what it looked at is not so any more, or its event not next.
CREATE FUNCTION in_step(holds boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT holds THEN
        RAISE EXCEPTION 'what was looked at has changed, or it is not the turn of this' USING ERRCODE = 'WL001';
    END IF;
    RETURN true;
END $$;
