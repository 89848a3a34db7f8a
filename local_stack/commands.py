"""The commands of the embedded stack, one function each."""

import argparse
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local_stack import backup, demo, doctor, handover, logs, mailbox, render, rotation, route_map, stack
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import BACKUPS, ROOT, SERVICES, Layout, current_layout, stamp
from local_stack.supervisor import Supervisor


def up(layout: Layout, arguments: argparse.Namespace) -> None:
    """Start everything that is not running, and walk the main job once."""
    with stack.locked(layout):
        stack.up(layout)
        account = demo.account_of(layout)
        try:
            if not account.walked and not arguments.no_demo:
                demo.walk(layout, account)
        finally:
            print(_addresses(layout, account))


def down(layout: Layout, _: argparse.Namespace) -> None:
    """Stop everything; the data stay."""
    with stack.locked(layout):
        stopped = stack.down(layout)
    print("The stack is stopped; make up starts it again with its data." if stopped else "The stack was not running.")


def restart(layout: Layout, arguments: argparse.Namespace) -> None:
    """Have services run anew, one after the other, without losing a request."""
    with stack.locked(layout):
        for service in arguments.services or SERVICES:
            handover.restart(layout, [service])
            print(f"{service} runs anew.", flush=True)


def reset(layout: Layout, _: argparse.Namespace) -> None:
    """Stop everything and forget all data, keys and secrets."""
    with stack.locked(layout):
        stack.reset(layout)
    print("The stack's data, keys and secrets are gone.")


def status(layout: Layout, _: argparse.Namespace) -> None:
    """Show every process, where it answers and whether it is ready."""
    supervisor = Supervisor(layout)
    if not supervisor.is_running():
        raise StackError("The stack is not running; make up starts it.")
    states = stack.states(layout, supervisor)
    for state in states:
        ready = "ready" if state.ready else "not ready"
        print(f"{state.name:<16} {state.process:<9} {ready:<10} {state.address:<23} {state.description}")
    if not all(state.ready for state in states):
        raise StackError("Not everything is ready; make logs shows why.")


def follow_logs(layout: Layout, _: argparse.Namespace) -> None:
    """Follow the logs of all processes."""
    try:
        for line in logs.follow(layout.folder / "logs"):
            print(line, flush=True)
    except BrokenPipeError:  # make logs | head: whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_mail(layout: Layout, _: argparse.Namespace) -> None:
    """Show the mails the stack has sent, newest last."""
    shown = [mailbox.readable(path) for path in mailbox.mails(layout.mail_folder)]
    print("\n\n".join(shown) if shown else "No mail has been sent yet.")


def walk(layout: Layout, _: argparse.Namespace) -> None:
    """Walk the main job through the gateway as the demo account."""
    demo.walk(layout, demo.account_of(layout))


def examine(layout: Layout, _: argparse.Namespace) -> None:
    """Say what is wrong with this machine, this checkout or this stack."""
    findings = doctor.examine(layout)
    for finding in findings:
        print(f"{'ok  ' if finding.fine else 'BAD '} {finding.text}")
    if not all(finding.fine for finding in findings):
        raise StackError("Something needs attention; see the lines marked BAD.")


def render_kong(_: Layout, arguments: argparse.Namespace) -> None:
    """Write kong.yml for one installation: public keys, upstreams, CORS origins, RATE_LIMIT_FACTOR."""
    installation = render.installation_given(arguments.jwks, arguments.origin, arguments.upstream, os.environ)
    write_private(arguments.output, render.to_text(render.render(installation)), mode=0o644)


def write_route_map(_: Layout, __: argparse.Namespace) -> None:
    """Write the map of kong.yml's routes into kong/README.md."""
    route_map.update()


def rotate_keys(layout: Layout, _: argparse.Namespace) -> None:
    """Sign people's tokens with a new key, and accept the old one until its last token has expired."""
    with stack.locked(layout):
        until = rotation.rotate(layout)
    print(f"Tokens are signed with a new key. The old one is accepted until {until:%H:%M}; then run retire-key.")


def retire_key(layout: Layout, arguments: argparse.Namespace) -> None:
    """Accept the old key no longer."""
    with stack.locked(layout):
        rotation.retire(layout, at_once=arguments.at_once)
    print("The old key is accepted no longer.")


def rotate_field_keys(layout: Layout, _: argparse.Namespace) -> None:
    """Encrypt stored personal data with new keys and forget the old ones."""
    with stack.locked(layout):
        rotation.rotate_field_keys(layout)
    print("All encrypted columns are under new keys, and the old ones are gone.")


