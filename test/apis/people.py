"""What the test API knows: ten nested users and a hundred posts, in the style of well-known placeholder services."""

from __future__ import annotations

from typing import Any

_NAMES = (
    "Ada Winter",
    "Bela Koch",
    "Chidi Okafor",
    "Dana Levi",
    "Elif Şahin",
    "Femke de Vries",
    "Goran Ilić",
    "Hana Sato",
    "Ines Duarte",
    "Jonas Berg",
)
_WORDS = ("amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "heath", "islet")


def _user(number: int, name: str) -> dict[str, Any]:
    first = name.split()[0].lower()
    return {
        "id": number,
        "name": name,
        "username": f"{first}{number}",
        "email": f"{first}@mail{number}.example",
        "address": {
            "street": f"{_WORDS[number % 9].title()} Street",
            "suite": f"Apt. {number * 11}",
            "city": f"{_WORDS[number * 4 % 9].title()}ville",
            "zipcode": f"0{number:02}50-{number * 1234 % 10000:04}",
            "geo": {"lat": f"-{number * 7.5:.4f}", "lng": f"{number * 13.25:.4f}"},
        },
        "phone": f"+00 555 {number:04}",
        "website": f"{first}.example",
        "company": {"name": f"{name.split()[-1]} & Co.", "slogan": f"{_WORDS[number % 9]} {_WORDS[-number % 9]}"},
    }


def _post(number: int) -> dict[str, Any]:
    words = [_WORDS[(number * step) % 9] for step in range(1, 6)]
    return {
        "userId": (number - 1) // 10 + 1,
        "id": number,
        "title": " ".join(words[:3]),
        "body": f"{' '.join(words)}\n{' '.join(reversed(words))}",
    }


USERS = [_user(number, name) for number, name in enumerate(_NAMES, start=1)]
POSTS = [_post(number) for number in range(1, 101)]
