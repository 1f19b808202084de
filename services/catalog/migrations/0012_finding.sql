SET lock_timeout = '5s';

-- Trusted as cube is, so that a database's owner can make them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;

-- What people say for what goods are called; `means` is one word or several.
CREATE TABLE synonym (
    word text COLLATE "C" PRIMARY KEY,
    means text COLLATE "C" NOT NULL,
    CONSTRAINT synonym_is_one CHECK (word <> means AND word <> '' AND means <> '')
);
CREATE INDEX synonym_means ON synonym (means);

-- Who entered and who took out what, and when: added to, and never changed.
CREATE TABLE synonym_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    word text NOT NULL,
    means text, -- null when it was taken out
    subject text NOT NULL,
    at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON synonym_change FROM catalog;

-- Words of names, which what somebody types is completed and mended by: those first that most sellers use, so that no person's goods
-- push the others' words out. Eight are enough to know, and one person has fewer. A word stays when its goods have gone: it leads to nothing.
CREATE TABLE search_word (
    word text COLLATE "C" PRIMARY KEY,
    sellers uuid[] NOT NULL CHECK (cardinality(sellers) BETWEEN 1 AND 8)
);
CREATE INDEX search_word_alike ON search_word USING gin (word gin_trgm_ops);

-- When a merchant trades, so that a search can ask it of many. Seconds of the WIB week from Monday's midnight on.
CREATE TABLE merchant_open (
    merchant_id uuid PRIMARY KEY REFERENCES merchant,
    always_open boolean NOT NULL,
    week int4multirange NOT NULL,
    shut tstzmultirange NOT NULL
);

-- What a search looks in, a row for each product. Of what is not for sale the document is empty, so that no search meets it.
CREATE TABLE search_row (
    product_id uuid PRIMARY KEY REFERENCES product,
    merchant_id uuid NOT NULL,
    for_sale boolean NOT NULL DEFAULT false,
    for_sale_since timestamptz, -- without a break
    listed_at timestamptz, -- for sale for the first time
    category_code text NOT NULL DEFAULT '',
    kind text NOT NULL DEFAULT '',
    place cube,
    in_stock boolean NOT NULL DEFAULT false,
    unit_price bigint, -- of one unit of the variant that costs least
    document tsvector NOT NULL DEFAULT '',
    CONSTRAINT search_row_for_sale CHECK (NOT for_sale OR num_nulls(for_sale_since, listed_at, place) = 0)
) WITH (fillfactor = 80);
-- Without a list of what is yet to be sorted in, which every search would read to its end.
CREATE INDEX search_row_document ON search_row USING gin (document) WITH (fastupdate = off);

-- A square of two hundredths of a degree in which a point lies: rows near a point are found by theirs. What lies outside of the regency's
-- box is in a square of its edge.
CREATE FUNCTION search_cell(lat double precision, lng double precision) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (least(greatest(floor((lat + 8.5) / 0.02), 0), 34) * 100 + least(greatest(floor((lng - 112.8) / 0.02), 0), 34))::integer;

-- Squares in which goods are, or were, for sale, by their middle.
CREATE TABLE search_square (cell integer PRIMARY KEY, middle cube NOT NULL);
CREATE INDEX search_square_middle ON search_square USING gist (middle);

-- A name both as it is written and by its stem; marks that no word can have say kind of goods, kind of seller and square.
CREATE FUNCTION search_document(name text, description text, others text, category text, kind text, cell integer) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('simple'::regconfig, name) || to_tsvector('indonesian'::regconfig, name), 'A')
    || setweight(to_tsvector('simple'::regconfig, others), 'C')
    || setweight(to_tsvector('simple'::regconfig, description) || to_tsvector('indonesian'::regconfig, description), 'D')
    || array_to_tsvector(ARRAY['#' || category, '%' || kind, '@' || cell]);

