#!/usr/bin/env python3
"""The smallest circles around the gazetteer's points, from which the regions in seeds/*/places.yaml have point and radius.

Usage: region_circles.py ML.txt     (a country dump of GeoNames: tab-separated, 19 columns, no quoting)

Sphere of 6,371,008.8 m. Rows that several countries share (cc2) and rows without a first-order code stay out, and the rows
of LEFT_OUT. Points are printed to 5 decimals, radii rounded up to the next 100 m.
"""

import math
import random
import sys

RADIUS = 6_371_008.8
REGIONS = {"gao-region": "09", "kidal-region": "10", "menaka-region": "12070577", "mopti-region": "04", "timbuktu-region": "08"}
NO_REGION = {"", "00", "12", "77"}
LEFT_OUT = {
    "2458624": "Diré with code 08 at 12.3 N, 10.9 W, in the Kayes Region",
    "7668274": "Goundam Airport with code 09, beside Goundam in the Tombouctou Region",
    "10343847": "Essakane with code 09 at 3.6 W, in the Tombouctou Region",
    "10346787": "Ahmed Baba Institute with code 09, in the town of Timbuktu",
    "10375734": "Salam with code 09 at 3.0 W, in the Tombouctou Region",
    "11427411": "Madiakoye with code 09 at 2.4 W, in the Tombouctou Region",
    "12514447": "Dag Bohdel with code 12070577 at 3.25 W, in the Tombouctou Region",
}


def unit(latitude, longitude):
    a, o = math.radians(latitude), math.radians(longitude)
    return math.cos(a) * math.cos(o), math.cos(a) * math.sin(o), math.sin(a)


def cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def normal(a):
    length = math.sqrt(dot(a, a))
    return tuple(x / length for x in a)


def angle(a, b):
    c = cross(a, b)
    return math.atan2(math.sqrt(dot(c, c)), dot(a, b))


def around_two(a, b):
    center = normal([x + y for x, y in zip(a, b)])
    return center, angle(center, a)


def around_three(a, b, c):
    center = normal(cross([y - x for x, y in zip(a, b)], [y - x for x, y in zip(a, c)]))
    if dot(center, a) < 0:
        center = tuple(-x for x in center)
    return center, max(angle(center, point) for point in (a, b, c))


def smallest_circle(points):
    """Welzl's algorithm in its iterative form: a point outside the circle so far lies on the border of the next."""
    points = list(points)
    random.Random(1).shuffle(points)

    def outside(circle, point):
        return angle(circle[0], point) > circle[1] + 1e-12

    circle = points[0], 0.0
    for i, p in enumerate(points):
        if outside(circle, p):
            circle = p, 0.0
            for j, q in enumerate(points[:i]):
                if outside(circle, q):
                    circle = around_two(p, q)
                    for r in points[:j]:
                        if outside(circle, r):
                            circle = around_three(p, q, r)
    return circle


def main(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    rows = [row for row in rows if not row[9] and row[10] not in NO_REGION]
    areas = {"mali": rows}
    for place, code in REGIONS.items():
        areas[place] = [row for row in rows if row[10] == code and row[0] not in LEFT_OUT]
    for place, members in areas.items():
        center, reach = smallest_circle(unit(float(row[4]), float(row[5])) for row in members)
        latitude = math.degrees(math.asin(center[2]))
        longitude = math.degrees(math.atan2(center[1], center[0]))
        meters = math.ceil(reach * RADIUS / 100) * 100
        print(f"places/{place}: {latitude:.5f}, {longitude:.5f}, {meters} m around {len(members)} rows")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
