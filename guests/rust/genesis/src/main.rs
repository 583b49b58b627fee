//! The state root of an account list, by alloy-trie.
//!
//! Input, as of the C guest mpt-root: one RLP list [0, accounts], an account being [address, balance] (no nonce, no
//! storage, no code) or [address, nonce, balance, storage root, code hash].
//! Output: the root, then the number of accounts as u64 (little endian).
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_rlp::{Decodable, Header};
use alloy_trie::{HashBuilder, Nibbles, TrieAccount, EMPTY_ROOT_HASH, KECCAK_EMPTY};

guest_runtime::entry!(state_root);

fn state_root(input: &'static [u8]) -> Result<Vec<u8>, &'static str> {
    let mut accounts = accounts(input).map_err(|_| "genesis: not an RLP list [0, accounts]")?;
    accounts.sort_unstable_by_key(|(key, _)| *key);
    let mut trie = HashBuilder::default();
    for (key, account) in &accounts {
        trie.add_leaf(Nibbles::unpack(key), &alloy_rlp::encode(account));
    }
    let mut output = trie.root().to_vec();
    output.extend_from_slice(&(accounts.len() as u64).to_le_bytes());
    Ok(output)
}

fn accounts(mut input: &[u8]) -> alloy_rlp::Result<Vec<(B256, TrieAccount)>> {
    let mut whole = Header::decode_bytes(&mut input, true)?;
    if !input.is_empty() || u8::decode(&mut whole)? != 0 {
        return Err(alloy_rlp::Error::UnexpectedLength);
    }
    let mut items = Header::decode_bytes(&mut whole, true)?;
    let mut accounts = Vec::new();
    while !items.is_empty() {
        let mut account = Header::decode_bytes(&mut items, true)?;
        let address = Address::decode(&mut account)?;
        let first = U256::decode(&mut account)?;
        let state = if account.is_empty() {
            TrieAccount { nonce: 0, balance: first, storage_root: EMPTY_ROOT_HASH, code_hash: KECCAK_EMPTY }
        } else {
            TrieAccount {
                nonce: first.try_into().map_err(|_| alloy_rlp::Error::Overflow)?,
                balance: U256::decode(&mut account)?,
                storage_root: B256::decode(&mut account)?,
                code_hash: B256::decode(&mut account)?,
            }
        };
        if !account.is_empty() {
            return Err(alloy_rlp::Error::UnexpectedLength);
        }
        accounts.push((keccak256(address), state));
    }
    Ok(accounts)
}
