//! Areas to search: circles, boxes, polygons, and what lies in them possibly or certainly.
