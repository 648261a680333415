//! The in-memory store: a data set derived at load, encoded once, indexed by columns and bitmaps.
