//! The witness: preimages by the hash that the guest itself computes, so that none can be a forgery.

use alloy_consensus::Header;
use alloy_primitives::{keccak256, map::B256Map, Bytes, B256};
use alloy_rlp::Decodable;
use kona_executor::TrieDBProvider;
use kona_mpt::{TrieNode, TrieProvider};

/// The next record, u32 length (little endian) and bytes, or nothing where the input ends before.
pub fn record(rest: &mut &'static [u8]) -> Option<&'static [u8]> {
    let (length, bytes) = rest.split_first_chunk::<4>()?;
    let (found, after) = bytes.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(found)
}

/// Why a part of the state is not there.
#[derive(Debug)]
pub enum Missing {
    Preimage(B256),
    NotRlp(B256),
}

impl core::fmt::Display for Missing {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Preimage(hash) => write!(out, "the witness has no preimage of {hash}"),
            Self::NotRlp(hash) => write!(out, "the preimage of {hash} is not what it should be"),
        }
    }
}

/// Trie nodes, code and headers by their hash.
#[derive(Debug)]
pub struct Witness(B256Map<&'static [u8]>);

impl Witness {
    /// Reads records up to the end of the input.
    pub fn read(mut rest: &'static [u8]) -> Option<Self> {
        let mut preimages = B256Map::default();
        while !rest.is_empty() {
            let preimage = record(&mut rest)?;
            preimages.insert(keccak256(preimage), preimage);
        }
        Some(Self(preimages))
    }

    fn get(&self, hash: B256) -> Result<&'static [u8], Missing> {
        self.0.get(&hash).copied().ok_or(Missing::Preimage(hash))
    }
}

impl TrieProvider for Witness {
    type Error = Missing;

    fn trie_node_by_hash(&self, hash: B256) -> Result<TrieNode, Missing> {
        TrieNode::decode(&mut self.get(hash)?).map_err(|_| Missing::NotRlp(hash))
    }
}

impl TrieDBProvider for Witness {
    fn bytecode_by_hash(&self, hash: B256) -> Result<Bytes, Missing> {
        self.get(hash).map(Bytes::from_static)
    }

    fn header_by_hash(&self, hash: B256) -> Result<Header, Missing> {
        Header::decode(&mut self.get(hash)?).map_err(|_| Missing::NotRlp(hash))
    }
}
