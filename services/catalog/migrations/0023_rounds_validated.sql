SET lock_timeout = '5s';

ALTER TABLE route_stop VALIDATE CONSTRAINT route_stop_orders;
ALTER TABLE route_stop VALIDATE CONSTRAINT route_stop_leg;
ALTER TABLE merchant VALIDATE CONSTRAINT merchant_serves;
