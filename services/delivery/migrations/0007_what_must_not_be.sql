SET lock_timeout = '5s';

-- An accepted offer whose job was given back stays accepted, for its partner is answered by it; it no longer has the trip.
ALTER TABLE offer ADD COLUMN given_back boolean NOT NULL DEFAULT false;

-- Also for the release before, which does not know the column.
CREATE FUNCTION offer_is_given_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE offer SET given_back = true WHERE id = OLD.offer_id;
    RETURN NULL;
END $$;

CREATE FUNCTION delivery_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'trip % is %, and would become %', OLD.id, OLD.status, NEW.status
    USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_ended', TABLE = 'delivery';
END $$;
