-- Local and test mode only: a clock that a test can move. Run after every migration, so it may be run again.
CREATE TABLE IF NOT EXISTS clock_shift (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    shift interval NOT NULL
);
CREATE OR REPLACE FUNCTION wlijo_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
AS 'SELECT clock_timestamp() + coalesce((SELECT shift FROM clock_shift), interval ''0'')';
