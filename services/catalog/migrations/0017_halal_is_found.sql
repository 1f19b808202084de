SET lock_timeout = '5s';

-- As domain/halal.py has it.
CREATE FUNCTION halal_name(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(lower(name), '\s+', ' ', 'g'), '\m(bir pletok|bir plethok|bir kotjok)\M', ' ', 'g')
    !~ ('\m(alkohol|arak|babi|bacon|beer|bir|brandy|champagne|ciu|gin|ham|iblis|khamar|khamr|rum|sake|setan|soju|tuak|tuyul|vodka'
        || '|whiskey|whisky|wine)\M');

-- Rows first, in one order, as search_refresh does.
CREATE FUNCTION halal_refresh(ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(array_length(ids, 1), 0) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM search_row WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
    UPDATE search_row r SET halal = n.halal FROM (
        SELECT p.id, halal_name(p.name) AND NOT EXISTS (SELECT FROM not_halal d WHERE d.product_id = p.id) AND EXISTS (
            SELECT FROM licence l WHERE l.merchant_id = p.merchant_id AND l.kind = 'HALAL' AND l.state = 'VERIFIED'
            AND (l.whole OR EXISTS (SELECT FROM licence_product x WHERE x.licence_id = l.id AND x.product_id = p.id))) AS halal
        FROM product p WHERE p.id = ANY (ids)
    ) AS n WHERE r.product_id = n.id AND r.halal <> n.halal;
END $$;

CREATE FUNCTION licence_is_halal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.kind = 'HALAL' AND (TG_OP = 'INSERT' OR NEW.state <> OLD.state) AND (NEW.state = 'VERIFIED' OR TG_OP = 'UPDATE') THEN
        PERFORM halal_refresh(ARRAY(SELECT p.id FROM product p WHERE p.merchant_id = NEW.merchant_id
            AND (NEW.whole OR EXISTS (SELECT FROM licence_product x WHERE x.licence_id = NEW.id AND x.product_id = p.id))));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER licence_is_halal AFTER INSERT OR UPDATE ON licence FOR EACH ROW EXECUTE FUNCTION licence_is_halal();

CREATE FUNCTION licence_product_is_halal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM licence l WHERE l.id = NEW.licence_id AND l.kind = 'HALAL' AND l.state = 'VERIFIED') THEN
        PERFORM halal_refresh(ARRAY[NEW.product_id]);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER licence_product_is_halal AFTER INSERT ON licence_product
FOR EACH ROW EXECUTE FUNCTION licence_product_is_halal();

CREATE FUNCTION not_halal_is_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM halal_refresh(ARRAY[CASE TG_OP WHEN 'DELETE' THEN OLD.product_id ELSE NEW.product_id END]);
    RETURN NULL;
END $$;
CREATE TRIGGER not_halal_is_found AFTER INSERT OR DELETE ON not_halal
FOR EACH ROW EXECUTE FUNCTION not_halal_is_found();

-- Fires behind product_is_found, by its name, which makes the row.
CREATE FUNCTION product_is_halal() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM halal_refresh(ARRAY(SELECT n.id FROM new_rows n WHERE EXISTS (
            SELECT FROM licence l WHERE l.merchant_id = n.merchant_id AND l.kind = 'HALAL' AND l.whole)));
    ELSE
        PERFORM halal_refresh(ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.name <> o.name));
    END IF;
    RETURN NULL;
END $$;
