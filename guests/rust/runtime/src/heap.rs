//! A heap that only grows: a guest runs once and ends, and giving memory back would cost steps.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

struct Heap {
    next: Cell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap { next: Cell::new(0) };

extern "C" {
    static _heap_bottom: u8;
    static _heap_top: u8;
}

// SAFETY: every block lies between the linker script's heap bounds and is handed out once.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let bottom = match self.next.get() {
            0 => &raw const _heap_bottom as usize,
            next => next,
        };
        let start = (bottom + layout.align() - 1) & !(layout.align() - 1);
        match start.checked_add(layout.size()) {
            Some(end) if end <= &raw const _heap_top as usize => {
                self.next.set(end);
                start as *mut u8
            }
            _ => {
                crate::print("the heap is used up\n");
                crate::exit(crate::EXIT_OUT_OF_MEMORY)
            }
        }
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise; RAM starts as zeros and no block is handed out twice.
        unsafe { self.alloc(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return block;
        }
        let last = block as usize + layout.size() == self.next.get();
        if last && block as usize + size <= &raw const _heap_top as usize {
            self.next.set(block as usize + size);
            return block;
        }
        // SAFETY: the caller's promise that size, rounded up, is not beyond isize.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        // SAFETY: both blocks are valid for the old size, and a new block overlaps no other.
        unsafe { core::ptr::copy_nonoverlapping(block, moved, layout.size()) };
        moved
    }
}
