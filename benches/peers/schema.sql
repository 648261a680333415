CREATE EXTENSION IF NOT EXISTS postgis;
DROP TABLE IF EXISTS made_up, events, points, newest;
CREATE UNLOGGED TABLE events (
    name text, point int, location geography(Point, 4326), first_day date, last_day date, event bytea
);
