//! The host's side of a guest: what the kernel (v1compat) asks for on its behalf. It follows the host of risc0-zkvm 3.0
//! (`risc0/zkvm/src/host/server/exec/syscall`), with two differences that make runs equal to each other: SYS_RANDOM gives
//! a fixed sequence, and there is no environment and no argument.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use anyhow::{bail, Result};
use guest_runner::answer::Calls;
use risc0_binfmt::ByteAddr;
use risc0_circuit_rv32im::execute::{platform::MAX_IO_BYTES, Syscall, SyscallContext};

const NAME_PREFIX: &str = "risc0_zkvm_platform::syscall::nr::";
const LONGEST_NAME: u32 = 128;
const CONSOLE_BYTES: usize = 64 << 10;
const PANIC_BYTES: u32 = 4096;

const REG_A3: usize = 13;
const REG_A4: usize = 14;
const REG_A5: usize = 15;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const JOURNAL: u32 = 3;

/// Input, journal and console of one run.
pub struct Host {
    input: Vec<u8>,
    position: Cell<usize>,
    max_journal: u64,
    pub journal: RefCell<Vec<u8>>,
    pub console: RefCell<Vec<u8>>,
    pub calls: RefCell<BTreeMap<String, Calls>>,
    returned: Cell<(u32, u32)>,
    random: Cell<u64>,
}

/// The words an error of the host starts with when it is the guest's own end, not a fault of ours.
pub const GUEST_PANICKED: &str = "the guest panicked: ";
pub const JOURNAL_LIMIT: &str = "the guest's journal is longer than ";

impl Host {
    pub fn new(input: Vec<u8>, max_journal: u64) -> Self {
        Host {
            input,
            position: Cell::new(0),
            max_journal,
            journal: RefCell::default(),
            console: RefCell::default(),
            calls: RefCell::default(),
            returned: Cell::new((0, 0)),
            random: Cell::new(0),
        }
    }

