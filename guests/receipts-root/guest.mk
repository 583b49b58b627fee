sources := main.c ../ethereum/rlp.c ../ethereum/trie.c
accelerators :=
