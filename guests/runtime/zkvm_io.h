// Input and output of a guest, as the zkVM standards' io-interface names them
// (https://github.com/eth-act/zkvm-standards, standards/io-interface).
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The whole private input. May be called any number of times; every call gives the same answer.
/// `*buf_ptr` is 8-byte aligned when `*buf_size` is not 0.
void read_input(const uint8_t** buf_ptr, size_t* buf_size);

/// Appends to the public output, a window of 256 bytes that starts as zeros. Bytes beyond the window end the guest
/// with EXIT_OUTPUT_FULL.
void write_output(const uint8_t* output, size_t size);

/// Prints `size` bytes for whoever watches the run (the UART on ZisK, standard output of SP1 and RISC Zero, stderr on a
/// host). No part of the output.
void zkvm_print(const char* text, size_t size);
