sources := main.c gzip.c deflate.c huffman.c sink.c
accelerators := sha256
