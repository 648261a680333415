//! What follows from the claims: versions of events, camps and handovers, one for each day on which knowledge changed.
