//! When a call must be done: the caller's `grpc-timeout`, as gRPC over HTTP/2 writes it, and a clock that wakes then.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName};
use tokio::time::{Sleep, sleep_until};

/// Carries the time that the caller allows.
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The header is there and no timeout.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The time that the caller allows: at most 8 digits and a unit (gRPC over HTTP/2, "Timeout").
pub(super) fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Malformed> {
    let Some(value) = headers.get(TIMEOUT) else { return Ok(None) };
    let (unit, digits) = value.as_bytes().split_last().ok_or(Malformed)?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let n = digits.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
    let time = match unit {
        b'H' => Duration::from_secs(n * 3600),
        b'M' => Duration::from_secs(n * 60),
        b'S' => Duration::from_secs(n),
        b'm' => Duration::from_millis(n),
        b'u' => Duration::from_micros(n),
        b'n' => Duration::from_nanos(n),
        _ => return Err(Malformed),
    };
    Ok(Some(time))
}

pin_project_lite::pin_project! {
    /// Wakes at a deadline. The timer is only set once there is something to wait for, which most calls never do.
    pub(super) struct Clock {
        deadline: Option<Instant>,
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Clock {
    pub(super) fn new(deadline: Option<Instant>) -> Clock {
        Clock { deadline, sleep: None }
    }

    pub(super) fn poll_passed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(deadline) = this.deadline else { return Poll::Pending };
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep_until((*deadline).into())));
        }
        this.sleep.as_pin_mut().map_or(Poll::Pending, |sleep| sleep.poll(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_digits_and_a_unit() {
        let parse = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            timeout(&headers)
        };
        assert_eq!(timeout(&HeaderMap::new()), Ok(None));
        for (text, time) in [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("4m", Duration::from_millis(4)),
            ("5u", Duration::from_micros(5)),
            ("99999999n", Duration::from_nanos(99_999_999)),
            ("0S", Duration::ZERO),
        ] {
            assert_eq!(parse(text), Ok(Some(time)), "{text}");
        }
        for text in ["", "S", "1", "1s", "-1S", "123456789S", "1 S", "0x1S"] {
            assert_eq!(parse(text), Err(Malformed), "{text}");
        }
    }
}
