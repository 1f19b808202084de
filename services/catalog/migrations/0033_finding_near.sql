SET lock_timeout = '5s';

-- What a document is met by near a point: each of its words and marks with its square behind it, so that a word that very many goods have is
-- looked up in one square as a rare one is everywhere; words of the name once more, with = between. Of a document that is empty it is null.
CREATE FUNCTION search_near(document tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT array_to_tsvector(array_agg(lexeme || square)) FROM (
        SELECT lexemes, (SELECT lexeme FROM unnest(lexemes) AS lexeme WHERE lexeme ^@ '@') AS square
        FROM tsvector_to_array(document) AS lexemes
    ) AS known, unnest(lexemes || ARRAY(SELECT lexeme || '=' FROM unnest(tsvector_to_array(ts_filter(document, '{a}'))) AS lexeme)) AS lexeme
);

-- Whether anything for sale has it. The planner takes a word that nothing has for one that many have, and would read every row to its end.
CREATE FUNCTION search_has(query tsquery) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT EXISTS (SELECT FROM search_row WHERE document @@ query)
$$;

-- Some of what has it, in no order that matters: all of it when there is no more.
CREATE FUNCTION search_some(query tsquery, most integer) RETURNS SETOF search_row
LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 100 SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT * FROM search_row WHERE document @@ query LIMIT most
$$;

-- How many have it in these squares, counted up to so many; in the query \x01 stands for a square.
CREATE FUNCTION search_met(query text, squares integer[], most integer) RETURNS bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    SELECT count(*) FROM (
        SELECT FROM unnest(squares) AS square CROSS JOIN LATERAL (
            SELECT FROM search_row WHERE search_near(document) @@ replace(query, chr(1), '@' || square)::tsquery LIMIT most
        ) AS met LIMIT most
    ) AS counted
$$;

-- A setting of pg_trgm may be named by its owner only once the extension is loaded, which a session does at its first call.
SELECT show_limit();

-- As in 0012, but for how it is looked whether anybody has a word.
CREATE OR REPLACE FUNCTION search_alike(typed text, most integer) RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp SET pg_trgm.similarity_threshold = 0.19 AS $$
    SELECT coalesce(array_agg(word ORDER BY off, known DESC, alike DESC, word), '{}') FROM (
        SELECT * FROM (
            SELECT word, CASE search_letters(word) WHEN search_letters(typed) THEN 1 ELSE off END AS off, known, alike FROM (
                SELECT word, levenshtein_less_equal(word, typed, 4) AS off, cardinality(sellers) AS known, similarity(word, typed) AS alike
                FROM search_word WHERE word % typed AND abs(length(word) - length(typed)) <= 2
            ) AS near
            WHERE off <= least(4, (length(typed) + 2) / 3) ORDER BY 2, known DESC, alike DESC, word LIMIT 2 * most
        ) AS nearest
        WHERE known = 8 OR search_has(('''' || word || '''')::tsquery) LIMIT most
    ) AS living
$$;
