SELECT nearest.meters, newest.event
FROM (
    SELECT point, location <-> $1::geography AS meters FROM points ORDER BY location <-> $1::geography LIMIT 10
) AS nearest,
LATERAL (
    SELECT rank, event FROM newest WHERE newest.point = nearest.point ORDER BY rank LIMIT 10
) AS newest
ORDER BY nearest.meters, newest.rank
LIMIT 10
