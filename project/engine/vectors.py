"""The functions of `blocks` that make bits of bytes, as LLVM instructions: a few of the processor's for 64 bytes."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from project.engine.blocks import BLOCK_BYTES

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
    """See blocks.equal_bytes."""

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
    """See blocks.high_bytes."""

    def generate(context, builder, signature, arguments):
        block = _load(context, builder, signature.args[0], arguments[0], arguments[1], _BLOCK)
        return builder.bitcast(builder.icmp_signed("<", block, ir.Constant(_BLOCK, [0] * BLOCK_BYTES)), _WORD)

    return types.int64(buf, types.int64), generate


@intrinsic
def eight_bytes(typing_context, buf, at):
    """See blocks.eight_bytes."""

    def generate(context, builder, signature, arguments):
        return _load(context, builder, signature.args[0], arguments[0], arguments[1], _WORD)

    return types.int64(buf, types.int64), generate


@intrinsic
def lowest_bit(typing_context, bits):
    """See blocks.lowest_bit."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(_BIT, 1))

    return types.int64(types.int64), generate


@intrinsic
def count_bits(typing_context, bits):
    """See blocks.count_bits."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


@intrinsic
def moved_up(typing_context, bits):
    """See blocks.moved_up."""

    def generate(context, builder, signature, arguments):
        return builder.shl(arguments[0], ir.Constant(_WORD, 1))

    return types.int64(types.int64), generate


@intrinsic
def moved_down(typing_context, bits, places):
    """See blocks.moved_down."""

    def generate(context, builder, signature, arguments):
        return builder.lshr(*arguments)

    return types.int64(types.int64, types.int64), generate


@intrinsic
def between_bits(typing_context, bits):
    """See blocks.between_bits."""

    def generate(context, builder, signature, arguments):
        (word,) = arguments
        for places in (1, 2, 4, 8, 16, 32):
            word = builder.xor(word, builder.shl(word, ir.Constant(_WORD, places)))
        return word

    return types.int64(types.int64), generate