def admin(layout: Layout, arguments: argparse.Namespace) -> None:
    """Make an account an administrator, creating it with a one-time password if there is none."""
    if not arguments.email:
        raise StackError("Name the account: make admin EMAIL=you@example.com")
    environment = {**os.environ, "LOCAL_DIR": str(layout.folder), "PORT_OFFSET": str(layout.port_offset)}
    command = [sys.executable, "-m", "user_service.scripts.make_admin", arguments.email]
    raise SystemExit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)


def make_backup(layout: Layout, arguments: argparse.Namespace) -> None:
    """Write a backup of all five databases and the keys they need."""
    target = Path(arguments.to or BACKUPS / stamp()).absolute()
    with stack.locked(layout):
        backup.make(layout, target)
    print(f"{target} is the backup. It holds keys, and people's data: keep it where only you can read it.")


def restore(layout: Layout, arguments: argparse.Namespace) -> None:
    """Put a backup in the stack's place, and erase in it who was erased since."""
    if not arguments.source:
        there = sorted(each.parent.name for each in BACKUPS.glob("*/sums.json"))
        found = f"in backups/ are {', '.join(there)}" if there else "there is none in backups/"
        raise StackError(f"Name the backup: make restore FROM=...; {found}.")
    erased = Path(arguments.erased) if arguments.erased else None
    with stack.locked(layout):
        aside = backup.restore(layout, backup.Backup(Path(arguments.source).absolute()), erased)
    heads = f"{layout.folder}/audit-heads.{aside}"
    print(
        f"The backup is in place, and make up starts it. What was there is kept as data.{aside} and the like in\n"
        f"{layout.folder} and {layout.postgres_folder}: remove it once you need nothing of it.\n"
        f"make verify-audit finds the log whole up to the backup; what it lost since shows against {heads}."
    )


COMMANDS: dict[str, Callable[[Layout, argparse.Namespace], None]] = {
    "up": up,
    "down": down,
    "restart": restart,
    "status": status,
    "logs": follow_logs,
    "reset": reset,
    "mail": show_mail,
    "demo": walk,
    "doctor": examine,
    "render": render_kong,
    "route-map": write_route_map,
    "admin": admin,
    "backup": make_backup,
    "restore": restore,
    "rotate-keys": rotate_keys,
    "retire-key": retire_key,
    "rotate-field-keys": rotate_field_keys,
}


EXPLAINED = {
    errno.EACCES: "{} is closed to this user: name another place, or have its owner open it.",
    errno.ENOSPC: "The disk is full: {}. Free some space and try again.",
    errno.ENOEXEC: "{} does not run on this machine: it was made for another system. Remove .venv and run make up.",
}


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](current_layout(), arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno not in EXPLAINED or (error.errno == errno.EACCES and error.filename is None):
            raise
        print(EXPLAINED[error.errno].format(error.filename or error), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    parsers = {name: commands.add_parser(name, help=command.__doc__) for name, command in COMMANDS.items()}
    parsers["up"].add_argument("--no-demo", action="store_true", help="do not walk the main job")
    parsers["restart"].add_argument("services", nargs="*", choices=[[], *SERVICES], metavar="SERVICE")
    parsers["admin"].add_argument("email")
    parsers["backup"].add_argument("--to", help="a new folder; otherwise one in backups/ named by the time")
    parsers["restore"].add_argument("source", help="the folder of a backup")
    parsers["restore"].add_argument("--erased", help="a file of erased people's ids, when there is nothing to ask")
    parsers["retire-key"].add_argument("--at-once", action="store_true", help="though people have tokens of it")
    render_parser = parsers["render"]
    render_parser.add_argument("--jwks", type=Path, required=True, help="public keys of people's tokens (a JWKS file)")
    render_parser.add_argument("--origin", action="append", required=True, help="a page that may call; repeatable")
    render_parser.add_argument("--upstream", action="append", default=[], metavar="SERVICE=HOST:PORT")
    render_parser.add_argument("--output", type=Path, required=True)
    return parser


def _addresses(layout: Layout, account: demo.Account) -> str:
    gateway = layout.url("gateway").replace("127.0.0.1", "localhost")
    looking = layout.url("gateway_admin").replace("127.0.0.1", "localhost")
    rows = [("gateway", f"{gateway}/api/v1", ""), ("gateway admin", f"{looking}/services", "")]
    for service in SERVICES:
        docs = f"{gateway}/api/v1/{service.removesuffix('_service')}/docs"
        rows.append((service, layout.url(service).replace("127.0.0.1", "localhost"), docs))
    rows.append(("PostgreSQL", f"127.0.0.1:{layout.port('postgres')}", ""))
    lines = [f"  {name:<16} {address:<30} {docs}".rstrip() for name, address, docs in rows]
    return "\n".join(
        [
            "",
            "The stack is running:",
            *lines,
            f"  demo account     {account.email} with the password {account.password}",
            "",
            "make status, make logs, make demo; make down stops it and keeps the data, make reset forgets them.",
        ]
    )
