//! Executes a block of an OP Stack rollup on nothing but its witness, as the rollup's fault and validity proofs do.
//!
//! Input: u32 the length of a JSON document, the document {rollup_config, parent_header, executing_payload}, then the
//! witness: trie nodes, code and headers, each as u32 length and bytes; integers little endian.
//! Output: the hash of the block that results, then the gas used as u64 (little endian).
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use alloy_consensus::Header;
use alloy_op_evm::OpEvmFactory;
use alloy_primitives::Sealable;
use kona_executor::StatelessL2Builder;
use kona_genesis::RollupConfig;
use kona_mpt::NoopTrieHinter;
use op_alloy_rpc_types_engine::OpPayloadAttributes;

mod witness;
#[cfg(feature = "ziskos")]
mod ziskos_crypto;

use witness::Witness;

guest_runtime::entry!(execute);

#[derive(serde::Deserialize)]
struct Block {
    rollup_config: RollupConfig,
    parent_header: Header,
    executing_payload: OpPayloadAttributes,
}

fn execute(input: &'static [u8]) -> Result<Vec<u8>, &'static str> {
    #[cfg(feature = "ziskos")]
    ziskos_crypto::install();
    let mut rest = input;
    let document = witness::record(&mut rest).ok_or("op-block: the input ends within the block")?;
    let block: Block = serde_json::from_slice(document).map_err(|_| "op-block: the JSON document is not a block")?;
    let witness = Witness::read(rest).ok_or("op-block: the input ends within the witness")?;
    let mut builder = StatelessL2Builder::new(
        &block.rollup_config,
        OpEvmFactory::default(),
        witness,
        NoopTrieHinter,
        block.parent_header.seal_slow(),
    );
    let outcome = builder.build_block(block.executing_payload).map_err(|_| "op-block: the block cannot be executed")?;
    let mut output = outcome.header.hash().to_vec();
    output.extend_from_slice(&outcome.header.gas_used.to_le_bytes());
    Ok(output)
}
