SET lock_timeout = '2s';

-- A trip for whoever writes it, with what its lock guards: its offers in the order they were made, and its stops. They are as they are once the lock is there, for each statement
-- of a volatile function sees anew. No row where there is no such trip.
CREATE FUNCTION trip_held(wanted uuid)
RETURNS TABLE (trip delivery, offers offer[], stops stop[])
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    SELECT d.* INTO trip FROM delivery d WHERE d.id = wanted FOR UPDATE;
    IF FOUND THEN
        offers := ARRAY(SELECT o FROM offer o WHERE o.delivery_id = wanted ORDER BY o.offered_at, o.id);
        stops := ARRAY(SELECT s FROM stop s WHERE s.delivery_id = wanted ORDER BY s.seq);
        RETURN NEXT;
    END IF;
END $$;
