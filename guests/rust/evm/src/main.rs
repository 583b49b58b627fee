//! Runs transactions by revm on a state that the input brings, with the rules of Cancun and free gas.
//!
//! Input: one RLP list [accounts, transactions]; an account is [address, balance, code], a transaction
//! [sender, to (empty: create), value, data, gas limit].
//! Output: Keccak-256 of the RLP list of the receipts [1 or 0, gas used, logs], a log being [address, topics, data];
//! then u64 each (little endian) the number of transactions, of those that succeeded, and the gas of all.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{keccak256, Address, Bytes, Log, B256, U256};
use alloy_rlp::{Decodable, Encodable, Header};
use revm::{
    bytecode::Bytecode,
    context::TxEnv,
    database::InMemoryDB,
    primitives::{hardfork::SpecId, TxKind},
    state::AccountInfo,
    Context, ExecuteCommitEvm, MainBuilder, MainContext,
};

guest_runtime::entry!(execute);

const NOT_A_SCENARIO: &str = "evm: not an RLP list [accounts, transactions]";

fn execute(input: &'static [u8]) -> Result<Vec<u8>, &'static str> {
    let (state, transactions) = scenario(input).map_err(|_| NOT_A_SCENARIO)?;
    let mut evm = Context::mainnet()
        .with_db(state)
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN);
            cfg.disable_nonce_check = true;
        })
        .build_mainnet();
    let mut receipts = Vec::new();
    let (count, mut successes, mut gas) = (transactions.len() as u64, 0u64, 0u64);
    for transaction in transactions {
        let result = evm.transact_commit(transaction).map_err(|_| "evm: a transaction that no block can hold")?;
        let used = result.tx_gas_used();
        successes += u64::from(result.is_success());
        gas += used;
        let logs = if result.is_success() { result.logs() } else { &[] };
        write_receipt(&mut receipts, result.is_success(), used, logs);
    }
    let mut list = Vec::with_capacity(receipts.len() + 9);
    Header { list: true, payload_length: receipts.len() }.encode(&mut list);
    list.extend_from_slice(&receipts);
    let mut written = keccak256(&list).to_vec();
    for number in [count, successes, gas] {
        written.extend_from_slice(&number.to_le_bytes());
    }
    Ok(written)
}

fn scenario(mut input: &[u8]) -> alloy_rlp::Result<(InMemoryDB, Vec<TxEnv>)> {
    let mut whole = Header::decode_bytes(&mut input, true)?;
    let mut accounts = Header::decode_bytes(&mut whole, true)?;
    let mut list = Header::decode_bytes(&mut whole, true)?;
    if !input.is_empty() || !whole.is_empty() {
        return Err(alloy_rlp::Error::UnexpectedLength);
    }
    let mut state = InMemoryDB::default();
    while !accounts.is_empty() {
        let mut account = Header::decode_bytes(&mut accounts, true)?;
        let address = Address::decode(&mut account)?;
        let balance = U256::decode(&mut account)?;
        let code = Bytecode::new_raw(Bytes::decode(&mut account)?);
        let hash = code.hash_slow();
        state.insert_account_info(address, AccountInfo::new(balance, 0, hash, code));
    }
    let mut transactions = Vec::new();
    while !list.is_empty() {
        let mut fields = Header::decode_bytes(&mut list, true)?;
        transactions.push(TxEnv {
            caller: Address::decode(&mut fields)?,
            kind: TxKind::decode(&mut fields)?,
            value: U256::decode(&mut fields)?,
            data: Bytes::decode(&mut fields)?,
            gas_limit: u64::decode(&mut fields)?,
            ..Default::default()
        });
    }
    Ok((state, transactions))
}

fn write_receipt(out: &mut Vec<u8>, success: bool, gas: u64, logs: &[Log]) {
    let mut written_logs = Vec::new();
    for log in logs {
        let mut fields = Vec::new();
        log.address.encode(&mut fields);
        alloy_rlp::encode_list::<B256, B256>(log.topics(), &mut fields);
        log.data.data.encode(&mut fields);
        Header { list: true, payload_length: fields.len() }.encode(&mut written_logs);
        written_logs.extend_from_slice(&fields);
    }
    let mut fields = Vec::new();
    u8::from(success).encode(&mut fields);
    gas.encode(&mut fields);
    Header { list: true, payload_length: written_logs.len() }.encode(&mut fields);
    fields.extend_from_slice(&written_logs);
    Header { list: true, payload_length: fields.len() }.encode(out);
    out.extend_from_slice(&fields);
}
