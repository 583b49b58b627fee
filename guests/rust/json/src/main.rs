//! Parses a JSON document with serde_json and writes the digest of its canonical form, as the C guest json-digest does.
//!
//! Input: the document. Output: SHA-256 of the canonical form (members sorted by name, no white space, numbers as they
//! stand), u64 its length, u64 each the number of nulls, falses, trues, numbers, strings (names not counted), arrays,
//! objects, and the depth; integers little endian.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use serde_json::Value;

guest_runtime::entry!(digest);

#[derive(Default)]
struct Canonical {
    text: String,
    kinds: [u64; 7],
    deepest: u64,
}

fn digest(input: &'static [u8]) -> Result<Vec<u8>, &'static str> {
    let document: Value = serde_json::from_slice(input).map_err(|_| "json: not a JSON document")?;
    let mut canonical = Canonical::default();
    canonical.value(&document, 0);
    let mut output = sha256(canonical.text.as_bytes()).to_vec();
    output.extend_from_slice(&(canonical.text.len() as u64).to_le_bytes());
    for count in canonical.kinds {
        output.extend_from_slice(&count.to_le_bytes());
    }
    output.extend_from_slice(&canonical.deepest.to_le_bytes());
    Ok(output)
}

impl Canonical {
    fn value(&mut self, value: &Value, depth: u64) {
        match value {
            Value::Null => self.word(0, "null"),
            Value::Bool(false) => self.word(1, "false"),
            Value::Bool(true) => self.word(2, "true"),
            Value::Number(number) => self.word(3, number.as_str()),
            Value::String(string) => {
                self.kinds[4] += 1;
                self.string(string);
            }
            Value::Array(items) => {
                self.open(5, '[', depth);
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.value(item, depth + 1);
                }
                self.text.push(']');
            }
            Value::Object(members) => {
                self.open(6, '{', depth);
                for (i, (name, member)) in members.iter().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.string(name);
                    self.text.push(':');
                    self.value(member, depth + 1);
                }
                self.text.push('}');
            }
        }
    }

    fn word(&mut self, kind: usize, word: &str) {
        self.kinds[kind] += 1;
        self.text.push_str(word);
    }

    fn open(&mut self, kind: usize, bracket: char, depth: u64) {
        self.kinds[kind] += 1;
        self.deepest = self.deepest.max(depth + 1);
        self.text.push(bracket);
    }

    fn string(&mut self, string: &str) {
        self.text.push('"');
        let mut rest = string;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            self.text.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                control @ ..=0x1f => {
                    let _ = write!(self.text, "\\u{control:04x}");
                }
                special => {
                    self.text.push('\\');
                    self.text.push(special as char);
                }
            }
            rest = &rest[at + 1..];
        }
        self.text.push_str(rest);
        self.text.push('"');
    }
}

#[cfg(feature = "precompile")]
use guest_runtime::sha256::sha256;

#[cfg(not(feature = "precompile"))]
fn sha256(data: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(data).into()
}
