SET lock_timeout = '5s';

-- The task by which a claim's money goes back, where the order was paid by code. Nobody else gives it.
ALTER TABLE claim
ADD COLUMN refund_id uuid,
ADD CONSTRAINT claim_refund FOREIGN KEY (refund_id) REFERENCES refund (id) NOT VALID,
ADD CONSTRAINT claim_refund_granted CHECK (refund_id IS NULL OR granted_rupiah > 0) NOT VALID;

-- Whoever says that it is given, the image before too: not before it has gone back.
CREATE FUNCTION claim_goes_back_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM refund WHERE id = NEW.refund_id) <> 'DONE' THEN
        RAISE EXCEPTION 'claim % is given by a refund that is not done', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_goes_back_first', TABLE = 'claim';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_goes_back_first BEFORE INSERT OR UPDATE ON claim FOR EACH ROW
WHEN (NEW.refund_id IS NOT NULL AND NEW.state IN ('PAID', 'SETTLED')) EXECUTE FUNCTION claim_goes_back_first();
