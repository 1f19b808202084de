SET lock_timeout = '5s';

-- What the province's price list tells apart, so that the same goods of several sellers are comparable; `kind` is what is compared: a
-- kilogram, a piece or a litre.
CREATE TABLE commodity (
    code text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('COUNT', 'MASS', 'VOLUME'))
);

-- What goods of a category, and of those below it, say of themselves. A code is one attribute for ever: `gone` when nobody is asked any more.
CREATE TABLE attribute (
    code text PRIMARY KEY,
    category_code text NOT NULL REFERENCES category,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('TEXT', 'NUMBER', 'CHOICE', 'BOOLEAN')),
    unit text CHECK (unit IS NULL OR kind = 'NUMBER'),
    choices text[] NOT NULL DEFAULT '{}',
    required boolean NOT NULL DEFAULT false,
    gone boolean NOT NULL DEFAULT false,
    CONSTRAINT attribute_choices CHECK (cardinality(choices) BETWEEN 0 AND 30 AND (kind = 'CHOICE') = (cardinality(choices) > 0))
);
CREATE INDEX attribute_category ON attribute (category_code);

CREATE FUNCTION attribute_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.code, NEW.kind) IS DISTINCT FROM (OLD.code, OLD.kind) OR NOT NEW.choices @> OLD.choices THEN
        RAISE EXCEPTION 'an attribute keeps its code, its kind and its choices' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attribute_stays BEFORE UPDATE ON attribute FOR EACH ROW EXECUTE FUNCTION attribute_stays();

-- Who entered, changed or took out what of the reference data, and when: added to, and never changed.
CREATE TABLE reference_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text NOT NULL CHECK (what IN ('CATEGORY', 'ATTRIBUTE', 'COMMODITY')),
    code text NOT NULL,
    said jsonb, -- null when it was taken out
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX reference_change_subject ON reference_change (subject, id);
REVOKE UPDATE, DELETE, TRUNCATE ON reference_change FROM catalog;

-- From the root down to the category itself. Two that are moved at once wait for each other, so that no ring is made of them.
CREATE FUNCTION category_has_path() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    above text[] := '{}';
BEGIN
    IF NEW.parent_code IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('category_tree', 0));
        SELECT c.path INTO above FROM category c WHERE c.code = NEW.parent_code;
        IF NEW.code = NEW.parent_code OR NEW.code = ANY (above) THEN
            RAISE EXCEPTION 'a category is not below itself' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    NEW.path := coalesce(above, '{}') || NEW.code;
    IF cardinality(NEW.path) > 4 THEN
        RAISE EXCEPTION 'categories are at most 4 deep' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION category_takes_along() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE category SET parent_code = NEW.code WHERE parent_code = NEW.code;
    RETURN NULL;
END $$;

-- Archived goods are hidden ones that their merchant has put away: the release before knows them as hidden, and whatever it makes of them
-- takes them out again.
CREATE FUNCTION product_is_taken_out() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status <> 'HIDDEN' THEN
        NEW.archived_at := NULL;
    END IF;
    RETURN NEW;
END $$;

-- What is weighed later has the price of a weight, and `price_rupiah` is what a piece comes to by its usual mass. The release before, which
-- knows the piece alone, prices that: the weight's price follows.
CREATE FUNCTION variant_is_priced() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.weight_price_rupiah IS NOT NULL AND NEW.price_rupiah <> OLD.price_rupiah
        AND NEW.weight_price_rupiah = OLD.weight_price_rupiah AND NEW.gram_per_base = OLD.gram_per_base THEN
        NEW.weight_price_rupiah := greatest(1, round(NEW.price_rupiah * NEW.weight_basis / NEW.gram_per_base::numeric));
    END IF;
    RETURN NEW;
END $$;

-- Who changed what of a product: added to, and never changed. `about` is an attribute's code or how a variant is labelled.
CREATE TABLE product_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES product,
    variant_id uuid,
    what text NOT NULL,
    about text,
    before text,
    after text,
    actor text NOT NULL CHECK (actor IN ('MEMBER', 'OFFICER', 'OPS', 'PLATFORM')),
    subject text CHECK ((subject IS NULL) = (actor = 'PLATFORM')),
    at timestamptz NOT NULL
);
CREATE INDEX product_history_product ON product_history (product_id, id);
CREATE INDEX product_history_subject ON product_history (subject, id) WHERE subject IS NOT NULL;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON product_history FROM catalog;

