"""What the guest evm must write, by the executable specification of Ethereum (the package ethereum-execution)."""

import struct

from reference.ethereum import keccak256, rlp, rlp_decode

from . import packages


def expected(payload):
    packages.importable('ethereum-execution')
    import sys
    sys.setrecursionlimit(20000)
    from ethereum.forks.cancun import vm
    from ethereum.forks.cancun.fork_types import Account, Address
    from ethereum.forks.cancun.state import State, TransientStorage, destroy_account, increment_nonce, set_account
    from ethereum.forks.cancun.transactions import LegacyTransaction, calculate_intrinsic_cost
    from ethereum.forks.cancun.utils.message import prepare_message
    from ethereum.forks.cancun.vm.interpreter import process_message_call
    from ethereum_types.bytes import Bytes0, Bytes32
    from ethereum_types.numeric import U64, U256, Uint

    def number(data):
        return int.from_bytes(data, 'big')

    accounts, transactions = rlp_decode(payload)
    state = State()
    for address, balance, code in accounts:
        set_account(state, Address(address), Account(nonce=Uint(0), balance=U256(number(balance)), code=code))
    # revm's defaults of a block: number 0, coinbase 0, time 1, chain 1
    block = vm.BlockEnvironment(
        chain_id=U64(1), state=state, block_gas_limit=Uint(2**64 - 1), block_hashes=[], coinbase=Address(bytes(20)),
        number=Uint(0), base_fee_per_gas=Uint(0), time=U256(1), prev_randao=Bytes32(bytes(32)),
        excess_blob_gas=U64(0), parent_beacon_block_root=Bytes32(bytes(32)))
    receipts, successes, total = [], 0, 0
    for sender, to, value, data, limit in transactions:
        sender, limit = Address(sender), Uint(number(limit))
        transaction = LegacyTransaction(
            nonce=U256(0), gas_price=Uint(0), gas=limit, to=Address(to) if to else Bytes0(b''), value=U256(number(value)),
            data=data, v=U256(0), r=U256(0), s=U256(0))
        gas = limit - calculate_intrinsic_cost(transaction)
        increment_nonce(state, sender)
        around = vm.TransactionEnvironment(
            origin=sender, gas_price=Uint(0), gas=gas, access_list_addresses={block.coinbase},
            access_list_storage_keys=set(), transient_storage=TransientStorage(), blob_versioned_hashes=(),
            index_in_block=None, tx_hash=None)
        done = process_message_call(prepare_message(block, around, transaction))
        used = int(limit - done.gas_left)
        used -= min(used // 5, int(done.refund_counter))
        for address in done.accounts_to_delete:
            destroy_account(state, address)
        success = done.error is None
        logs = [[bytes(log.address), [bytes(topic) for topic in log.topics], bytes(log.data)] for log in done.logs]
        receipts.append([int(success), used, logs])
        successes += success
        total += used
    return keccak256(rlp(receipts)) + struct.pack('<3Q', len(transactions), successes, total)
