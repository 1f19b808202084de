SET lock_timeout = '5s';

-- A product's name for addresses: unique with its merchant, made of the name that it came with, and kept when that changes.
ALTER TABLE product ADD COLUMN slug text;

CREATE FUNCTION product_slug(merchant uuid, name text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    -- What has no letter of the alphabet is a product all the same.
    base text := coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 80)), ''), 'produk');
    tried text := base;
    n integer := 1;
BEGIN
    -- Two of one name that come at once wait for each other.
    PERFORM pg_advisory_xact_lock(hashtextextended('product_slug/' || merchant, 0));
    WHILE EXISTS (SELECT FROM product p WHERE p.merchant_id = merchant AND p.slug = tried) LOOP
        n := n + 1;
        tried := base || '-' || n;
    END LOOP;
    RETURN tried;
END $$;

-- Also for the image before, which knows no slugs.
CREATE FUNCTION product_has_slug() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.slug := coalesce(OLD.slug, NEW.slug);
    ELSIF NEW.slug IS NULL THEN
        NEW.slug := product_slug(NEW.merchant_id, NEW.name);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER product_has_slug BEFORE INSERT OR UPDATE OF slug ON product FOR EACH ROW EXECUTE FUNCTION product_has_slug();

-- Of what is there already: one by one, the oldest first, so that each sees those before it.
CREATE FUNCTION slugs_begin() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    known record;
BEGIN
    FOR known IN SELECT id, merchant_id, name FROM product WHERE slug IS NULL ORDER BY id LOOP
        UPDATE product SET slug = product_slug(known.merchant_id, known.name) WHERE id = known.id;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION slugs_begin() FROM PUBLIC, catalog;
