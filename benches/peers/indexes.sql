-- Plain: one table with an index of places.
ALTER TABLE events ADD PRIMARY KEY (name);
CREATE INDEX ON events USING gist (location);
-- Tuned: distinct points, and the events of each, newest first, one beside the other.
CREATE UNLOGGED TABLE points AS SELECT DISTINCT ON (point) point, location FROM events ORDER BY point;
CREATE INDEX ON points USING gist (location);
CREATE UNLOGGED TABLE newest AS
    SELECT point, row_number() OVER (PARTITION BY point ORDER BY first_day DESC, last_day DESC, name)::int AS rank, event
    FROM events ORDER BY point, rank;
CREATE UNIQUE INDEX ON newest (point, rank);
VACUUM (FREEZE, ANALYZE) events;
VACUUM (FREEZE, ANALYZE) points;
VACUUM (FREEZE, ANALYZE) newest;
