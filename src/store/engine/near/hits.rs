//! From the rows that were found to what answers them: bytes, distance, bearing, uncertainty.

use crate::store::{
    Budget, Error, Hit, NearHit,
    engine::facts::InFile,
    image::{
        Damaged,
        records::{MANY, NONE},
    },
    query::Position,
};

use super::search::Search;

/// Rows at one distance that follow each other in the run of a spot: one of them, or many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'r> {
    pub(super) rows: &'r [u32],
    pub(super) distance: f64,
    /// The first of the spots that share the run, and which of those is each row's own; absent if each row has to be asked.
    pub(super) spots: Option<(u32, &'r [u8])>,
    /// Where the message of the first one stands, or [`NONE`] if the row has to be asked.
    pub(super) event: u32,
}

impl<'r> Piece<'r> {
    /// Rows of which nothing else is known.
    pub(super) fn of(rows: &'r [u32], distance: f64) -> Piece<'r> {
        Piece { rows, distance, spots: None, event: NONE }
    }

    /// The spot of one of the rows, if it is known without asking the row.
    fn spot(&self, at: usize) -> Option<u32> {
        let (first, own) = self.spots?;
        let own = own.get(at).filter(|own| **own != MANY)?;
        // No builder writes a sum that is no number of a spot; a damaged file may.
        first.checked_add((*own).into()).filter(|spot| *spot != NONE)
    }
}

impl<'r> From<&'r (f64, u32)> for Piece<'r> {
    fn from((distance, row): &'r (f64, u32)) -> Piece<'r> {
        Piece::of(std::slice::from_ref(row), *distance)
    }
}

/// Leaves so many rows at most; whether there were more.
pub(super) fn cut(pieces: &mut Vec<Piece<'_>>, most: usize) -> bool {
    let mut left = most;
    for (at, piece) in pieces.iter_mut().enumerate() {
        if piece.rows.len() > left {
            piece.rows = piece.rows.get(..left).unwrap_or_default();
            pieces.truncate(at + usize::from(left > 0));
            return true;
        }
        left -= piece.rows.len();
    }
    false
}

/// What was measured last: neighbours in an answer mostly lie in one circle, or on one point.
struct Last {
    spot: u32,
    uncertainty: f64,
    bearing: Option<f64>,
    /// Where that bearing leads, in degrees.
    to: Option<(f64, f64)>,
}

impl<'v> Search<'_, 'v> {
    /// The hits of rows at their distances.
    pub(super) async fn hits(&self, pieces: &[Piece<'_>], budget: &Budget) -> Result<Vec<NearHit<'v>>, Error> {
        let in_file: Vec<_> = pieces.iter().map(|piece| InFile { rows: piece.rows, event: piece.event }).collect();
        let messages = self.facts.events(&in_file, budget).await?;
        let mut hits = Vec::with_capacity(messages.len());
        let mut messages = messages.into_iter();
        let mut last = Last { spot: NONE, uncertainty: self.around.circle.radius_meters, bearing: None, to: None };
        for piece in pieces {
            let Piece { rows, distance, .. } = piece;
            for ((at, row), bytes) in rows.iter().enumerate().zip(messages.by_ref().take(rows.len())) {
                let spot = match piece.spot(at) {
                    Some(spot) => spot,
                    None => self.facts.at(*row)?.spot,
                };
                if spot != last.spot {
                    self.measure(*distance, spot, &mut last)?;
                }
                let Last { bearing, uncertainty, .. } = last;
                let at = Position { major: distance.to_bits(), minor: *row };
                hits.push(NearHit { hit: Hit { bytes, at }, distance: *distance, bearing, uncertainty });
            }
        }
        Ok(hits)
    }

    /// How uncertain the distance to a spot is, and the bearing to it, unless the two may be one.
    fn measure(&self, distance: f64, number: u32, last: &mut Last) -> Result<(), Damaged> {
        let from = &self.around.circle;
        let spot = self.facts.spots.get(number)?;
        let uncertainty = from.radius_meters + spot.radius;
        let to = Some((spot.latitude, spot.longitude));
        let bearing = match last.bearing {
            _ if distance <= uncertainty => None,
            Some(bearing) if last.to == to => Some(bearing),
            _ => Some(from.center.bearing_to(spot.latitude, spot.longitude)),
        };
        *last = Last { spot: number, uncertainty, bearing, to };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_asked_for_its_spot_where_a_byte_does_not_tell_it() {
        let piece = |first, own| Piece { spots: Some((first, own)), ..Piece::of(&[5, 6, 7], 1.0) };
        assert_eq!([0, 1, 2, 3].map(|at| piece(40, &[0, 2, MANY]).spot(at)), [Some(40), Some(42), None, None]);
        assert_eq!([0, 1].map(|at| piece(NONE - 1, &[1, 2]).spot(at)), [None, None]);
        assert_eq!(Piece::of(&[5], 1.0).spot(0), None);
    }

    #[test]
    fn a_page_is_cut_within_a_piece_or_between_two() {
        let pieces = || vec![Piece::of(&[1, 2], 0.0), Piece::of(&[3, 4], 1.0)];
        for (most, left, more) in
            [(0, &[][..], true), (1, &[1], true), (2, &[1, 2], true), (3, &[1, 2, 3], true), (4, &[1, 2, 3, 4], false)]
        {
            let mut cut_to = pieces();
            assert_eq!(cut(&mut cut_to, most), more, "{most}");
            assert_eq!(cut_to.iter().flat_map(|piece| piece.rows).copied().collect::<Vec<_>>(), left);
        }
    }
}
