"""Every input of the Rust guests: what it is, where its bytes come from, what the guest must write for it."""

import dataclasses
import pathlib
from typing import Callable, Optional

from reference.input_file import unwrap
from reference.outputs import REFERENCES

from . import evm_reference, evm_scenarios, op_blocks, packages, signatures

C_INPUTS = pathlib.Path(__file__).resolve().parent.parent.parent / 'inputs'


@dataclasses.dataclass
class Input:
    guest: str
    name: str
    weight: int
    description: str
    payload: Callable[[], bytes]
    expected: Callable[[bytes], bytes]
    # in the tree: where the C guests have the same input (a path below guests/), '' for guests/rust/inputs, None: generated
    kept: Optional[str] = ''
    ci: bool = True  # in the set that CI runs


def _shared(guest, name, like, weight, description, ci=True):
    path = C_INPUTS / like / f'{name}.bin'
    return Input(guest, name, weight, description, lambda: unwrap(path.read_bytes()), REFERENCES[like],
                 f'inputs/{like}/{name}.bin', ci)


def _published_json(name, chain, file, weight, description, kept='', ci=True):
    return Input('json', name, weight, description,
                 lambda: packages.member('tendermint-rpc', f'tests/{chain}_fixtures/incoming/{file}'),
                 REFERENCES['json-digest'], kept, ci)


def _op_signatures(number, weight, ci=True):
    return Input('hashes', f'op_{number}', weight, f'the signed transactions of OP Sepolia block {number}',
                 lambda: signatures.op_block(number), signatures.expected, '', ci)


def _evm(name, weight, description, payload, kept='', ci=True):
    return Input('evm', name, weight, description, payload, evm_reference.expected, kept, ci)


def _op_block(number, weight, transactions, gas, kept=None, ci=False):
    return Input('op-block', f'block_{number}', weight,
                 f'OP Sepolia block {number} with its witness: {transactions} transactions, {gas} gas',
                 lambda: op_blocks.payload(number), lambda _: op_blocks.expected(number), kept, ci)


def mainnet_signatures():
    return signatures.mainnet_block()[0]


INPUTS = [
    _op_signatures(26207960, 4),
    _op_signatures(26208858, 3),
    _op_signatures(26207963, 4),
    _op_signatures(26207962, 2, ci=False),
    Input('hashes', 'mainnet_12964999', 2, 'the 145 transactions of mainnet block 12964999, whose senders are published',
          mainnet_signatures, lambda records: signatures.expected(records, signatures.mainnet_block()[1]), '', False),

    _shared('json', 'block_1', 'json-digest', 4, 'mainnet block 1 as JSON-RPC sends it'),
    _shared('json', 'records_80', 'json-digest', 6, '80 small objects as a service would send them, seed 80'),
    _shared('json', 'strings_120', 'json-digest', 2, '120 members in several scripts with escapes, seed 120'),
    _shared('json', 'block_12964999', 'json-digest', 2, 'mainnet block 12964999 with its 145 transactions'),
    _published_json('cosmos_hub', 'gaia', 'block_results_at_height_4555980.json', 3, 'block results of Cosmos Hub, 51 KB'),
    _published_json('sei', 'sei', 'block_results_with_failed_txs.json', 2, 'block results of Sei with failed transactions, 115 KB'),
    _published_json('osmosis', 'osmosis', 'block_results_at_height_10499831.json', 1, 'block results of Osmosis, 659 KB', None, False),

    _shared('genesis', 'genesis_1', 'mpt-root', 1, 'state root of one account of the Ethereum mainnet genesis'),
    _shared('genesis', 'genesis_100', 'mpt-root', 4, 'state root of the first 100 accounts of the mainnet genesis'),
    _shared('genesis', 'genesis_1000', 'mpt-root', 4, 'state root of the first 1000 accounts of the mainnet genesis'),
    _shared('genesis', 'genesis_mainnet', 'mpt-root', 1,
            'all 8893 accounts of the mainnet genesis, whose state root is published', False),
    _shared('genesis', 'contracts_500', 'mpt-root', 3, '500 accounts with nonces, storage and code, seed 500'),

    _evm('erc20_10', 4, '10 transfers of an OpenZeppelin token, seed 10', lambda: evm_scenarios.erc20(10, 10)),
    _evm('erc20_200', 4, '200 transfers of an OpenZeppelin token, seed 200', lambda: evm_scenarios.erc20(200, 200)),
    _evm('reverts_60', 2, '60 transactions that mostly fail, seed 60', lambda: evm_scenarios.reverts(60, 60)),
    _evm('deployments_12', 2, '12 new contracts, seed 12', lambda: evm_scenarios.deployments(12, 12)),
    _evm('weth_40', 3, '40 deposits, transfers and withdrawals each of wrapped ether, seed 40',
         lambda: evm_scenarios.weth(40, 40), None, False),
    _evm('uniswap_1', 3, 'one swap through a new Uniswap v2 pair, seed 1', lambda: evm_scenarios.uniswap(1, 1), None, False),
    _evm('uniswap_50', 4, '50 swaps through a Uniswap v2 pair, seed 50', lambda: evm_scenarios.uniswap(50, 50), None, False),
    _evm('snailtracer', 1, 'a ray tracer as a contract, 165 M gas', evm_scenarios.snailtracer, '', False),

    _op_block(26207960, 4, 10, '0.95 M', '', True),
    _op_block(26207961, 3, 12, '5.5 M'),
    _op_block(26207962, 3, 48, '11.8 M'),
    _op_block(26207963, 4, 32, '3.8 M', '', True),
    _op_block(26208384, 1, 26, '23.2 M'),
    _op_block(26208858, 1, 20, '21.2 M'),
    _op_block(26208927, 1, 22, '18.3 M'),
    _op_block(26211680, 1, 18, '24.1 M'),
]