    fn print(&self, bytes: &[u8]) {
        let mut console = self.console.borrow_mut();
        let room = CONSOLE_BYTES.saturating_sub(console.len());
        console.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Fills as much of `buffer` as there is input.
    fn read_input(&self, buffer: &mut [u8]) -> usize {
        let rest = &self.input[self.position.get()..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position.set(self.position.get() + count);
        count
    }

    fn call(&self, name: &str, context: &mut impl SyscallContext, to_guest: &mut [u8]) -> Result<(u32, u32)> {
        match name {
            "SYS_READ" => {
                let (fd, wanted) = (context.peek_register(REG_A3)?, context.peek_register(REG_A4)? as usize);
                if fd != STDIN {
                    bail!("the guest reads from descriptor {fd}, which does not exist");
                }
                if wanted < to_guest.len() {
                    bail!("the guest reads {wanted} bytes into a buffer of {}", to_guest.len());
                }
                let main = self.read_input(to_guest);
                // What is left of a length that is no multiple of a word comes in a register.
                let mut end = [0; 4];
                let wanted_end = wanted - main;
                let count = if wanted_end <= 4 { self.read_input(&mut end[..wanted_end]) } else { 0 };
                Ok(((main + count) as u32, u32::from_le_bytes(end)))
            }
            "SYS_WRITE" => {
                let fd = context.peek_register(REG_A3)?;
                let (at, size) = (ByteAddr(context.peek_register(REG_A4)?), context.peek_register(REG_A5)?);
                if fd == JOURNAL && self.journal.borrow().len() as u64 + u64::from(size) > self.max_journal {
                    bail!("{JOURNAL_LIMIT}{} bytes", self.max_journal);
                }
                match fd {
                    JOURNAL => {
                        let bytes = context.peek_region(at, size as usize)?;
                        self.journal.borrow_mut().extend_from_slice(&bytes);
                    }
                    STDOUT | STDERR => {
                        let bytes = context.peek_region(at, size.min(CONSOLE_BYTES as u32) as usize)?;
                        self.print(&bytes);
                    }
                    _ => bail!("the guest writes to descriptor {fd}, which does not exist"),
                }
                Ok((0, 0))
            }
            "SYS_CYCLE_COUNT" => {
                let cycle = context.get_cycle();
                Ok(((cycle >> 32) as u32, cycle as u32))
            }
            "SYS_LOG" => {
                let (at, size) = (ByteAddr(context.peek_register(REG_A3)?), context.peek_register(REG_A4)?);
                let mut bytes = context.peek_region(at, size.min(CONSOLE_BYTES as u32) as usize)?;
                bytes.push(b'\n');
                self.print(&bytes);
                Ok((0, 0))
            }
            "SYS_PANIC" => {
                let (at, size) = (ByteAddr(context.peek_register(REG_A3)?), context.peek_register(REG_A4)?);
                let bytes = context.peek_region(at, size.min(PANIC_BYTES) as usize)?;
                bail!("{GUEST_PANICKED}{}", String::from_utf8_lossy(&bytes));
            }
            "SYS_RANDOM" => {
                for byte in to_guest.iter_mut() {
                    *byte = self.next_random();
                }
                Ok((to_guest.len() as u32, 0))
            }
            "SYS_ARGC" => Ok((0, 0)),
            "SYS_GETENV" => Ok((u32::MAX, 0)),
            _ => bail!("the guest calls {name}, which r0-run does not offer"),
        }
    }

    /// SplitMix64 from 0, its highest byte.
    fn next_random(&self) -> u8 {
        self.random.set(self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.random.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 56) as u8
    }
}

fn name_at(context: &mut impl SyscallContext, at: u32) -> Result<String> {
    let mut name = Vec::new();
    for offset in 0..LONGEST_NAME {
        match context.peek_u8(ByteAddr(at.wrapping_add(offset)))? {
            0 => {
                let name = String::from_utf8_lossy(&name).into_owned();
                return Ok(name.strip_prefix(NAME_PREFIX).map_or(name.clone(), String::from));
            }
            byte => name.push(byte),
        }
    }
    bail!("the name of a syscall at {at:#010x} does not end")
}

impl Syscall for Host {
    /// `fd` 0 asks for the two registers that the syscall before returned, anything else is the address of a syscall's
    /// name.
    fn host_read(&self, context: &mut impl SyscallContext, fd: u32, buffer: &mut [u8]) -> Result<u32> {
        if fd == 0 {
            let (a0, a1) = self.returned.get();
            let mut bytes = [0; 8];
            bytes[..4].copy_from_slice(&a0.to_le_bytes());
            bytes[4..].copy_from_slice(&a1.to_le_bytes());
            let count = buffer.len().min(8);
            buffer[..count].copy_from_slice(&bytes[..count]);
            return Ok(count as u32);
        }
        let name = name_at(context, fd)?;
        let mut to_guest = [0; MAX_IO_BYTES as usize];
        let to_guest = &mut to_guest[..buffer.len()];
        self.returned.set(self.call(&name, context, to_guest)?);
        self.calls.borrow_mut().entry(name).or_default().count += 1;
        buffer.copy_from_slice(to_guest);
        Ok(buffer.len() as u32)
    }

    /// The kernel's own words: 0 prints, 1 is its panic.
    fn host_write(&self, _: &mut impl SyscallContext, fd: u32, buffer: &[u8]) -> Result<u32> {
        if fd == 1 {
            bail!("the kernel panicked: {}", String::from_utf8_lossy(buffer));
        }
        self.print(buffer);
        Ok(buffer.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Registers and memory of a guest, byte by byte.
    #[derive(Default)]
    struct Fake {
        registers: HashMap<usize, u32>,
        memory: HashMap<u32, u8>,
    }

    impl Fake {
        fn with(registers: &[(usize, u32)]) -> Self {
            Fake { registers: registers.iter().copied().collect(), ..Fake::default() }
        }

        fn put(mut self, at: u32, bytes: &[u8]) -> Self {
            self.memory.extend(bytes.iter().enumerate().map(|(i, byte)| (at + i as u32, *byte)));
            self
        }
    }

    impl SyscallContext for Fake {
        fn peek_register(&mut self, index: usize) -> Result<u32> {
            Ok(self.registers.get(&index).copied().unwrap_or(0))
        }
        fn peek_u32(&mut self, _: ByteAddr) -> Result<u32> {
            bail!("not used")
        }
        fn peek_u8(&mut self, at: ByteAddr) -> Result<u8> {
            Ok(self.memory.get(&at.0).copied().unwrap_or(0))
        }
        fn peek_region(&mut self, at: ByteAddr, size: usize) -> Result<Vec<u8>> {
            (0..size as u32).map(|i| self.peek_u8(ByteAddr(at.0 + i))).collect()
        }
        fn read_region(&mut self, _: ByteAddr, _: usize) -> Result<impl std::io::Read> {
            bail!("not used") as Result<std::io::Empty>
        }
        fn peek_page(&mut self, _: u32) -> Result<Vec<u8>> {
            bail!("not used")
        }
        fn get_cycle(&self) -> u64 {
            (7 << 32) | 9
        }
        fn get_pc(&self) -> u32 {
            0
        }
    }

    fn call(host: &Host, name: &str, fake: Fake, buffer: &mut [u8]) -> Result<(u32, u32)> {
        let mut fake = fake.put(64, format!("{NAME_PREFIX}{name}\0").as_bytes());
        host.host_read(&mut fake, 64, buffer)?;
        let mut registers = [0; 8];
        host.host_read(&mut fake, 0, &mut registers)?;
        let word = |i: usize| u32::from_le_bytes(registers[i..i + 4].try_into().unwrap());
        Ok((word(0), word(4)))
    }

    #[test]
    fn the_last_bytes_of_an_input_come_in_a_register() {
        let host = Host::new(b"abcdefg".to_vec(), 100);
        let mut buffer = [0; 4];
        let result = call(&host, "SYS_READ", Fake::with(&[(REG_A3, STDIN), (REG_A4, 7)]), &mut buffer).unwrap();
        assert_eq!((&buffer, result), (b"abcd", (7, u32::from_le_bytes(*b"efg\0"))));
        let result = call(&host, "SYS_READ", Fake::with(&[(REG_A4, 4)]), &mut buffer).unwrap();
        assert_eq!(result, (0, 0));
        assert_eq!(host.calls.borrow()["SYS_READ"].count, 2);
    }

    #[test]
    fn what_goes_to_the_journal_is_the_output_and_limited() {
        let host = Host::new(vec![], 5);
        let write = |fd, size| Fake::with(&[(REG_A3, fd), (REG_A4, 1000), (REG_A5, size)]).put(1000, b"xyz");
        call(&host, "SYS_WRITE", write(JOURNAL, 3), &mut []).unwrap();
        call(&host, "SYS_WRITE", write(STDOUT, 2), &mut []).unwrap();
        assert_eq!((host.journal.borrow().as_slice(), host.console.borrow().as_slice()), (&b"xyz"[..], &b"xy"[..]));
        let error = call(&host, "SYS_WRITE", write(JOURNAL, 3), &mut []).unwrap_err().to_string();
        assert_eq!(error, "the guest's journal is longer than 5 bytes");
        assert!(call(&host, "SYS_WRITE", write(9, 1), &mut []).is_err());
    }

    #[test]
    fn random_bytes_are_the_same_in_every_run() {
        let mut first = [0; 16];
        let mut second = [0; 16];
        call(&Host::new(vec![], 0), "SYS_RANDOM", Fake::default(), &mut first).unwrap();
        call(&Host::new(vec![], 0), "SYS_RANDOM", Fake::default(), &mut second).unwrap();
        assert_eq!(first, second);
        assert_ne!(first, [0; 16]);
    }

    #[test]
    fn a_panic_carries_the_guests_words() {
        let fake = Fake::with(&[(REG_A3, 500), (REG_A4, 4)]).put(500, b"ouch");
        let error = call(&Host::new(vec![], 0), "SYS_PANIC", fake, &mut []).unwrap_err().to_string();
        assert_eq!(error, "the guest panicked: ouch");
    }

    #[test]
    fn an_unknown_syscall_is_named() {
        let error = call(&Host::new(vec![], 0), "SYS_FORK", Fake::default(), &mut []).unwrap_err().to_string();
        assert_eq!(error, "the guest calls SYS_FORK, which r0-run does not offer");
    }
}
