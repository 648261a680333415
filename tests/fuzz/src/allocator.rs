//! An allocator that takes no single request for more than any input is worth: what trusts a length that an input gives asks for
//! gigabytes, which a machine with much memory would grant without a sound.

use std::alloc::{GlobalAlloc, Layout, System};

/// Far above what any of these inputs needs at once: a fact file may have 8 MiB, a record or an answer four.
const MOST: usize = 128 << 20;

struct Bounded;

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

fn bounded(bytes: usize) {
    if bytes > MOST {
        // Nothing may be allocated in here, so the panic's message is constant; libFuzzer keeps the input.
        eprintln!("one allocation of more than 128 MiB");
        std::process::abort();
    }
}

// SAFETY: all is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        bounded(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        bounded(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        bounded(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}
