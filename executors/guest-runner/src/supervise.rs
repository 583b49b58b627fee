//! A child process that does the dangerous work, and the parent that limits and watches it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What the child may use and how much of what it writes is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub time: Duration,
    /// Resident memory of the child.
    pub resident: u64,
    pub result_bytes: usize,
    /// Of its standard error: half of it for what came first, half for what came last.
    pub error_bytes: usize,
    /// The largest file it may write, also one without a name; 0: none at all, u64::MAX: any.
    pub file_bytes: u64,
}

/// How the child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    Signalled(i32),
    /// Killed by us at its time limit.
    OutOfTime,
    /// Killed by us at its memory limit.
    OutOfMemory,
}

/// All that is known of a child that has ended.
#[derive(Debug)]
pub struct Ended {
    pub end: End,
    /// The last number that the child stored in its stage.
    pub stage: u32,
    pub result: Vec<u8>,
    pub result_truncated: bool,
    pub errors: Kept,
}

/// The beginning and the end of what a stream brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub first: Vec<u8>,
    /// What comes directly behind `first` when nothing is left out.
    pub last: Vec<u8>,
    /// Bytes between the two.
    pub left_out: u64,
}

/// How far the child is, visible to the parent whatever becomes of the child.
#[derive(Clone, Copy)]
pub struct Stage(&'static AtomicU32);

impl Stage {
    pub fn set(self, stage: u32) {
        self.0.store(stage, Ordering::SeqCst);
    }
}

const WATCH_MS: i32 = 5;

/// Runs `work` in a child with nothing on its standard input and output, with its standard error captured, and with an
/// empty environment. `work` writes its result to the file it is given. Must be called while the process has one thread.
pub fn supervise(limits: Limits, work: impl FnOnce(Stage, &mut File)) -> io::Result<Ended> {
    let stage = Stage(shared_word()?);
    let (result_in, result_out) = pipe()?;
    let (error_in, error_out) = pipe()?;
    let parent = unsafe { libc::getpid() };
    // SAFETY: this process has a single thread, so that the child may use everything it finds.
    let child = unsafe { libc::fork() };
    if child < 0 {
        return Err(io::Error::last_os_error());
    }
    if child == 0 {
        drop((result_in, error_in));
        let status = match prepare_child(limits, parent, error_out) {
            Ok(()) => {
                let mut out = File::from(result_out);
                work(stage, &mut out);
                0
            }
            Err(error) => {
                eprintln!("panic: the child could not be set up: {error}");
                1
            }
        };
        // SAFETY: ends the child without running what the parent registered.
        unsafe { libc::_exit(status) }
    }
    drop((result_out, error_out));
    watch(child, limits, stage, File::from(result_in), File::from(error_in))
}

fn shared_word() -> io::Result<&'static AtomicU32> {
    // SAFETY: a fresh anonymous page that lives as long as the process; zero is a valid AtomicU32.
    unsafe {
        let page = libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(&*page.cast::<AtomicU32>())
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: two fresh descriptors that nobody else owns.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

fn prepare_child(limits: Limits, parent: i32, errors: OwnedFd) -> io::Result<()> {
    let checked = |result: i32| if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) };
    let limit = |what, value| {
        let both = libc::rlimit { rlim_cur: value, rlim_max: value };
        // SAFETY: a plain system call on a value that lives long enough.
        checked(unsafe { libc::setrlimit(what, &both) })
    };
    let null = File::options().read(true).write(true).open("/dev/null")?;
    // SAFETY: plain system calls on descriptors that are open; the process has one thread.
    unsafe {
        checked(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
        if libc::getppid() != parent {
            libc::_exit(1);
        }
        checked(libc::dup2(null.as_raw_fd(), 0))?;
        checked(libc::dup2(null.as_raw_fd(), 1))?;
        checked(libc::dup2(errors.as_raw_fd(), 2))?;
    }
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_FSIZE, limits.file_bytes)?;
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    for name in names {
        std::env::remove_var(name);
    }
    std::panic::set_hook(Box::new(|info| {
        let text = info.payload();
        let text = text
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| text.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let place = info.location().map_or(String::new(), |at| format!(" ({}:{})", short_path(at.file()), at.line()));
        let line: String = format!("panic: {text}{place}").replace('\n', " ");
        let _ = writeln!(io::stderr(), "{line}");
    }));
    Ok(())
}

