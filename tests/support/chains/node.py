"""The real node, when it is beside the checkout: a private testnet in a folder of its own."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.programs import free_port
from penstock.chain.keys import WalletKey, new_secret
from penstock.model.chain import Network
from tests.support.ci import required_in_ci

FOLDER = Path(__file__).parents[4] / "shared" / "chain" / "node"
PROGRAM = FOLDER / "mvcd"


class NodeFailed(Exception):
    """What the node answers instead of a result: its code and its words."""


class RealNode:
    """A node of the chain with nobody to talk to. Its testnet has no difficulty: a block is there when it is asked
    for. It is without the safe mode, in which a node takes no transaction after three blocks were turned away.
    """

    def __init__(self, folder: Path, *flags: str) -> None:
        """`flags` go to the program, such as `-txindex=1`."""
        self.folder = folder
        self.port = free_port()
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(auth=("u", "p"), headers={"Connection": "close"}, timeout=60, trust_env=False)

    @property
    def url(self) -> str:
        """Where it is asked, with its user and password."""
        return f"http://u:p@127.0.0.1:{self.port}"

    def start(self, *flags: str) -> "RealNode":
        """Start, this once with these flags, too; return once it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen([*self._command(), *flags], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "out.log").read_text()
            assert time.monotonic() < deadline, "the node does not start"
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """SIGTERM: it writes down what it knows, its mempool, too."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(60)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Stop it if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._client.close()

    def forget(self, *flags: str) -> None:
        """Start anew without the mempool, with these flags, too."""
        self.stop()
        for dump in self.folder.rglob("mempool.dat"):
            dump.unlink()
        self.start(*flags)

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a call. Raises `NodeFailed`."""
        answer = self._client.post(
            f"http://127.0.0.1:{self.port}", json={"jsonrpc": "1.0", "id": 0, "method": method, "params": params}
        ).json()
        if answer["error"] is not None:
            raise NodeFailed(answer["error"]["code"], answer["error"]["message"])
        return answer["result"]

    def mine(self, count: int, address: str = "") -> list[str]:
        """Mine blocks, the first with what waits, for somebody new if for nobody; returns their hashes. For the same
        one a block may come out as it was before it was turned away, and is not taken again.
        """
        whom = address or WalletKey(new_secret()).address(Network.TESTNET).text
        mined: list[str] = self.rpc("generatetoaddress", count, whom)
        return mined

    def turn(self, depth: int, *, keep: bool = True) -> None:
        """Let another branch win, one block longer than the newest `depth` blocks. What was in these is in the first
        block of that branch, or, if not to `keep`, forgotten.
        """
        height = self.rpc("getblockcount") - depth + 1
        self.rpc("invalidateblock", self.rpc("getblockhash", height))
        if not keep:
            self.forget()
        self.mine(depth + 1)

    def _answers(self) -> bool:
        try:
            self.rpc("getblockcount")
        except (httpx.TransportError, NodeFailed, ValueError):  # it listens before it is ready
            return False
        return True

    def _command(self) -> list[str]:
        private = ["-testnet", "-connect=0", "-dnsseed=0", "-listen=0", f"-datadir={self.folder}"]
        served = ["-server", "-rpcuser=u", "-rpcpassword=p", f"-rpcport={self.port}"]
        needed = ["-excessiveblocksize=1000000000", "-maxstackmemoryusageconsensus=200000000"]
        return [str(PROGRAM), *private, *served, *needed, "-disablesafemode=1", *self._flags]


@contextmanager
def real_node(folder: Path, *flags: str) -> Iterator[RealNode]:
    """A node that runs. Without one the test is skipped; in CI one must run where its folder is."""
    if not FOLDER.is_dir():
        pytest.skip("there is no real node beside the checkout")
    required_in_ci(_runs(), "what the real node needs to run")
    node = RealNode(folder, *flags).start()
    try:
        yield node
    finally:
        node.close()


def _runs() -> bool:
    """Whether the program is there, and its libraries are."""
    return PROGRAM.is_file() and subprocess.run([PROGRAM, "-version"], capture_output=True, check=False).returncode == 0
