"""Bits of bytes: what is known of 64 bytes as one integer, and what is done with such integers.

Like `scan.py` written for Numba, which gets vector instructions in the place of these functions (`vectors.py`).
"""

# Numba finds the types itself, and other ones than Python's.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from ctypes import c_int32, c_int64, c_uint8

BLOCK_BYTES = 64
_ALL = (1 << 64) - 1


def equal_bytes(buf, at, byte):
    """One bit for each of the 64 bytes from buf[at] on, the lowest first: set where it is `byte`."""
    return sum(1 << k for k in range(BLOCK_BYTES) if buf[at + k] == byte)


def high_bytes(buf, at):
    """One bit for each of the 64 bytes from buf[at] on: set where it is no ASCII."""
    return sum(1 << k for k in range(BLOCK_BYTES) if buf[at + k] >= 0x80)


def lowest_bit(bits):
    """The number of the lowest bit that is set; there must be one."""
    return (bits & -bits).bit_length() - 1


def count_bits(bits):
    """How many bits are set."""
    return bits.bit_count()


def moved_up(bits):
    """Each bit one place higher; the highest falls out."""
    return bits << 1 & _ALL


def moved_down(bits, places):
    """Each bit so many places lower, with zeros behind."""
    return bits >> places


def between_bits(bits):
    """Set from each bit with an odd number (the first, the third ...) up to the one before the next."""
    for places in (1, 2, 4, 8, 16, 32):
        bits ^= bits << places & _ALL
    return bits


def address_of(array):
    """Where an array lies in memory. Whoever uses it keeps the array."""
    return array.ctypes.data


def byte_at(address):
    """The byte there."""
    return c_uint8.from_address(address).value


def set_byte(address, byte):
    """Put a byte there."""
    c_uint8.from_address(address).value = byte


def eight_at(address):
    """The eight bytes from there on as one integer, the first one lowest."""
    return c_int64.from_address(address).value


def word_at(address, index):
    """The element of an array of 64-bit integers that lies there."""
    return c_int64.from_address(address + 8 * index).value


def set_word(address, index, value):
    """Set an element of an array of 64-bit integers that lies there."""
    c_int64.from_address(address + 8 * index).value = value


def slot_at(address, index):
    """The element of an array of 32-bit integers that lies there."""
    return c_int32.from_address(address + 4 * index).value


def set_slot(address, index, value):
    """Set an element of an array of 32-bit integers that lies there."""
    c_int32.from_address(address + 4 * index).value = value


def fetch(address):
    """Say that what lies there will be asked for soon."""