/// A source file of a crate from the crate's own folder on, so that no machine's registry shows.
fn short_path(path: &str) -> &str {
    let Some(source) = path.find("/src/") else { return path };
    match path[..source].rfind('/') {
        Some(slash) if path.starts_with('/') => {
            let rest = &path[slash + 1..];
            // `.../registry/src/INDEX/CRATE/src/FILE` has an earlier `/src/`.
            match rest.strip_prefix("registry/src/").and_then(|inner| inner.split_once('/')) {
                Some((_, inner)) => inner,
                None => rest,
            }
        }
        _ => path,
    }
}

/// One of the child's pipes with what it brought so far.
struct Stream {
    file: Option<File>,
    first: Vec<u8>,
    most_first: usize,
    last: VecDeque<u8>,
    most_last: usize,
    left_out: u64,
}

impl Stream {
    fn new(file: File, most_first: usize, most_last: usize) -> Self {
        Stream { file: Some(file), first: Vec::new(), most_first, last: VecDeque::new(), most_last, left_out: 0 }
    }

    fn descriptor(&self) -> RawFd {
        self.file.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// Takes what is there; what is beyond the limits is read and dropped, so that the child never waits for us.
    fn take(&mut self) {
        let Some(file) = self.file.as_mut() else { return };
        let mut buffer = [0u8; 1 << 16];
        match file.read(&mut buffer) {
            Ok(0) | Err(_) => self.file = None,
            Ok(count) => {
                let (first, last) = buffer[..count].split_at(count.min(self.most_first - self.first.len()));
                self.first.extend_from_slice(first);
                self.last.extend(last);
                let surplus = self.last.len().saturating_sub(self.most_last);
                self.last.drain(..surplus);
                self.left_out += surplus as u64;
            }
        }
    }

    fn kept(self) -> Kept {
        Kept { first: self.first, last: self.last.into(), left_out: self.left_out }
    }
}

fn watch(child: i32, limits: Limits, stage: Stage, result: File, errors: File) -> io::Result<Ended> {
    let start = Instant::now();
    let half = limits.error_bytes / 2;
    let mut streams = [Stream::new(result, limits.result_bytes, 0), Stream::new(errors, half, half)];
    let mut killed = None;
    while streams.iter().any(|stream| stream.file.is_some()) {
        let mut ready = [0, 1].map(|i| libc::pollfd { fd: streams[i].descriptor(), events: libc::POLLIN, revents: 0 });
        // SAFETY: two valid entries; a negative descriptor is passed over.
        let count = unsafe { libc::poll(ready.as_mut_ptr(), 2, WATCH_MS) };
        if count > 0 {
            for (entry, stream) in ready.iter().zip(&mut streams) {
                if entry.revents != 0 {
                    stream.take();
                }
            }
        }
        if killed.is_none() {
            if start.elapsed() >= limits.time {
                killed = Some(End::OutOfTime);
            } else if resident_bytes(child) > limits.resident {
                killed = Some(End::OutOfMemory);
            }
            if killed.is_some() {
                // SAFETY: our own child, which nobody has waited for yet.
                unsafe { libc::kill(child, libc::SIGKILL) };
            }
        }
    }
    let mut status = 0;
    // SAFETY: our own child, waited for once.
    while unsafe { libc::waitpid(child, &mut status, 0) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let end = killed.unwrap_or(if libc::WIFSIGNALED(status) {
        End::Signalled(libc::WTERMSIG(status))
    } else {
        End::Exited(libc::WEXITSTATUS(status))
    });
    let [result, errors] = streams.map(Stream::kept);
    Ok(Ended {
        end,
        stage: stage.0.load(Ordering::SeqCst),
        result: result.first,
        result_truncated: result.left_out > 0,
        errors,
    })
}

/// Resident memory of a process that is there; 0 when that cannot be read.
fn resident_bytes(process: i32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    pages.saturating_mul(4096)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: Duration::from_secs(20),
        resident: 256 << 20,
        result_bytes: 1000,
        error_bytes: 1000,
        file_bytes: 0,
    };

    // A fork is only safe with one thread, which a test harness does not have: the child of a test calls nothing but
    // system calls and what it was given.
    #[test]
    fn a_result_comes_back_with_the_stage() {
        let ended = supervise(LIMITS, |stage, out| {
            stage.set(3);
            let _ = out.write_all(b"done");
        })
        .unwrap();
        assert_eq!((ended.end, ended.stage, ended.result.as_slice()), (End::Exited(0), 3, &b"done"[..]));
    }

    #[test]
    fn a_signal_is_told_from_an_exit() {
        let ended = supervise(LIMITS, |_, _| unsafe {
            libc::raise(libc::SIGKILL);
        })
        .unwrap();
        assert_eq!(ended.end, End::Signalled(libc::SIGKILL));
        let ended = supervise(LIMITS, |_, _| unsafe { libc::_exit(7) }).unwrap();
        assert_eq!(ended.end, End::Exited(7));
    }

    #[test]
    fn an_endless_child_is_killed_at_its_time_limit() {
        let limits = Limits { time: Duration::from_millis(50), ..LIMITS };
        let ended = supervise(limits, |_, _| loop {
            std::hint::spin_loop();
        })
        .unwrap();
        assert_eq!(ended.end, End::OutOfTime);
    }

    #[test]
    fn memory_without_end_is_stopped() {
        let ended = supervise(LIMITS, |_, _| unsafe {
            let bytes = 4usize << 30;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let all = libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_WRITE, flags, -1, 0).cast::<u8>();
            for at in (0..bytes).step_by(4096) {
                all.add(at).write_volatile(1);
                if at % (1 << 20) == 0 {
                    libc::usleep(1000);
                }
            }
        })
        .unwrap();
        assert_eq!(ended.end, End::OutOfMemory);
    }

