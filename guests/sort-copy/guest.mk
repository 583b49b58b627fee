sources := main.c
accelerators := sha256 dma
