SET lock_timeout = '5s';

-- What a rider takes along at most; NULL is what their kind of vehicle does.
ALTER TABLE rider
ADD COLUMN carries_gram integer,
ADD CONSTRAINT rider_carries CHECK (carries_gram > 0) NOT VALID;