-- Rows first, in one order, and only then what they are to be: whoever has changed another part of one has then committed, and is seen.
-- When nothing is called otherwise, words and squares are left alone.
CREATE FUNCTION search_refresh(ids uuid[], called boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(array_length(ids, 1), 0) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO search_row (product_id, merchant_id) SELECT p.id, p.merchant_id FROM product p WHERE p.id = ANY (ids) ORDER BY p.id
    ON CONFLICT DO NOTHING;
    PERFORM FROM search_row WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
    WITH present AS MATERIALIZED (
        SELECT p.id, p.category_code, m.kind, m.place, p.name, p.description, m.name AS seller, m.lat, m.lng,
               p.status = 'PUBLISHED' AND m.status = 'ACTIVE' AS for_sale, v.labels, v.unit_price, coalesce(v.in_stock, false) AS in_stock
        FROM product p JOIN merchant m ON m.id = p.merchant_id LEFT JOIN LATERAL (
            SELECT string_agg(v.label || ' ' || u.label, ' ' ORDER BY v.position) AS labels,
                   bool_or(s.on_hand > s.reserved) AS in_stock,
                   min(ceil(v.price_rupiah::numeric * u.base_per_unit / v.price_basis))::bigint AS unit_price
            FROM variant v JOIN sale_unit u ON u.code = v.unit_code LEFT JOIN stock_item s ON s.variant_id = v.id
            WHERE v.product_id = p.id
        ) AS v ON true
        WHERE p.id = ANY (ids)
    ), made AS (
        SELECT *, CASE WHEN for_sale THEN search_document(
            name, description, concat_ws(' ', seller, labels), category_code, kind, search_cell(lat, lng)) ELSE '' END AS document
        FROM present
    )
    UPDATE search_row r SET
        for_sale = n.for_sale, category_code = n.category_code, kind = n.kind, place = n.place, in_stock = n.in_stock,
        unit_price = n.unit_price, document = n.document,
        for_sale_since = CASE WHEN n.for_sale THEN CASE WHEN r.for_sale THEN r.for_sale_since ELSE wlijo_now() END END,
        listed_at = CASE WHEN n.for_sale THEN coalesce(r.listed_at, wlijo_now()) ELSE r.listed_at END
    FROM made n WHERE r.product_id = n.id
    AND (r.for_sale, r.category_code, r.kind, r.place::text, r.in_stock, r.unit_price, r.document)
        IS DISTINCT FROM (n.for_sale, n.category_code, n.kind, n.place::text, n.in_stock, n.unit_price, n.document);
    IF NOT called THEN
        RETURN;
    END IF;
    INSERT INTO search_square
    SELECT DISTINCT cell, place_on_earth(-8.49 + cell / 100 * 0.02, 112.81 + cell % 100 * 0.02)
    FROM merchant m, search_cell(m.lat, m.lng) AS cell
    WHERE m.id IN (SELECT merchant_id FROM search_row WHERE product_id = ANY (ids) AND for_sale) ORDER BY cell
    ON CONFLICT DO NOTHING;
    INSERT INTO search_word AS w (word, sellers)
    SELECT named.word, (array_agg(DISTINCT named.merchant_id))[1:8] FROM (
        SELECT word, p.merchant_id FROM product p JOIN search_row r ON r.product_id = p.id JOIN merchant m ON m.id = p.merchant_id,
            unnest(tsvector_to_array(to_tsvector('simple'::regconfig, p.name || ' ' || m.name))) AS word
        WHERE p.id = ANY (ids) AND r.for_sale AND length(word) BETWEEN 2 AND 40 AND word !~ '[''\\]'
    ) AS named
    -- What is known of a word already is left alone, so that those who sell the same do not wait for each other.
    WHERE NOT EXISTS (SELECT FROM search_word k
        WHERE k.word = named.word AND (cardinality(k.sellers) = 8 OR named.merchant_id = ANY (k.sellers)))
    GROUP BY named.word ORDER BY named.word
    ON CONFLICT (word) DO UPDATE SET sellers = (ARRAY(SELECT DISTINCT unnest(w.sellers || excluded.sellers)))[1:8];
END $$;

CREATE FUNCTION merchant_open_refresh(merchant uuid) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
    INSERT INTO merchant_open (merchant_id, always_open, week, shut)
    SELECT m.id, m.always_open, coalesce((
        SELECT range_agg(int4range(begins + turn, ends + turn)) FROM (
            SELECT weekday * 86400 + extract(epoch FROM opens)::integer AS begins,
                   weekday * 86400 + extract(epoch FROM closes)::integer + CASE WHEN closes <= opens THEN 86400 ELSE 0 END AS ends
            FROM opening_hours h WHERE h.merchant_id = m.id
        ) AS hours, unnest(ARRAY[0, -604800]) AS turn -- what runs past Sunday is Monday's too
    ), '{}'), coalesce((
        SELECT range_agg(tstzrange(c.starts, c.ends)) FROM merchant_closure c WHERE c.merchant_id = m.id
    ), '{}')
    FROM merchant m WHERE m.id = merchant
    ON CONFLICT (merchant_id) DO UPDATE SET always_open = excluded.always_open, week = excluded.week, shut = excluded.shut
$$;

CREATE FUNCTION second_of_week(at timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (extract(isodow FROM at AT TIME ZONE 'Asia/Jakarta')::integer - 1) * 86400
    + floor(extract(epoch FROM (at AT TIME ZONE 'Asia/Jakarta')::time))::integer;

-- A word's letters in their order: of two words with the same some have changed places.
CREATE FUNCTION search_letters(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT string_agg(letter, '' ORDER BY letter COLLATE "C") FROM unnest(string_to_array(word, NULL)) AS letter);

-- Words spelt nearly so, the nearest first, that goods for sale have: a letter in three may be another, or some have changed places.
-- What many sellers use is for sale somewhere; of the others it is looked whether anybody has them.
CREATE FUNCTION search_alike(typed text, most integer) RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp SET pg_trgm.similarity_threshold = 0.19 AS $$
    SELECT coalesce(array_agg(word ORDER BY off, known DESC, alike DESC, word), '{}') FROM (
        SELECT * FROM (
            SELECT word, CASE search_letters(word) WHEN search_letters(typed) THEN 1 ELSE off END AS off, known, alike FROM (
                SELECT word, levenshtein_less_equal(word, typed, 4) AS off, cardinality(sellers) AS known, similarity(word, typed) AS alike
                FROM search_word WHERE word % typed AND abs(length(word) - length(typed)) <= 2
            ) AS near
            WHERE off <= least(4, (length(typed) + 2) / 3) ORDER BY 2, known DESC, alike DESC, word LIMIT 2 * most
        ) AS nearest
        WHERE known = 8 OR EXISTS (SELECT FROM search_row r WHERE r.document @@ ('''' || word || '''')::tsquery) LIMIT most
    ) AS living
$$;

-- Triggers, so that the image before, which knows none of this, keeps it true too.
CREATE FUNCTION product_is_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM search_refresh(ARRAY(SELECT id FROM new_rows));
    ELSE
        PERFORM search_refresh(ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (n.name, n.description, n.category_code, n.status) IS DISTINCT FROM (o.name, o.description, o.category_code, o.status)));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION variant_is_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM search_refresh(ARRAY(SELECT DISTINCT product_id FROM new_rows));
    RETURN NULL;
END $$;

-- Only whether there is any: how much, a search does not ask.
CREATE FUNCTION stock_is_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM search_refresh(ARRAY(SELECT DISTINCT v.product_id FROM new_rows n JOIN variant v ON v.id = n.variant_id));
    ELSE
        PERFORM search_refresh(ARRAY(
            SELECT DISTINCT v.product_id FROM new_rows n JOIN old_rows o ON o.variant_id = n.variant_id JOIN variant v ON v.id = n.variant_id
            WHERE (n.on_hand > n.reserved) <> (o.on_hand > o.reserved)), false);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION merchant_is_found() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.always_open <> OLD.always_open THEN
        PERFORM merchant_open_refresh(NEW.id);
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.status = 'ACTIVE' OR OLD.status = 'ACTIVE')
        AND (NEW.status, NEW.name, NEW.kind, NEW.lat, NEW.lng) IS DISTINCT FROM (OLD.status, OLD.name, OLD.kind, OLD.lat, OLD.lng) THEN
        PERFORM search_refresh(ARRAY(SELECT id FROM product WHERE merchant_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION merchant_opens() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM merchant_open_refresh(CASE TG_OP WHEN 'DELETE' THEN OLD.merchant_id ELSE NEW.merchant_id END);
    RETURN NULL;
END $$;

-- Of what is there already: some at a time, each lot in a transaction of its own, so that nobody waits for all of it.
CREATE PROCEDURE search_begins(lot integer)
LANGUAGE plpgsql AS $$
DECLARE
    last uuid := '00000000-0000-0000-0000-000000000000';
    ids uuid[];
BEGIN
    LOOP
        ids := ARRAY(SELECT m.id FROM public.merchant m WHERE m.id > last ORDER BY m.id LIMIT lot);
        EXIT WHEN ids = '{}';
        PERFORM public.merchant_open_refresh(each) FROM unnest(ids) AS each;
        last := ids[array_length(ids, 1)];
        COMMIT;
    END LOOP;
    last := '00000000-0000-0000-0000-000000000000';
    LOOP
        ids := ARRAY(SELECT p.id FROM public.product p WHERE p.id > last ORDER BY p.id LIMIT lot);
        EXIT WHEN ids = '{}';
        PERFORM public.search_refresh(ids);
        last := ids[array_length(ids, 1)];
        COMMIT;
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE search_begins(integer) FROM PUBLIC, catalog;
