//! The input file on platforms that hand the guest its bytes: one record of the ziskos convention, u64 length (little
//! endian), payload, zeros up to a multiple of 8.

/// The longest payload that ZisK's input region holds, on every platform the longest there is.
pub const LIMIT: u64 = 0x8000_0000 - 0x10;

/// The payload of `file`; no bytes at all are an empty payload. Ends the run when the file is not such a record.
pub fn payload_of(file: &'static [u8]) -> &'static [u8] {
    if file.is_empty() {
        return file;
    }
    let Some((header, rest)) = file.split_first_chunk::<8>() else { refuse() };
    let length = u64::from_le_bytes(*header);
    if length > LIMIT || rest.len() as u64 != length.next_multiple_of(8) {
        refuse();
    }
    &rest[..length as usize]
}

/// Ends the run because the input file is not a record.
pub fn refuse() -> ! {
    crate::print("the input file is not u64 length, data, zeros up to a multiple of 8\n");
    crate::exit(crate::EXIT_BAD_INPUT)
}
