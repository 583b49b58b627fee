//! The same guest as a program of the host: stdin is the complete input file, stdout gets the 256-byte output window,
//! stderr what the guest prints.

extern crate std;

use alloc::{boxed::Box, vec::Vec};
use std::io::{Read, Write};

const OUTPUT_SIZE: usize = 256;

/// The payload of the input file.
pub fn input() -> &'static [u8] {
    std::panic::set_hook(Box::new(|info| {
        print(&alloc::format!("{info}\n"));
        exit(crate::EXIT_PANIC)
    }));
    let mut file = Vec::new();
    if std::io::stdin().read_to_end(&mut file).is_err() {
        crate::record::refuse();
    }
    crate::record::payload_of(file.leak())
}

/// Writes the public output and gives the exit code.
pub fn publish(output: &[u8]) -> i32 {
    if output.len() > OUTPUT_SIZE {
        print("output: more than 256 bytes\n");
        return crate::EXIT_OUTPUT_FULL;
    }
    let mut window = [0; OUTPUT_SIZE];
    window[..output.len()].copy_from_slice(output);
    let mut stdout = std::io::stdout();
    match stdout.write_all(&window).and_then(|()| stdout.flush()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// Ends the run. A code other than 0 is a failed execution.
pub fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// Prints on stderr.
pub fn print(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
