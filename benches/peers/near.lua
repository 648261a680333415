-- The nearest ten events of distinct points: for each point, nearest first, the head of its list, which has the newest first.
-- KEYS: the points. ARGV: degrees east, degrees north, then in how many metres to look, and in how many more if that finds too few.
local names, distances
for radius = 3, #ARGV do
  local points = redis.call('GEOSEARCH', KEYS[1], 'FROMLONLAT', ARGV[1], ARGV[2], 'BYRADIUS', ARGV[radius], 'm', 'ASC', 'COUNT', 10, 'WITHDIST')
  names, distances = {}, {}
  for _, point in ipairs(points) do
    for _, name in ipairs(redis.call('LRANGE', 'at:' .. point[1], 0, 9 - #names)) do
      names[#names + 1] = name
      distances[#names] = point[2]
    end
    if #names >= 10 then break end
  end
  if #names >= 10 then break end
end
if #names == 0 then return {{}, {}} end
return {distances, redis.call('MGET', unpack(names))}
