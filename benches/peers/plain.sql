SELECT location <-> $1::geography AS meters, event
FROM events
ORDER BY location <-> $1::geography
LIMIT 10
