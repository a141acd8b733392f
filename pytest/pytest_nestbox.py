"""Test sandboxes of Nestbox for pytest: one for a run, an xdist worker or a test."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Iterator, Mapping, Sequence

import pytest

SCOPES = ("run", "worker", "test")


@dataclass(frozen=True)
class Service:
    """A service at its address from this machine."""

    host: str
    port: int
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Sandbox:
    """A sandbox whose services are all ready."""

    name: str
    variables: Mapping[str, str]
    """The environment variables for clients of all services."""
    services: Mapping[str, Service]

    @staticmethod
    def from_json(text: str) -> Sandbox:
        found = json.loads(text)
        services = {key: Service(**service) for key, service in found["services"].items()}
        return Sandbox(found["sandbox"], found["variables"], services)


class RunningSandbox:
    """A sandbox that ends with this process. The command removes it once its standard input ends."""

    def __init__(self, command: Sequence[str], name: str, folder: Path) -> None:
        # A pipe for errors would block the command once it is full.
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [*command, "start", name],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                # Ctrl-C in a terminal must not end it before pytest has ended.
                start_new_session=True,
            )
        except OSError as error:
            raise pytest.UsageError(f"nestbox_command: {error}; npm install --save-dev nestbox") from None
        assert self._process.stdout is not None
        self.text = self._process.stdout.readline().decode()
        if self.text == "":
            self._process.wait()
            self._errors.seek(0)
            raise pytest.UsageError(self._errors.read().decode(errors="replace").strip())

    def remove(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._errors.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("nestbox_sandbox", "the sandbox of the tests, by the name of its declaration", default="")
    parser.addini("nestbox_scope", "who shares it: run, worker or test", default="run")
    parser.addini("nestbox_command", "the nestbox command", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not config.getini("nestbox_sandbox"):
        return
    if scope_of(config) not in SCOPES:
        raise pytest.UsageError(f"nestbox_scope: is {scope_of(config)!r}; use {', '.join(SCOPES)}")
    if hasattr(config, "workerinput") and "nestbox" in config.workerinput:
        text = config.workerinput["nestbox"]
    elif starts_in(config):
        running = start(config)
        config.add_cleanup(running.remove)
        text = running.text
    else:
        return
    config.stash[TEXT] = text
    os.environ.update(Sandbox.from_json(text).variables)


TEXT = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """A hook of pytest-xdist: hands the sandbox of the run to a worker, as text."""
    if TEXT in node.config.stash:
        node.workerinput["nestbox"] = node.config.stash[TEXT]


def scope_of(config: pytest.Config) -> str:
    return config.getini("nestbox_scope")


def starts_in(config: pytest.Config) -> bool:
    """Whether this process starts a sandbox for more than a test."""
    if scope_of(config) == "run":
        return not hasattr(config, "workerinput") and not config.getoption("collectonly", False)
    has_workers = bool(config.getoption("tx", None) or config.getoption("numprocesses", None))
    return scope_of(config) == "worker" and (hasattr(config, "workerinput") or not has_workers)


def start(config: pytest.Config) -> RunningSandbox:
    return RunningSandbox(command_of(config), config.getini("nestbox_sandbox"), config.rootpath)


def command_of(config: pytest.Config) -> Sequence[str]:
    """The nestbox command: the configured one, that of the nearest node_modules, or that of PATH."""
    configured = shlex.split(config.getini("nestbox_command"))
    if configured:
        return configured
    for folder in (config.rootpath, *config.rootpath.parents):
        local = folder / "node_modules" / ".bin" / "nestbox"
        if local.exists():
            return [str(local)]
    return [shutil.which("nestbox") or "nestbox"]


def fixture_scope(fixture_name: str, config: pytest.Config) -> str:
    return "function" if scope_of(config) == "test" else "session"


@pytest.fixture(scope=fixture_scope)
def nestbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The sandbox of nestbox_sandbox: that of the run or the worker, or one of the test's own."""
    config = request.config
    if TEXT in config.stash:
        yield Sandbox.from_json(config.stash[TEXT])
        return
    if not config.getini("nestbox_sandbox"):
        raise pytest.UsageError("fixture nestbox: nestbox_sandbox is missing in the settings of pytest")
    running = start(config)
    try:
        sandbox = Sandbox.from_json(running.text)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in sandbox.variables.items():
                patch.setenv(name, value)
            yield sandbox
    finally:
        running.remove()
