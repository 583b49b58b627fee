"""Inputs of the guest evm: transactions on contracts as their authors published them."""

from reference.ethereum import integer, keccak256, rlp
from reference.generate import Stream

from . import packages

ETHER = 10**18
GAS = 10_000_000
ACCOUNTS = [bytes([0x10 + i]) * 20 for i in range(8)]
DEPLOYER, *USERS = ACCOUNTS


def _word(value):
    return value.to_bytes(32, 'big') if isinstance(value, int) else value.rjust(32, b'\0')


def _call(signature, *words):
    return keccak256(signature.encode())[:4] + b''.join(map(_word, words))


def _text(text):
    return _word(len(text)) + text.ljust(-(-len(text) // 32) * 32, b'\0')


class Scenario:
    """Accounts with ether, and transactions; keeps the nonces that addresses of new contracts come from."""

    def __init__(self):
        self.accounts = [[address, 1000 * ETHER, b''] for address in ACCOUNTS]
        self.transactions = []
        self.nonces = dict.fromkeys(ACCOUNTS, 0)

    def send(self, sender, to, data=b'', value=0, gas=GAS):
        self.transactions.append([sender, to, value, data, gas])
        self.nonces[sender] += 1

    def deploy(self, code, sender=DEPLOYER):
        address = keccak256(rlp([sender, integer(self.nonces[sender])]))[12:]
        self.send(sender, b'', code)
        return address

    def token(self, name, sender=DEPLOYER):
        """An ERC-20 token of OpenZeppelin, all of which belongs to `sender`."""
        code = packages.creation_code('@openzeppelin/contracts', 'build/contracts/ERC20PresetFixedSupply.json')
        arguments = _word(128) + _word(192) + _word(10**6 * ETHER) + _word(sender) + _text(name) + _text(name)
        return self.deploy(code + arguments, sender)

    def encoded(self):
        return rlp([self.accounts, self.transactions])


def erc20(count, seed):
    """Transfers of a token, half of them to accounts that have none yet."""
    scenario, stream = Scenario(), Stream(seed)
    token = scenario.token(b'Token')
    for i in range(count):
        receiver = USERS[i % len(USERS)] if i % 2 else stream.bytes(20)
        scenario.send(DEPLOYER, token, _call('transfer(address,uint256)', receiver, 1 + stream.below(ETHER)))
    return scenario.encoded()


def weth(count, seed):
    """Deposits, transfers and withdrawals of wrapped ether, `count` of each."""
    scenario, stream = Scenario(), Stream(seed)
    contract = scenario.deploy(packages.creation_code('canonical-weth', 'build/contracts/WETH9.json'))
    for i in range(count):
        user, other = USERS[i % len(USERS)], USERS[(i + 1) % len(USERS)]
        amount = 2 + stream.below(ETHER)
        scenario.send(user, contract, _call('deposit()'), value=amount)
        scenario.send(user, contract, _call('transfer(address,uint256)', other, amount // 2))
        scenario.send(user, contract, _call('withdraw(uint256)', amount - amount // 2))
    return scenario.encoded()


def _pool(scenario):
    """A Uniswap v2 pair of two tokens with liquidity; gives the pair and its tokens in the pair's order."""
    tokens = sorted([scenario.token(b'One'), scenario.token(b'Two')])
    code = packages.creation_code('@uniswap/v2-core', 'build/UniswapV2Factory.json')
    factory = scenario.deploy(code + _word(DEPLOYER))
    scenario.send(DEPLOYER, factory, _call('createPair(address,address)', *tokens))
    code = packages.creation_code('@uniswap/v2-core', 'build/UniswapV2Pair.json')
    pair = keccak256(b'\xff' + factory + keccak256(b''.join(tokens)) + keccak256(code))[12:]
    for token in tokens:
        scenario.send(DEPLOYER, token, _call('transfer(address,uint256)', pair, 10**5 * ETHER))
    scenario.send(DEPLOYER, pair, _call('mint(address)', DEPLOYER))
    return pair, tokens


def uniswap(count, seed):
    """Swaps in both directions through a Uniswap v2 pair, each at the best price that the pair allows."""
    scenario, stream = Scenario(), Stream(seed)
    pair, tokens = _pool(scenario)
    reserves = [10**5 * ETHER] * 2
    for _ in range(count):
        side = stream.below(2)
        amount = 10**15 + stream.below(10 * ETHER)
        net = amount * 997
        out = net * reserves[1 - side] // (reserves[side] * 1000 + net)
        scenario.send(DEPLOYER, tokens[side], _call('transfer(address,uint256)', pair, amount))
        amounts = (0, out) if side == 0 else (out, 0)
        scenario.send(DEPLOYER, pair, _call('swap(uint256,uint256,address,bytes)', *amounts, DEPLOYER, 128, 0))
        reserves[side] += amount
        reserves[1 - side] -= out
    return scenario.encoded()


def reverts(count, seed):
    """Mostly failures: transfers without funds or allowance, calls of what is not there, too little gas."""
    scenario, stream = Scenario(), Stream(seed)
    token = scenario.token(b'Token')
    for _ in range(count):
        user, other, amount = stream.pick(USERS), stream.pick(USERS), 1 + stream.below(ETHER)
        kind = stream.below(5)
        if kind == 0:
            scenario.send(user, token, _call('transferFrom(address,address,uint256)', DEPLOYER, other, amount))
        elif kind == 1:
            scenario.send(user, token, _call('mint(address,uint256)', other, amount))
        elif kind == 2:
            scenario.send(DEPLOYER, token, _call('transfer(address,uint256)', other, amount), gas=24000 + stream.below(20000))
        else:
            scenario.send(user, token, _call('transfer(address,uint256)', other, 10**6 * ETHER + amount))
    return scenario.encoded()


def deployments(count, seed):
    """One new contract after the other, each with a first transfer."""
    scenario, stream = Scenario(), Stream(seed)
    for i in range(count):
        token = scenario.token(b'Token %d' % i)
        scenario.send(DEPLOYER, token, _call('transfer(address,uint256)', stream.pick(USERS), 1 + stream.below(ETHER)))
    return scenario.encoded()


def snailtracer():
    """A ray tracer as a contract: long, and nothing but arithmetic. Its code lies on the chain from the start."""
    code = bytes.fromhex(packages.member('revme', 'src/cmd/bench/snailtracer.hex').decode().strip())
    contract, scenario = bytes([0x99]) * 20, Scenario()
    scenario.accounts.append([contract, 0, code])
    scenario.send(DEPLOYER, contract, _call('Benchmark()'), gas=10**9)
    return scenario.encoded()
