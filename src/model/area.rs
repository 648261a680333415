//! Areas to search: circles, boxes, polygons, and what lies in them possibly or certainly.

/// An area to search.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {}
