//! getrandom's custom backend. A guest must be deterministic: SplitMix64 from a fixed seed.

use core::cell::Cell;

struct State(Cell<u64>);

// SAFETY: a guest has one thread.
unsafe impl Sync for State {}

static STATE: State = State(Cell::new(0x6379_636c_6567_6174));

#[no_mangle]
unsafe extern "Rust" fn __getrandom_v03_custom(dest: *mut u8, len: usize) -> Result<(), getrandom::Error> {
    for i in 0..len {
        let state = STATE.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        STATE.0.set(state);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        // SAFETY: the caller's promise that dest is valid for writes of len bytes.
        unsafe { dest.add(i).write((z ^ z >> 31) as u8) };
    }
    Ok(())
}
