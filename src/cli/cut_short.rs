//! A mapped file that is cut short under the server: touching what is gone raises SIGBUS, which ends the process with a line
//! that says why, rather than with a core dump that says nothing.

use std::{io, sync::OnceLock};

/// What the process ends with: `EX_SOFTWARE` of sysexits.h.
const CODE: i32 = 70;

const LINE: &[u8] =
    b"dossier: a snapshot was cut short while it was read; never write to one in place: build aside and rename, \
as `dossier build` does\n";

/// Whether someone watches already: each time more would be one action more in the handler.
static WATCHED: OnceLock<()> = OnceLock::new();

/// From now on SIGBUS ends the process with a line on standard error.
pub(super) fn watch() -> io::Result<()> {
    if WATCHED.get().is_some() {
        return Ok(());
    }
    let end = || {
        #[expect(
            unsafe_code,
            reason = "the process must end inside the handler: on return the same byte is touched again"
        )]
        // SAFETY: both calls are async-signal-safe (signal-safety(7)) and touch nothing but a constant.
        unsafe {
            libc::write(libc::STDERR_FILENO, LINE.as_ptr().cast(), LINE.len());
            libc::_exit(CODE);
        }
    };
    #[expect(unsafe_code, reason = "what runs in a signal handler is limited, which no type can tell")]
    // SAFETY: the action neither allocates, locks nor panics: it makes two async-signal-safe calls and never returns.
    unsafe { signal_hook_registry::register(libc::SIGBUS, end) }?;
    WATCHED.get_or_init(|| ());
    Ok(())
}