    #[test]
    fn output_beyond_the_limit_is_read_and_dropped() {
        let ended = supervise(LIMITS, |_, out| {
            for _ in 0..1000 {
                let _ = out.write_all(&[b'x'; 1000]);
            }
        })
        .unwrap();
        assert_eq!((ended.end, ended.result.len(), ended.result_truncated), (End::Exited(0), 1000, true));
    }

    #[test]
    fn of_a_flood_of_errors_the_beginning_and_the_end_are_kept() {
        let ended = supervise(LIMITS, |_, _| {
            let write = |text: &[u8]| unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
            write(b"begin");
            for _ in 0..1000 {
                write(&[b'x'; 1000]);
            }
            write(b"end");
        })
        .unwrap();
        let errors = ended.errors;
        assert!(errors.first.starts_with(b"beginxx") && errors.last.ends_with(b"xxend"), "{errors:?}");
        assert_eq!((errors.first.len(), errors.last.len(), errors.left_out), (500, 500, 999_008));
    }

    #[test]
    fn a_path_of_the_registry_is_shortened_to_the_crate() {
        assert_eq!(short_path("/home/x/.cargo/registry/src/index-1/a-1.0/src/b.rs"), "a-1.0/src/b.rs");
        assert_eq!(short_path("src/main.rs"), "src/main.rs");
        assert_eq!(short_path("/home/x/a/src/b.rs"), "a/src/b.rs");
    }
}
