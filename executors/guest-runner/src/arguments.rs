//! The command line of a runner.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

const MOST_FUNCTION_BYTES: u64 = 64 << 20;

/// What one run is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    pub elf: PathBuf,
    /// In order; SP1 takes each as one item of its input stream, RISC Zero at most one.
    pub inputs: Vec<PathBuf>,
    /// Instructions (SP1) or user cycles (RISC Zero) after which the guest is stopped.
    pub max_steps: u64,
    /// Memory of the guest.
    pub max_memory: u64,
    pub max_time: Duration,
    /// Bytes of public output.
    pub max_output: u64,
    /// Only steps, exit code and public output, as fast as the library goes.
    pub counts_only: bool,
    /// Where the address ranges of the guest's functions are (`-`: standard input); asks for a call tree.
    pub functions: Option<PathBuf>,
    /// Where the library's own sampled profile goes, and one sample is how many instructions.
    pub gecko: Option<PathBuf>,
    pub sample_rate: u64,
    /// Largest segment, as a power of two of cycles (RISC Zero).
    pub po2: u32,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            elf: PathBuf::new(),
            inputs: Vec::new(),
            max_steps: (1 << 36) - 1,
            max_memory: 1 << 30,
            max_time: Duration::from_secs(3600),
            max_output: 16 << 20,
            counts_only: false,
            functions: None,
            gecko: None,
            sample_rate: 100,
            po2: 20,
        }
    }
}

impl Arguments {
    /// The text that `--functions` names. To be called before the guest's process is made, which has no standard input.
    pub fn read_functions(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.functions else { return Ok(None) };
        let mut bytes = Vec::new();
        let result = match path.to_str() {
            Some("-") => std::io::stdin().take(MOST_FUNCTION_BYTES + 1).read_to_end(&mut bytes),
            _ => File::open(path).and_then(|file| file.take(MOST_FUNCTION_BYTES + 1).read_to_end(&mut bytes)),
        };
        result.map_err(|error| format!("{}: {error}", path.display()))?;
        if bytes.len() as u64 > MOST_FUNCTION_BYTES {
            return Err(format!("{}: more than {MOST_FUNCTION_BYTES} bytes", path.display()));
        }
        String::from_utf8(bytes).map(Some).map_err(|_| format!("{}: not text", path.display()))
    }
}

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Run(Arguments),
    Version,
    Help,
}

pub const OPTIONS: &str = "\
  --elf FILE             the guest
  --input FILE           its input; may be repeated where the zkVM has a stream of inputs
  --max-steps N          instructions (SP1) or user cycles (RISC Zero), 68719476735 unless told
  --max-memory BYTES     of the guest, 1 GiB unless told
  --max-time-ms N        wall-clock time, one hour unless told
  --max-output BYTES     of public output, 16 MiB unless told
  --counts-only          only steps, exit code and public output, at full speed
  --functions FILE       `START END` in hexadecimal, one function a line, ascending: adds a call tree; `-`: standard input
  --gecko FILE           the library's sampled profile (profiling build of sp1-run)
  --sample-rate N        one sample of it is N instructions, 100 unless told
  --po2 N                largest segment is 2^N cycles (RISC Zero), 20 unless told
  --version              the runner's and the library's version
";

/// Reads the words after the program's name; the error is one sentence.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = Arguments::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--version" => return Ok(Command::Version),
            "--help" | "-h" => return Ok(Command::Help),
            "--counts-only" => arguments.counts_only = true,
            "--elf" => arguments.elf = value()?.into(),
            "--input" => arguments.inputs.push(value()?.into()),
            "--functions" => arguments.functions = Some(value()?.into()),
            "--gecko" => arguments.gecko = Some(value()?.into()),
            "--max-steps" => arguments.max_steps = number(&word, &value()?)?,
            "--max-memory" => arguments.max_memory = number(&word, &value()?)?,
            "--max-output" => arguments.max_output = number(&word, &value()?)?,
            "--max-time-ms" => {
                arguments.max_time = Duration::from_millis(number(&word, &value()?)?);
            }
            "--sample-rate" => arguments.sample_rate = number(&word, &value()?)?,
            "--po2" => {
                arguments.po2 = u32::try_from(number(&word, &value()?)?).unwrap_or(u32::MAX);
            }
            _ => return Err(format!("unknown argument '{word}'")),
        }
    }
    if arguments.elf.as_os_str().is_empty() {
        return Err("--elf is missing".into());
    }
    if arguments.sample_rate == 0 {
        return Err("--sample-rate must be at least 1".into());
    }
    if !(13..=24).contains(&arguments.po2) {
        return Err("--po2 must be 13 to 24".into());
    }
    Ok(Command::Run(arguments))
}

fn number(option: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{option} must be a whole number, not '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn everything_but_the_elf_has_a_default() {
        let Ok(Command::Run(arguments)) = words("--elf a.elf") else { panic!() };
        assert_eq!(arguments, Arguments { elf: "a.elf".into(), ..Arguments::default() });
    }

    #[test]
    fn inputs_keep_their_order() {
        let Ok(Command::Run(arguments)) = words("--elf a --input x --input y --max-steps 7") else { panic!() };
        assert_eq!(arguments.inputs, [PathBuf::from("x"), PathBuf::from("y")]);
        assert_eq!(arguments.max_steps, 7);
    }

    #[test]
    fn wrong_words_are_refused_with_what_is_wrong() {
        assert_eq!(words("--input x"), Err("--elf is missing".into()));
        assert_eq!(words("--elf"), Err("--elf needs a value".into()));
        assert_eq!(words("--elf a --max-steps -1"), Err("--max-steps must be a whole number, not '-1'".into()));
        assert_eq!(words("--elf a --what"), Err("unknown argument '--what'".into()));
        assert_eq!(words("--elf a --po2 40"), Err("--po2 must be 13 to 24".into()));
        assert_eq!(words("--elf a --sample-rate 0"), Err("--sample-rate must be at least 1".into()));
    }
}
