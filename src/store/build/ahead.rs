//! Work that threads do ahead, taken in order.

use std::{
    num::NonZeroUsize,
    ops::Range,
    sync::mpsc::{Receiver, sync_channel},
    thread::{available_parallelism, scope},
};

/// So many are made at once: enough that handing them over costs nothing beside it.
const BATCH: usize = 256;

/// So many batches of a thread wait to be taken.
const WAITING: usize = 2;

/// Makes something of each number up to `len`, on as many threads as there are cores, and takes what they made in the order of
/// the numbers, up to the first error. What waits is bounded.
pub(super) fn in_order<T, E>(
    len: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
{
    let threads = available_parallelism().map_or(1, NonZeroUsize::get).min(len / BATCH);
    if threads < 2 {
        return (0..len).try_for_each(|number| take(make(number)));
    }
    let batches = len.div_ceil(BATCH);
    let batch = |number: usize| -> Range<usize> { number * BATCH..len.min((number + 1) * BATCH) };
    let make = &make;
    scope(|scope| {
        let made: Vec<_> = (0..threads)
            .map(|thread| {
                let (hand_over, made) = sync_channel(WAITING);
                scope.spawn(move || {
                    for number in (thread..batches).step_by(threads) {
                        let made: Vec<T> = batch(number).map(make).collect();
                        if hand_over.send(made).is_err() {
                            // Nothing more is taken.
                            return;
                        }
                    }
                });
                made
            })
            .collect();
        for number in 0..batches {
            // A thread that panicked hands nothing over; the scope passes its panic on.
            let Some(Ok(made)) = made.get(number % threads).map(Receiver::recv) else { break };
            made.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_taken_in_order_and_nothing_after_an_error() {
        for len in [0, 1, BATCH, 5 * BATCH + 3, 40 * BATCH] {
            let mut taken = vec![];
            let done = in_order(
                len,
                |number| number * 2,
                |made| {
                    taken.push(made);
                    Ok::<_, ()>(())
                },
            );
            assert_eq!(done, Ok(()));
            assert!(taken.iter().copied().eq((0..len).map(|number| number * 2)));
            let mut last = None;
            let stop = len / 2;
            let refused = in_order(
                len,
                |number| number,
                |made| {
                    last = Some(made);
                    if made == stop { Err(made) } else { Ok(()) }
                },
            );
            if len > 0 {
                assert_eq!((refused, last), (Err(stop), Some(stop)));
            }
        }
    }

    #[test]
    fn a_panic_of_a_thread_is_passed_on() {
        let made =
            std::panic::catch_unwind(|| in_order(40 * BATCH, |number| assert_ne!(number, 7 * BATCH), Ok::<_, ()>));
        assert!(made.is_err());
    }
}
