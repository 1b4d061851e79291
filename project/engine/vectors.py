"""The functions of `bits` that make bits of bytes, as LLVM instructions: a few of the processor's for 64 bytes."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from project.engine.bits import BLOCK_BYTES

_BIT = ir.IntType(1)
_WORD = ir.IntType(64)
_BLOCK = ir.VectorType(ir.IntType(8), BLOCK_BYTES)
_LANES = ir.VectorType(ir.IntType(32), BLOCK_BYTES)


def _load(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
    """What lies at array[at], wherever that is, read as `kind`."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.load(builder.bitcast(builder.gep(data, [at]), kind.as_pointer()), align=1)


@intrinsic
def equal_bytes(typing_context, buf, at, byte):
    """See bits.equal_bytes."""

    def generate(context, builder, signature, arguments):
        array, offset, wanted = arguments
        block = _load(context, builder, signature.args[0], array, offset, _BLOCK)
        unset = ir.Constant(_BLOCK, ir.Undefined)
        one = builder.insert_element(unset, builder.trunc(wanted, ir.IntType(8)), ir.Constant(ir.IntType(32), 0))
        all_the_same = builder.shuffle_vector(one, unset, ir.Constant(_LANES, [0] * BLOCK_BYTES))
        return builder.bitcast(builder.icmp_unsigned("==", block, all_the_same), _WORD)

    return types.int64(buf, types.int64, types.int64), generate


@intrinsic
def high_bytes(typing_context, buf, at):
    """See bits.high_bytes."""

    def generate(context, builder, signature, arguments):
        block = _load(context, builder, signature.args[0], arguments[0], arguments[1], _BLOCK)
        return builder.bitcast(builder.icmp_signed("<", block, ir.Constant(_BLOCK, [0] * BLOCK_BYTES)), _WORD)

    return types.int64(buf, types.int64), generate


@intrinsic
def lowest_bit(typing_context, bits):
    """See bits.lowest_bit."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(_BIT, 1))

    return types.int64(types.int64), generate


@intrinsic
def count_bits(typing_context, bits):
    """See bits.count_bits."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


@intrinsic
def moved_up(typing_context, bits):
    """See bits.moved_up."""

    def generate(context, builder, signature, arguments):
        return builder.shl(arguments[0], ir.Constant(_WORD, 1))

    return types.int64(types.int64), generate


@intrinsic
def moved_down(typing_context, bits, places):
    """See bits.moved_down."""

    def generate(context, builder, signature, arguments):
        return builder.lshr(*arguments)

    return types.int64(types.int64, types.int64), generate


@intrinsic
def between_bits(typing_context, bits):
    """See bits.between_bits."""

    def generate(context, builder, signature, arguments):
        (word,) = arguments
        for places in (1, 2, 4, 8, 16, 32):
            word = builder.xor(word, builder.shl(word, ir.Constant(_WORD, places)))
        return word

    return types.int64(types.int64), generate


@intrinsic
def address_of(typing_context, array):
    """See bits.address_of."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, _WORD)

    return types.int64(array), generate


def _loader(bits: int, *, is_signed: bool, size: int = 0) -> Any:
    """An instruction that reads an integer; `size`: the bytes that an element takes, 0 where there is no index."""

    def generate(context, builder, signature, arguments):
        value = builder.load(_pointer(builder, arguments, bits, size), align=1)
        if bits == 64:
            return value
        return builder.sext(value, _WORD) if is_signed else builder.zext(value, _WORD)

    return generate


def _storer(bits: int, *, size: int = 0) -> Any:
    """An instruction that writes an integer of so many bits."""

    def generate(context, builder, signature, arguments):
        value = arguments[-1] if bits == 64 else builder.trunc(arguments[-1], ir.IntType(bits))
        builder.store(value, _pointer(builder, arguments[:-1], bits, size), align=1)
        return context.get_dummy_value()

    return generate


def _pointer(builder: Any, arguments: Any, bits: int, size: int) -> Any:
    address = arguments[0]
    if size:
        address = builder.add(address, builder.mul(arguments[1], ir.Constant(_WORD, size)))
    return builder.inttoptr(address, ir.IntType(bits).as_pointer())


@intrinsic
def byte_at(typing_context, address):
    """See bits.byte_at."""
    return types.int64(types.int64), _loader(8, is_signed=False)


@intrinsic
def eight_at(typing_context, address):
    """See bits.eight_at."""
    return types.int64(types.int64), _loader(64, is_signed=True)


@intrinsic
def word_at(typing_context, address, index):
    """See bits.word_at."""
    return types.int64(types.int64, types.int64), _loader(64, is_signed=True, size=8)


@intrinsic
def slot_at(typing_context, address, index):
    """See bits.slot_at."""
    return types.int64(types.int64, types.int64), _loader(32, is_signed=True, size=4)


@intrinsic
def set_byte(typing_context, address, byte):
    """See bits.set_byte."""
    return types.none(types.int64, types.int64), _storer(8)


@intrinsic
def set_word(typing_context, address, index, value):
    """See bits.set_word."""
    return types.none(types.int64, types.int64, types.int64), _storer(64, size=8)


@intrinsic
def set_slot(typing_context, address, index, value):
    """See bits.set_slot."""
    return types.none(types.int64, types.int64, types.int64), _storer(32, size=4)


@intrinsic
def fetch(typing_context, address):
    """See bits.fetch."""

    def generate(context, builder, signature, arguments):
        pointer = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        function = builder.module.globals.get("llvm.prefetch.p0") or ir.Function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        how = [ir.Constant(number, value) for value in (0, 3, 1)]
        builder.call(function, [builder.inttoptr(arguments[0], pointer), *how])
        return context.get_dummy_value()

    return types.none(types.int64), generate
