"""`./run redis-cli`: the command line of the Redis in use, by redis-cli or valkey-cli, else by a small one of ours."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

from redis import Redis
from redis.exceptions import RedisError

from config.settings import load
from project.cli.arguments import FAILED, run
from project.cli.redis_server import address_file
from project.errors import InvalidInputError, UnavailableError


def main(arguments: list[str]) -> int:
    """Run one Redis command, or read commands line by line. Raises UnavailableError if there is no Redis."""
    settings = load()
    url = settings.redis_url or _own_address(address_file(settings.state_dir))
    for program in ("redis-cli", "valkey-cli"):
        if shutil.which(program):
            os.execvp(program, [program, "--no-auth-warning", "-u", url, *arguments])
    with Redis.from_url(url, decode_responses=True) as client:
        if arguments:
            return answer(client, arguments)
        return converse(client)


def answer(client: Redis, words: list[str]) -> int:
    """Send one command and print what comes back, in the style of redis-cli."""
    try:
        print(shown(client.execute_command(*words)))  # type: ignore[no-untyped-call]
        return 0
    except RedisError as error:
        print(f"(error) {error}", file=sys.stderr)
        return FAILED


def converse(client: Redis) -> int:
    """Read commands from standard input until its end, "exit" or "quit"."""
    prompt = "redis> " if sys.stdin.isatty() else ""
    while True:
        try:
            words = shlex.split(input(prompt))
        except EOFError:
            return 0
        except ValueError as error:
            raise InvalidInputError(f"That line cannot be read: {error}.") from error
        if words and words[0] in ("exit", "quit"):
            return 0
        if words:
            answer(client, words)


def shown(value: object, indent: str = "") -> str:
    """An answer as text: nil, numbers, texts, and lists with their positions."""
    if value is None:
        return "(nil)"
    if isinstance(value, bool):
        return "OK" if value else "(integer) 0"
    if isinstance(value, int):
        return f"(integer) {value}"
    if isinstance(value, dict):
        return "\n".join(f"{indent}{key}: {shown(item)}" for key, item in value.items()) or "(empty)"
    if isinstance(value, (list, tuple, set)):
        return "\n".join(f"{indent}{place}) {shown(item)}" for place, item in enumerate(value, 1)) or "(empty)"
    return str(value)


def _own_address(path: os.PathLike[str]) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError as error:
        raise UnavailableError("No Redis is known: start Rowmill with ./run up, or set REDIS_URL.") from error


if __name__ == "__main__":
    sys.exit(run(main))