-- `wlijo.by` is set by whoever acts for a person; what nobody has signed is the platform's.
CREATE FUNCTION product_history_says(
    product uuid, variant uuid, whats text[], abouts text[], befores text[], afters text[], who jsonb
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO product_history (product_id, variant_id, what, about, before, after, actor, subject, at)
    SELECT product, variant, f.what, f.about, left(f.before, 200), left(f.after, 200),
           coalesce(who ->> 'actor', 'PLATFORM'), who ->> 'subject', wlijo_now()
    FROM unnest(whats, abouts, befores, afters) AS f (what, about, before, after) WHERE f.before IS DISTINCT FROM f.after
$$;
REVOKE EXECUTE ON FUNCTION product_history_says(uuid, uuid, text[], text[], text[], text[], jsonb) FROM PUBLIC, catalog;

CREATE FUNCTION product_is_remembered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who jsonb := nullif(current_setting('wlijo.by', true), '');
    was text := CASE WHEN OLD.archived_at IS NULL THEN OLD.status ELSE 'ARCHIVED' END;
    be text := CASE WHEN NEW.archived_at IS NULL THEN NEW.status ELSE 'ARCHIVED' END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF who IS NOT NULL THEN
            PERFORM product_history_says(NEW.id, NULL, '{CREATED}', ARRAY[NULL], ARRAY[NULL], ARRAY[NEW.name], who);
        END IF;
        RETURN NULL;
    END IF;
    PERFORM product_history_says(
        NEW.id, NULL,
        ARRAY['NAME', 'DESCRIPTION', 'CATEGORY', 'STATUS', 'ORIGIN', 'ORIGIN_GROUP', 'REGION_MARK', 'KEEPS_FOR', 'HARVESTED_ON', 'COMMODITY'],
        ARRAY[NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]::text[],
        ARRAY[OLD.name, OLD.description, OLD.category_code, was, OLD.origin_desa_code, OLD.origin_group, OLD.region_mark,
              OLD.keeps_for_s::text, OLD.harvested_on::text, OLD.commodity_code],
        ARRAY[NEW.name, NEW.description, NEW.category_code, be, NEW.origin_desa_code, NEW.origin_group, NEW.region_mark,
              NEW.keeps_for_s::text, NEW.harvested_on::text, NEW.commodity_code],
        who);
    IF NEW.attributes <> OLD.attributes THEN
        PERFORM product_history_says(
            NEW.id, NULL, array_agg('ATTRIBUTE'::text), array_agg(key), array_agg(OLD.attributes ->> key), array_agg(NEW.attributes ->> key), who)
        FROM jsonb_object_keys(OLD.attributes || NEW.attributes) AS key;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION variant_is_remembered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who jsonb := nullif(current_setting('wlijo.by', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF who IS NOT NULL THEN
            PERFORM product_history_says(NEW.product_id, NEW.id, '{VARIANT}', ARRAY[NEW.label], ARRAY[NULL], ARRAY['OFFERED'], who);
        END IF;
        RETURN NULL;
    END IF;
    PERFORM product_history_says(
        NEW.product_id, NEW.id,
        ARRAY['LABEL', 'PRICE', 'STEP', 'MIN', 'MAX', 'MASS', 'OVERRUN', 'VARIANT'], array_fill(NEW.label, ARRAY[8]),
        ARRAY[OLD.label, coalesce(OLD.weight_price_rupiah, OLD.price_rupiah)::text, OLD.step::text, OLD.min::text, OLD.max::text,
              OLD.gram_per_base::text, OLD.overrun_percent::text, CASE WHEN OLD.retired_at IS NULL THEN 'OFFERED' ELSE 'RETIRED' END],
        ARRAY[NEW.label, coalesce(NEW.weight_price_rupiah, NEW.price_rupiah)::text, NEW.step::text, NEW.min::text, NEW.max::text,
              NEW.gram_per_base::text, NEW.overrun_percent::text, CASE WHEN NEW.retired_at IS NULL THEN 'OFFERED' ELSE 'RETIRED' END],
        who);
    RETURN NULL;
END $$;

-- Of stock what a person did: who it was, the movement knows. What orders move is in the movements alone.
CREATE FUNCTION stock_is_remembered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who jsonb := nullif(current_setting('wlijo.by', true), '');
BEGIN
    PERFORM product_history_says(
        v.product_id, v.id, '{STOCK}', ARRAY[v.label], ARRAY[(s.there - NEW.on_hand)::text], ARRAY[s.there::text],
        coalesce(who, jsonb_build_object('actor', 'MEMBER', 'subject', NEW.subject)))
    FROM variant v CROSS JOIN LATERAL (
        SELECT sum(i.on_hand + i.on_counter)::bigint AS there FROM stock_item i WHERE i.variant_id = v.id) AS s
    WHERE v.id = NEW.variant_id;
    RETURN NULL;
END $$;

-- Variants that are for sale, by what they are compared with (a commodity, else their category) and the square that they are in.
CREATE TABLE comparable (
    variant_id uuid PRIMARY KEY REFERENCES variant,
    product_id uuid NOT NULL,
    goods text COLLATE "C" NOT NULL,
    cell integer NOT NULL,
    place cube NOT NULL,
    unit_kind text NOT NULL,
    per_base numeric NOT NULL, -- rupiah of a base unit
    per_gram numeric NOT NULL, -- by its usual mass; exact of what is sold, or priced, by mass
    weighed boolean NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX comparable_goods ON comparable (goods, cell);
CREATE INDEX comparable_product ON comparable (product_id);

CREATE FUNCTION comparable_refresh(ids uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(array_length(ids, 1), 0) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM comparable WHERE product_id = ANY (ids) ORDER BY variant_id FOR UPDATE;
    WITH present AS MATERIALIZED (
        SELECT v.id, p.id AS product_id, coalesce('~' || p.commodity_code, '#' || p.category_code) AS goods,
               search_cell(m.lat, m.lng) AS cell, m.place, u.kind,
               v.price_rupiah::numeric / v.price_basis AS per_base,
               coalesce(v.weight_price_rupiah::numeric / v.weight_basis,
                        v.price_rupiah::numeric / v.price_basis / v.gram_per_base::numeric) AS per_gram,
               u.kind = 'MASS' OR v.weight_price_rupiah IS NOT NULL AS weighed
        FROM product p JOIN merchant m ON m.id = p.merchant_id JOIN variant v ON v.product_id = p.id JOIN sale_unit u ON u.code = v.unit_code
        WHERE p.id = ANY (ids) AND p.status = 'PUBLISHED' AND m.status = 'ACTIVE' AND v.retired_at IS NULL
    ), gone AS (
        DELETE FROM comparable k WHERE k.product_id = ANY (ids) AND NOT EXISTS (SELECT FROM present n WHERE n.id = k.variant_id)
    )
    INSERT INTO comparable AS k (variant_id, product_id, goods, cell, place, unit_kind, per_base, per_gram, weighed)
    SELECT * FROM present ORDER BY id
    ON CONFLICT (variant_id) DO UPDATE SET goods = excluded.goods, cell = excluded.cell, place = excluded.place,
        per_base = excluded.per_base, per_gram = excluded.per_gram, weighed = excluded.weighed
    WHERE (k.goods, k.cell, k.place::text, k.per_base, k.per_gram, k.weighed)
        IS DISTINCT FROM (excluded.goods, excluded.cell, excluded.place::text, excluded.per_base, excluded.per_gram, excluded.weighed);
END $$;

CREATE FUNCTION product_is_compared() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM comparable_refresh(ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE (n.status, n.category_code, n.commodity_code) IS DISTINCT FROM (o.status, o.category_code, o.commodity_code)));
    RETURN NULL;
END $$;

CREATE FUNCTION variant_is_compared() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM comparable_refresh(ARRAY(SELECT DISTINCT product_id FROM new_rows));
    RETURN NULL;
END $$;

CREATE FUNCTION merchant_is_compared() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM comparable_refresh(ARRAY(SELECT id FROM product WHERE merchant_id = NEW.id));
    RETURN NULL;
END $$;

-- What a search can be narrowed to, as a mark in a row's document, behind whatever else a search writes there: no word has `=`.
CREATE FUNCTION attribute_marks(attributes jsonb) RETURNS text[]
LANGUAGE sql STABLE STRICT SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg('=' || a.code || '=' || (attributes ->> a.code)), '{}') FROM attribute a
    WHERE a.code IN (SELECT jsonb_object_keys(attributes)) AND a.kind IN ('CHOICE', 'BOOLEAN') AND NOT a.gone
$$;

CREATE FUNCTION search_row_has_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb;
BEGIN
    IF NEW.for_sale THEN
        SELECT p.attributes INTO said FROM product p WHERE p.id = NEW.product_id;
        IF said <> '{}' THEN
            NEW.document := NEW.document || array_to_tsvector(attribute_marks(said));
        END IF;
    END IF;
    -- What is retired is neither in stock nor what costs least.
    IF EXISTS (SELECT FROM variant v WHERE v.product_id = NEW.product_id AND v.retired_at IS NOT NULL) THEN
        SELECT coalesce(bool_or(s.on_hand > s.reserved), false),
               min(ceil(v.price_rupiah::numeric * u.base_per_unit / v.price_basis))::bigint
        INTO NEW.in_stock, NEW.unit_price
        FROM variant v JOIN sale_unit u ON u.code = v.unit_code LEFT JOIN stock_item s ON s.variant_id = v.id
        WHERE v.product_id = NEW.product_id AND v.retired_at IS NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION attributes_are_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM search_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

CREATE PROCEDURE comparables_begin(lot integer)
LANGUAGE plpgsql AS $$
DECLARE
    last uuid := '00000000-0000-0000-0000-000000000000';
    ids uuid[];
BEGIN
    LOOP
        ids := ARRAY(SELECT p.id FROM public.product p WHERE p.id > last ORDER BY p.id LIMIT lot);
        EXIT WHEN ids = '{}';
        PERFORM public.comparable_refresh(ids);
        last := ids[array_length(ids, 1)];
        COMMIT;
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE comparables_begin(integer) FROM PUBLIC, catalog;
